namespace Capture.Arrow;

/// <summary>The type of a field from its flatbuffer (Schema.fbs, union Type), its parameters and the number of its children checked.</summary>
internal static class TypeDecoding
{
    /// <summary>The type of <paramref name="field"/>, of a dictionary-encoded one that of its values.</summary>
    public static ArrowType Read(FlatTable field, ArrowField[] children, string path, ref SchemaDecoding texts)
    {
        byte code = field.Byte(2);
        int expected = code switch
        {
            FlatNames.TypeList or FlatNames.TypeLargeList or FlatNames.TypeListView or FlatNames.TypeLargeListView
                or FlatNames.TypeFixedSizeList or FlatNames.TypeMap => 1,
            FlatNames.TypeRunEndEncoded => 2,
            FlatNames.TypeStruct or FlatNames.TypeUnion => children.Length,
            _ => 0,
        };
        if (children.Length != expected)
        {
            throw Damaged(path, $"has {children.Length} children where {expected} belong (type {code})");
        }

        switch (code)
        {
            case FlatNames.TypeNull: return ArrowType.Null;
            case FlatNames.TypeBool: return ArrowType.Bool;
            case FlatNames.TypeUtf8: return ArrowType.Utf8;
            case FlatNames.TypeBinary: return ArrowType.Binary;
            case FlatNames.TypeLargeUtf8: return ArrowType.LargeUtf8;
            case FlatNames.TypeLargeBinary: return ArrowType.LargeBinary;
            case FlatNames.TypeUtf8View: return ArrowType.Utf8View;
            case FlatNames.TypeBinaryView: return ArrowType.BinaryView;
            case FlatNames.TypeList: return new ListType(children[0]);
            case FlatNames.TypeLargeList: return new LargeListType(children[0]);
            case FlatNames.TypeListView: return new ListViewType(children[0]);
            case FlatNames.TypeLargeListView: return new LargeListViewType(children[0]);
            case FlatNames.TypeStruct: return new StructType(children);
            case FlatNames.TypeRunEndEncoded: return Runs(children, path);
            case 0: throw Damaged(path, "has no type");
        }

        FlatTable type = field.Table(3, "type");
        switch (code)
        {
            case FlatNames.TypeInt:
                return Integer(type, path);
            case FlatNames.TypeFloatingPoint:
                return type.Int16(0) switch
                {
                    0 => ArrowType.Float16,
                    1 => ArrowType.Float32,
                    2 => ArrowType.Float64,
                    short other => throw Damaged(path, $"is floating-point of precision {other}"),
                };
            case FlatNames.TypeDecimal:
                return Decimal(type, path);
            case FlatNames.TypeDate:
                return new DateType((ArrowDateUnit)OneOf(type.Int16(0, 1), 2, path, "date"));
            case FlatNames.TypeTime:
                var time = new TimeType((ArrowTimeUnit)OneOf(type.Int16(0, 1), 4, path, "time"));
                int width = type.Int32(1, 32);
                return width == time.BitWidth ? time : throw Damaged(path, $"is a {time} of {width} bits");
            case FlatNames.TypeTimestamp:
                return new TimestampType((ArrowTimeUnit)OneOf(type.Int16(0), 4, path, "timestamp"), texts.Text(type, 1));
            case FlatNames.TypeDuration:
                return new DurationType((ArrowTimeUnit)OneOf(type.Int16(0, 1), 4, path, "duration"));
            case FlatNames.TypeInterval:
                return new IntervalType((ArrowIntervalUnit)OneOf(type.Int16(0), 3, path, "interval"));
            case FlatNames.TypeFixedSizeBinary:
                return type.Int32(0) is >= 0 and int bytes ? new FixedSizeBinaryType(bytes) : throw Damaged(path, $"is binary of {type.Int32(0)} bytes");
            case FlatNames.TypeFixedSizeList:
                return type.Int32(0) is >= 0 and int size ? new FixedSizeListType(children[0], size) : throw Damaged(path, $"is a list of {type.Int32(0)} items");
            case FlatNames.TypeMap:
                return children[0].Type is StructType { Fields.Count: 2 }
                    ? new MapType(children[0], type.Byte(0) != 0)
                    : throw Damaged(path, $"is a map of {children[0].Type}, not of a struct of key and value");
            case FlatNames.TypeUnion:
                return Union(type, children, path);
            default:
                throw new ArrowFormatException(ArrowFault.Unsupported, $"Field '{path}' is of type number {code}, which is not in the columnar format 1.5. Write it as a type of that version.");
        }
    }

    /// <summary>An Int table.</summary>
    public static ArrowType Integer(FlatTable type, string path)
    {
        int width = type.Int32(0);
        bool signed = type.Byte(1) != 0;
        return width switch
        {
            8 => signed ? ArrowType.Int8 : ArrowType.UInt8,
            16 => signed ? ArrowType.Int16 : ArrowType.UInt16,
            32 => signed ? ArrowType.Int32 : ArrowType.UInt32,
            64 => signed ? ArrowType.Int64 : ArrowType.UInt64,
            _ => throw Damaged(path, $"is an integer of {width} bits"),
        };
    }

    private static DecimalType Decimal(FlatTable type, string path)
    {
        int width = type.Int32(2, 128);
        int precision = type.Int32(0);
        int scale = type.Int32(1);
        if (width is not (32 or 64 or 128 or 256) || precision < 1 || precision > DecimalType.MaxPrecision(width) || scale is < -1000 or > 1000)
        {
            throw Damaged(path, $"is a decimal of {width} bits, {precision} digits, scale {scale}");
        }

        return new DecimalType(width, precision, scale);
    }

    private static RunEndType Runs(ArrowField[] children, string path) =>
        children[0].Type is IntType { BitWidth: 16 or 32 or 64 }
            ? new RunEndType(children[0], children[1])
            : throw Damaged(path, $"has run ends of {children[0].Type}, not of int16, int32 or int64");

    private static UnionType Union(FlatTable type, ArrowField[] children, string path)
    {
        var mode = (ArrowUnionMode)OneOf(type.Int16(0), 2, path, "union");
        int[] ids = [.. Enumerable.Range(0, children.Length)];
        if (type.Has(1))
        {
            int count = type.Vector(1, 4, out int first);
            if (count != children.Length)
            {
                throw Damaged(path, $"is a union of {children.Length} fields with {count} type ids");
            }

            for (int i = 0; i < count; i++)
            {
                ids[i] = type.VectorInt32(first, i);
            }
        }

        return ids.All(id => id is >= 0 and < 128) && ids.Distinct().Count() == ids.Length
            ? new UnionType(mode, children, ids)
            : throw Damaged(path, $"is a union of {children.Length} fields whose type ids are not each another number of 0..127");
    }

    private static int OneOf(short value, int count, string path, string what) =>
        value >= 0 && value < count ? value : throw Damaged(path, $"is a {what} of unit {value}");

    private static ArrowFormatException Damaged(string path, string what) =>
        new(ArrowFault.Malformed, $"Field '{path}' {what}; the schema is damaged.");
}
