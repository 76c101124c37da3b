namespace Capture.Arrow;

/// <summary>Types as flatbuffers (Schema.fbs, union Type): the table, and the number that says which it is.</summary>
internal static class TypeEncoding
{
    /// <summary>Writes the table of a type, a dictionary's apart, and returns its position. Children are the field's to write.</summary>
    public static int Write(ref FlatWriter writer, ArrowType type, out byte code)
    {
        Span<int> at = stackalloc int[3];
        int table;
        switch (type)
        {
            case IntType or UIntType:
                code = FlatNames.TypeInt;
                table = writer.Table([4, 1], at);
                writer.Int32(at[0], ArrowShape.ByteWidth(type) * 8);
                writer.Byte(at[1], type is IntType ? (byte)1 : (byte)0);
                return table;
            case FloatType or HalfType:
                code = FlatNames.TypeFloatingPoint;
                table = writer.Table([2], at);
                writer.Int16(at[0], (short)(ArrowShape.ByteWidth(type) / 4));
                return table;
            case DecimalType t:
                code = FlatNames.TypeDecimal;
                table = writer.Table([4, 4, 4], at);
                writer.Int32(at[0], t.Precision);
                writer.Int32(at[1], t.Scale);
                writer.Int32(at[2], t.BitWidth);
                return table;
            case DateType t:
                code = FlatNames.TypeDate;
                return Unit(ref writer, (short)t.Unit);
            case TimeType t:
                code = FlatNames.TypeTime;
                table = writer.Table([2, 4], at);
                writer.Int16(at[0], (short)t.Unit);
                writer.Int32(at[1], t.BitWidth);
                return table;
            case TimestampType t:
                code = FlatNames.TypeTimestamp;
                table = writer.Table([2, (byte)(t.TimeZone is null ? 0 : 4)], at);
                writer.Int16(at[0], (short)t.Unit);
                if (t.TimeZone is not null)
                {
                    writer.Point(at[1], writer.String(t.TimeZone));
                }

                return table;
            case DurationType t:
                code = FlatNames.TypeDuration;
                return Unit(ref writer, (short)t.Unit);
            case IntervalType t:
                code = FlatNames.TypeInterval;
                return Unit(ref writer, (short)t.Unit);
            case FixedSizeBinaryType t:
                code = FlatNames.TypeFixedSizeBinary;
                return Size(ref writer, t.ByteWidth);
            case FixedSizeListType t:
                code = FlatNames.TypeFixedSizeList;
                return Size(ref writer, t.Size);
            case MapType t:
                code = FlatNames.TypeMap;
                table = writer.Table([1], at);
                writer.Byte(at[0], t.KeysSorted ? (byte)1 : (byte)0);
                return table;
            case UnionType t:
                code = FlatNames.TypeUnion;
                table = writer.Table([2, 4], at);
                writer.Int16(at[0], (short)t.Mode);
                int ids = writer.Vector(t.TypeIds.Count, 4, 4);
                writer.Point(at[1], ids);
                for (int i = 0; i < t.TypeIds.Count; i++)
                {
                    writer.Int32(ids + 4 + (4 * i), t.TypeIds[i]);
                }

                return table;
        }

        code = type switch
        {
            NullType => FlatNames.TypeNull,
            BoolType => FlatNames.TypeBool,
            Utf8Type => FlatNames.TypeUtf8,
            BinaryType => FlatNames.TypeBinary,
            LargeUtf8Type => FlatNames.TypeLargeUtf8,
            LargeBinaryType => FlatNames.TypeLargeBinary,
            Utf8ViewType => FlatNames.TypeUtf8View,
            BinaryViewType => FlatNames.TypeBinaryView,
            ListType => FlatNames.TypeList,
            LargeListType => FlatNames.TypeLargeList,
            ListViewType => FlatNames.TypeListView,
            LargeListViewType => FlatNames.TypeLargeListView,
            StructType => FlatNames.TypeStruct,
            RunEndType => FlatNames.TypeRunEndEncoded,
            _ => throw new ArgumentException($"{type} is not a type that this library writes."),
        };
        return writer.Table([], at);
    }

    private static int Unit(ref FlatWriter writer, short unit)
    {
        Span<int> at = stackalloc int[1];
        int table = writer.Table([2], at);
        writer.Int16(at[0], unit);
        return table;
    }

    private static int Size(ref FlatWriter writer, int size)
    {
        Span<int> at = stackalloc int[1];
        int table = writer.Table([4], at);
        writer.Int32(at[0], size);
        return table;
    }
}
