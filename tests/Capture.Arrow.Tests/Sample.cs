using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Capture.Arrow.Tests;

/// <summary>How many of a nullable column's values are null.</summary>
public enum Nulls
{
    None,
    Some,
    All,
}

/// <summary>
/// Drawn values of any type, how to append them, and one text form for them that our reader's columns and the foreign readers' JSON are brought to
/// as well. Values: sbyte … double, bool, string, byte[], and object?[] for lists and structs.
/// </summary>
internal static class Sample
{
    public static object? Draw(ArrowField field, Nulls nulls, Random random) =>
        field.Nullable && (nulls == Nulls.All || (nulls == Nulls.Some && random.Next(3) == 0)) ? null : Draw(field.Type, nulls, random);

    public static void Append(ColumnBuilder column, object? value)
    {
        if (value is null)
        {
            column.AppendNull();
            return;
        }

        switch (column)
        {
            case Int8Column c: c.Append((sbyte)value); break;
            case Int16Column c: c.Append((short)value); break;
            case Int32Column c: c.Append((int)value); break;
            case Int64Column c: c.Append((long)value); break;
            case Float32Column c: c.Append((float)value); break;
            case Float64Column c: c.Append((double)value); break;
            case BoolColumn c: c.Append((bool)value); break;
            case Utf8Column c: c.Append((string)value); break;
            case BinaryColumn c: c.Append((byte[])value); break;
            case ListColumn c:
                c.Begin();
                Array.ForEach((object?[])value, item => Append(c.Item, item));
                c.End();
                break;
            case FixedSizeListColumn c:
                c.Begin();
                Array.ForEach((object?[])value, item => Append(c.Item, item));
                c.End();
                break;
            case StructColumn c:
                object?[] parts = (object?[])value;
                for (int i = 0; i < parts.Length; i++)
                {
                    Append(c.Children[i], parts[i]);
                }

                c.End();
                break;
            default:
                throw new ArgumentException($"No way to append to {column.GetType().Name}.");
        }
    }

    /// <summary>The text form of a drawn value.</summary>
    public static string Show(object? value, ArrowType type) => value switch
    {
        null => "null",
        long v => Quote(v.ToString(CultureInfo.InvariantCulture)),
        sbyte or short or int => Number(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        float v => Number(v),
        double v => Number(v),
        bool v => v ? "true" : "false",
        string v => Quote(v),
        byte[] v => Bytes(v),
        object?[] v when type is StructType s => $"{{{string.Join(",", v.Select((x, i) => $"{Quote(s.Fields[i].Name)}:{Show(x, s.Fields[i].Type)}"))}}}",
        object?[] v => $"[{string.Join(",", v.Select(x => Show(x, type.Children[0].Type)))}]",
        _ => throw new ArgumentException($"No text form for {value.GetType()}."),
    };

    /// <summary>The text form of a value that our reader hands out.</summary>
    public static string Show(ArrowColumn column, int row)
    {
        if (column.IsNull(row))
        {
            return "null";
        }

        switch (column.Field.Type)
        {
            case IntType { BitWidth: 8 }: return Number(column.Values<sbyte>()[row]);
            case IntType { BitWidth: 16 }: return Number(column.Values<short>()[row]);
            case IntType { BitWidth: 32 }: return Number(column.Values<int>()[row]);
            case IntType: return Quote(column.Values<long>()[row].ToString(CultureInfo.InvariantCulture));
            case FloatType { BitWidth: 32 }: return Number(column.Values<float>()[row]);
            case FloatType: return Number(column.Values<double>()[row]);
            case BoolType: return column.Bool(row) ? "true" : "false";
            case Utf8Type: return Quote(column.Text(row));
            case BinaryType: return Bytes(column.Bytes(row));
            case StructType: return $"{{{string.Join(",", column.Children.Select(c => $"{Quote(c.Field.Name)}:{Show(c, row)}"))}}}";
            default:
                (int start, int count) = column.Items(row);
                return $"[{string.Join(",", Enumerable.Range(start, count).Select(i => Show(column.Item, i)))}]";
        }
    }

    /// <summary>The text form of a value in a foreign reader's JSON.</summary>
    public static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Number(value.GetDouble()),
        JsonValueKind.String => Quote(value.GetString()!),
        JsonValueKind.Array => $"[{string.Join(",", value.EnumerateArray().Select(Show))}]",
        JsonValueKind.Object => $"{{{string.Join(",", value.EnumerateObject().Select(p => $"{Quote(p.Name)}:{Show(p.Value)}"))}}}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private static object Draw(ArrowType type, Nulls nulls, Random random)
    {
        switch (type)
        {
            case IntType { BitWidth: 8 }: return (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1);
            case IntType { BitWidth: 16 }: return (short)random.Next(short.MinValue, short.MaxValue + 1);
            case IntType { BitWidth: 32 }: return random.Next(int.MinValue, int.MaxValue);
            case IntType: return random.Next(8) switch { 0 => long.MinValue, 1 => long.MaxValue, _ => random.NextInt64(long.MinValue, long.MaxValue) };
            case FloatType { BitWidth: 32 }: return random.Next(8) switch { 0 => float.NaN, 1 => float.NegativeInfinity, 2 => -0f, 3 => float.Epsilon, _ => (random.NextSingle() - 0.5f) * 1e6f };
            case FloatType: return random.Next(8) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => -0d, 3 => double.MaxValue, _ => (random.NextDouble() - 0.5) * 1e9 };
            case BoolType: return random.Next(2) == 0;
            case Utf8Type: return string.Concat(Enumerable.Repeat(random.Next(4) switch { 0 => "", 1 => "ü€😀", 2 => "\0\"\\", _ => "arm " }, random.Next(1, 5)));
            case BinaryType:
                byte[] bytes = new byte[random.Next(40) == 0 ? 1500 : random.Next(9)];
                random.NextBytes(bytes);
                return bytes;
            case ListType t: return Many(t.Item, random.Next(5), nulls, random);
            case FixedSizeListType t: return Many(t.Item, t.Size, nulls, random);
            case StructType t: return t.Fields.Select(f => Draw(f, nulls, random)).ToArray();
            default: throw new ArgumentException($"No way to draw {type}.");
        }
    }

    private static object?[] Many(ArrowField item, int count, Nulls nulls, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ => Draw(item, nulls, random))];

    private static string Number(double value) =>
        double.IsNaN(value) ? "\"NaN\""
        : double.IsInfinity(value) ? (value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
        : value == 0 && double.IsNegative(value) ? "\"-0\""
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quote(string text) => $"\"{text}\"";

    private static string Bytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= 1024)
        {
            return $"{{\"base64\":\"{Convert.ToBase64String(bytes)}\"}}";
        }

        string sum = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return new StringBuilder().Append(CultureInfo.InvariantCulture, $"{{\"length\":{bytes.Length},\"sha256\":\"{sum}\"}}").ToString();
    }
}
