using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Capture.Arrow;

/// <summary>
/// Values as JSON that loses nothing, given the schema: integers of 64 bits and more, and what is counted in them, as text of digits; decimals as text with their
/// point; bytes as base64; what JSON has no number for as text.
/// </summary>
internal sealed class ValueText(JsonLines json, ArrowReadLimits limits)
{
    private long _left = limits.ShownValues;

    /// <summary>Begins to count the values of a batch anew.</summary>
    public void BeginBatch() => _left = limits.ShownValues;

    /// <summary>Named values side by side: an object, or where two have one name an array in their order.</summary>
    public void Named(IReadOnlyList<ArrowColumn> columns, int row)
    {
        bool unique = columns.Select(c => c.Field.Name).Distinct(StringComparer.Ordinal).Count() == columns.Count;
        if (unique)
        {
            json.BeginObject();
        }
        else
        {
            json.BeginArray();
        }

        foreach (ArrowColumn column in columns)
        {
            if (unique)
            {
                json.Name(column.Field.Name);
            }

            Value(column, row);
        }

        if (unique)
        {
            json.EndObject();
        }
        else
        {
            json.EndArray();
        }
    }

    private void Value(ArrowColumn column, int row)
    {
        if (--_left < 0)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"Column '{column.Field.Name}': the batch has more than {limits.ShownValues} values to show; raise ArrowReadLimits.ShownValues if that is meant.");
        }

        if (column.IsNull(row))
        {
            json.Null();
            return;
        }

        switch (column.Field.Type)
        {
            case UnionType:
                Union(column, row);
                break;
            case DictionaryType or RunEndType:
                ArrowValue there = column.Behind(row);
                Value(there.Column, there.Row);
                break;
            case StructType:
                Named(column.Children, row);
                break;
            case MapType:
                Map(column, row);
                break;
            case ListType or LargeListType or ListViewType or LargeListViewType or FixedSizeListType:
                (int start, int count) = column.Items(row);
                json.BeginArray();
                for (int i = start; i < start + count; i++)
                {
                    Value(column.Item, i);
                }

                json.EndArray();
                break;
            case Utf8Type or LargeUtf8Type or Utf8ViewType:
                json.Text(column.Bytes(row));
                break;
            case BinaryType or LargeBinaryType or BinaryViewType or FixedSizeBinaryType:
                json.Base64(column.Bytes(row));
                break;
            case BoolType:
                json.Bool(column.Bool(row));
                break;
            default:
                Number(column.Field.Type, column.Bytes(row));
                break;
        }
    }

    private void Map(ArrowColumn column, int row)
    {
        (int start, int count) = column.Items(row);
        json.BeginArray();
        for (int i = start; i < start + count; i++)
        {
            json.BeginArray();
            Value(column.Item.Children[0], i);
            Value(column.Item.Children[1], i);
            json.EndArray();
        }

        json.EndArray();
    }

    private void Union(ArrowColumn column, int row)
    {
        ArrowValue value = column.Behind(row);
        json.BeginObject();
        json.Name("typeId");
        json.Number(column.TypeIds[row]);
        json.Name("value");
        Value(value.Column, value.Row);
        json.EndObject();
    }

    private void Number(ArrowType type, ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case FloatType { BitWidth: 32 }:
                json.Number(BinaryPrimitives.ReadSingleLittleEndian(bytes));
                break;
            case FloatType:
                json.Number(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
                break;
            case HalfType:
                json.HalfNumber(BinaryPrimitives.ReadHalfLittleEndian(bytes));
                break;
            case DecimalType t:
                json.String(Decimal(new BigInteger(bytes), t.Scale));
                break;
            case IntervalType { Unit: ArrowIntervalUnit.DayTime }:
                json.BeginObject();
                Part("days", BinaryPrimitives.ReadInt32LittleEndian(bytes));
                Part("milliseconds", BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]));
                json.EndObject();
                break;
            case IntervalType { Unit: ArrowIntervalUnit.MonthDayNano }:
                json.BeginObject();
                Part("months", BinaryPrimitives.ReadInt32LittleEndian(bytes));
                Part("days", BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]));
                json.Name("nanoseconds");
                json.String(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]).ToString(CultureInfo.InvariantCulture));
                json.EndObject();
                break;
            case UIntType { BitWidth: 64 }:
                json.String(BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture));
                break;
            case UIntType:
                json.Number((long)new BigInteger(bytes, isUnsigned: true));
                break;
            default:
                Signed(bytes);
                break;
        }
    }

    private void Signed(ReadOnlySpan<byte> bytes)
    {
        switch (bytes.Length)
        {
            case 1:
                json.Number((sbyte)bytes[0]);
                break;
            case 2:
                json.Number(BinaryPrimitives.ReadInt16LittleEndian(bytes));
                break;
            case 4:
                json.Number(BinaryPrimitives.ReadInt32LittleEndian(bytes));
                break;
            default:
                json.String(BinaryPrimitives.ReadInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture));
                break;
        }
    }

    private void Part(string name, int value)
    {
        json.Name(name);
        json.Number(value);
    }

    /// <summary>The number with its point, all digits of the scale shown: 120 at scale 2 is "1.20".</summary>
    private static string Decimal(BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);
        string sign = unscaled.Sign < 0 ? "-" : "";
        if (scale <= 0)
        {
            return unscaled.IsZero ? "0" : sign + digits + new string('0', -scale);
        }

        digits = digits.PadLeft(scale + 1, '0');
        return $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }
}
