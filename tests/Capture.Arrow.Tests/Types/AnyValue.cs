using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Capture.Arrow.Tests.Types;

/// <summary>A value of a union: of which field, and what.</summary>
internal sealed record OneOfUnion(int Child, object? Value);

/// <summary>
/// Drawn values as plain objects, and the JSON that a dump must show of them, from code of its own. Numbers are BigInteger (all integers, times, decimals unscaled)
/// or float, double, Half; intervals of several parts are BigInteger[]; lists, structs and map entries object?[].
/// </summary>
internal static class AnyValue
{
    public static object? Draw(ArrowField field, Nulls nulls, Random random) =>
        field.Type is NullType ? null
        : field.Type is UnionType or RunEndType || !field.Nullable || !(nulls == Nulls.All || (nulls == Nulls.Some && random.Next(3) == 0)) ? Draw(field.Type, nulls, random)
        : null;

    public static string Json(object? value, ArrowType type)
    {
        switch (type)
        {
            case DictionaryType t: return Json(value, t.Value);
            case RunEndType t: return Json(value, t.Values.Type);
            case UnionType t:
                var one = (OneOfUnion)value!;
                return $"{{\"typeId\":{t.TypeIds[one.Child]},\"value\":{Json(one.Value, t.Fields[one.Child].Type)}}}";
        }

        if (value is null)
        {
            return "null";
        }

        return type switch
        {
            BoolType => (bool)value ? "true" : "false",
            Utf8Type or LargeUtf8Type or Utf8ViewType => Quote((string)value),
            BinaryType or LargeBinaryType or BinaryViewType or FixedSizeBinaryType => Quote(Convert.ToBase64String((byte[])value)),
            FloatType { BitWidth: 32 } => Number((float)value),
            FloatType => Number((double)value),
            HalfType => Number((double)(Half)value),
            DecimalType t => Quote(Decimal((BigInteger)value, t.Scale)),
            IntervalType { Unit: ArrowIntervalUnit.DayTime } => $"{{\"days\":{((BigInteger[])value)[0]},\"milliseconds\":{((BigInteger[])value)[1]}}}",
            IntervalType { Unit: ArrowIntervalUnit.MonthDayNano } => $"{{\"months\":{((BigInteger[])value)[0]},\"days\":{((BigInteger[])value)[1]},\"nanoseconds\":\"{((BigInteger[])value)[2]}\"}}",
            StructType t => $"{{{string.Join(",", t.Fields.Select((f, i) => $"{Quote(f.Name)}:{Json(((object?[])value)[i], f.Type)}"))}}}",
            MapType t => List(value, e => $"[{Json(((object?[])e!)[0], t.Entries.Type.Children[0].Type)},{Json(((object?[])e)[1], t.Entries.Type.Children[1].Type)}]"),
            _ when type.Children.Count == 1 => List(value, e => Json(e, type.Children[0].Type)),
            _ => AnyColumn.WidthOf(type) == 8 ? Quote(value.ToString()!) : value.ToString()!,
        };
    }

    /// <summary>Any JSON with numbers in one spelling, to compare.</summary>
    public static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Number(value.GetDouble()),
        JsonValueKind.String => Quote(value.GetString()!.StartsWith("NaN", StringComparison.Ordinal) ? "NaN" : value.GetString()!),
        JsonValueKind.Array => $"[{string.Join(",", value.EnumerateArray().Select(Canonical))}]",
        JsonValueKind.Object => $"{{{string.Join(",", value.EnumerateObject().Select(p => $"{Quote(p.Name)}:{Canonical(p.Value)}"))}}}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    public static string Canonical(string json) => Canonical(JsonDocument.Parse(json).RootElement);

    private static object Draw(ArrowType type, Nulls nulls, Random random)
    {
        switch (type)
        {
            case BoolType: return random.Next(2) == 0;
            case FloatType { BitWidth: 32 }: return random.Next(8) switch { 0 => float.NaN, 1 => float.NegativeInfinity, 2 => -0f, 3 => float.Epsilon, _ => (random.NextSingle() - 0.5f) * 1e6f };
            case FloatType: return random.Next(8) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => -0d, 3 => double.MaxValue, _ => (random.NextDouble() - 0.5) * 1e9 };
            case HalfType: return random.Next(8) switch { 0 => Half.NaN, 1 => Half.PositiveInfinity, 2 => (Half)(-0f), 3 => Half.Epsilon, _ => (Half)((random.NextSingle() - 0.5f) * 1e4f) };
            case Utf8Type or LargeUtf8Type or Utf8ViewType:
                return string.Concat(Enumerable.Repeat(random.Next(4) switch { 0 => "", 1 => "ü€😀", 2 => "\u0001\"\\\n", _ => "arm " }, random.Next(1, 5)));
            case BinaryType or LargeBinaryType or BinaryViewType: return Bytes(random, random.Next(30));
            case FixedSizeBinaryType t: return Bytes(random, t.ByteWidth);
            case DecimalType t: return Decimal(random, Math.Min(t.Precision, 70));
            case UIntType t: return Integer(random, 0, (BigInteger.One << t.BitWidth) - 1);
            // Seconds of a day, days of a few centuries: peers refuse others, and some count in nanoseconds.
            case TimeType t: return Integer(random, 0, (86_400 * PerSecond(t.Unit)) - 1);
            case DateType { Unit: ArrowDateUnit.Millisecond }: return Integer(random, -80_000, 80_000) * 86_400_000;
            case DateType: return Integer(random, -80_000, 80_000);
            case TimestampType t: return Integer(random, -5_000_000_000, 5_000_000_000) * PerSecond(t.Unit) + (t.Unit == ArrowTimeUnit.Second ? 0 : 7);
            case DurationType t: return Integer(random, -5_000_000_000, 5_000_000_000) * PerSecond(t.Unit) + (t.Unit == ArrowTimeUnit.Second ? 0 : 7);
            case IntervalType { Unit: ArrowIntervalUnit.YearMonth }: return Integer(random, int.MinValue, int.MaxValue);
            case IntervalType { Unit: ArrowIntervalUnit.DayTime }: return (BigInteger[])[Integer(random, int.MinValue, int.MaxValue), Integer(random, int.MinValue, int.MaxValue)];
            case IntervalType: return (BigInteger[])[Integer(random, int.MinValue, int.MaxValue), Integer(random, int.MinValue, int.MaxValue), Integer(random, long.MinValue, long.MaxValue)];
            case StructType t: return t.Fields.Select(f => Draw(f, nulls, random)).ToArray();
            case FixedSizeListType t: return Many(t.Item, t.Size, nulls, random);
            case UnionType t:
                int child = random.Next(t.Fields.Count);
                return new OneOfUnion(child, Draw(t.Fields[child], nulls, random));
            case DictionaryType { Value: StructType s }: return s.Fields.Select(f => Draw(f, nulls, random)).ToArray();
            case DictionaryType { Value: IntType }: return new BigInteger(random.Next(5)) << 60;
            case DictionaryType: return $"value {random.Next(12)}";
            case RunEndType t: return Draw(t.Values, nulls, random)!;
            case IntType t: return Integer(random, -(BigInteger.One << (t.BitWidth - 1)), (BigInteger.One << (t.BitWidth - 1)) - 1);
            default: return Many(type.Children[0], random.Next(5), nulls, random);
        }
    }

    private static BigInteger PerSecond(ArrowTimeUnit unit) => BigInteger.Pow(1000, (int)unit);

    private static BigInteger Integer(Random random, BigInteger least, BigInteger most) => random.Next(6) switch
    {
        0 => least,
        1 => most,
        _ => least + (new BigInteger(Bytes(random, 12), isUnsigned: true) % (most - least + 1)),
    };

    private static BigInteger Decimal(Random random, int digits) =>
        BigInteger.Parse(new string([.. Enumerable.Range(0, random.Next(1, digits + 1)).Select(_ => (char)('0' + random.Next(10)))]), CultureInfo.InvariantCulture) * (random.Next(2) == 0 ? 1 : -1);

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static object?[] Many(ArrowField item, int count, Nulls nulls, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ => Draw(item, nulls, random))];

    private static string List(object value, Func<object?, string> show) => $"[{string.Join(",", ((object?[])value).Select(show))}]";

    private static string Decimal(BigInteger unscaled, int scale)
    {
        BigInteger unit = BigInteger.Pow(10, Math.Abs(scale));
        if (scale <= 0)
        {
            return (unscaled * unit).ToString(CultureInfo.InvariantCulture);
        }

        BigInteger whole = BigInteger.DivRem(BigInteger.Abs(unscaled), unit, out BigInteger part);
        return $"{(unscaled.Sign < 0 ? "-" : "")}{whole}.{part.ToString(CultureInfo.InvariantCulture).PadLeft(scale, '0')}";
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "\"NaN\""
        : double.IsInfinity(value) ? (value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
        : value == 0 && double.IsNegative(value) ? "-0"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quote(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
