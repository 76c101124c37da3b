namespace Capture.Arrow;

/// <summary>Schemas from flatbuffers (Schema.fbs), refusing with a sentence what this library does not read.</summary>
internal ref struct SchemaDecoding(ArrowReadLimits limits, int metadataLength)
{
    private int _fieldsLeft = limits.Fields;
    private int _pairsLeft = limits.MetadataPairs;
    private long _textLeft = 4L * metadataLength;

    public ArrowSchema Read(FlatTable schema)
    {
        if (schema.Int16(0) != 0)
        {
            throw new ArrowFormatException(ArrowFault.Unsupported, "The schema is big-endian; only little-endian is read. Rewrite the file on a little-endian machine.");
        }

        ArrowField[] fields = Fields(schema, 1, 1, string.Empty);
        return new ArrowSchema(fields, new ArrowMetadata(Pairs(schema, 2)));
    }

    private ArrowField[] Fields(FlatTable parent, int slot, int depth, string path)
    {
        int count = parent.Vector(slot, 4, out int first);
        if (count > _fieldsLeft)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The schema has more than {limits.Fields} fields; raise ArrowReadLimits.Fields if that is meant.");
        }

        if (count > 0 && depth > limits.Depth)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"Fields under '{path}' are nested more than {limits.Depth} deep; raise ArrowReadLimits.Depth if that is meant.");
        }

        _fieldsLeft -= count;
        var fields = new ArrowField[count];
        for (int i = 0; i < count; i++)
        {
            fields[i] = Field(parent.Element(first, i), depth, path);
        }

        return fields;
    }

    private ArrowField Field(FlatTable field, int depth, string parent)
    {
        string name = Text(field, 0, out _, out _);
        string path = parent.Length == 0 ? name : $"{parent}.{name}";
        if (field.Has(4))
        {
            throw Unsupported(path, "dictionary-encoded", "Write it without dictionaries.");
        }

        byte code = field.Byte(2);
        ArrowField[] children = Fields(field, 5, depth + 1, path);
        int expected = code switch
        {
            FlatNames.TypeList or FlatNames.TypeFixedSizeList => 1,
            FlatNames.TypeStruct => children.Length,
            _ => 0,
        };
        ArrowType type = Type(field, code, children, path);
        if (children.Length != expected)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' is {FlatNames.TypeName(code)} with {children.Length} children where {expected} belong; the schema is damaged.");
        }

        return new ArrowField(name, type, field.Byte(1) != 0) { Metadata = new ArrowMetadata(Pairs(field, 6)) };
    }

    private static ArrowType Type(FlatTable field, byte code, ArrowField[] children, string path)
    {
        switch (code)
        {
            case FlatNames.TypeInt:
                FlatTable integer = field.Table(3, "integer type");
                int width = integer.Int32(0);
                if (integer.Byte(1) == 0)
                {
                    throw Unsupported(path, $"unsigned ({width} bits)", "Write it as a signed integer wide enough.");
                }

                return width switch
                {
                    8 => ArrowType.Int8,
                    16 => ArrowType.Int16,
                    32 => ArrowType.Int32,
                    64 => ArrowType.Int64,
                    _ => throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' is an integer of {width} bits; the schema is damaged."),
                };
            case FlatNames.TypeFloatingPoint:
                return field.Table(3, "floating-point type").Int16(0) switch
                {
                    1 => ArrowType.Float32,
                    2 => ArrowType.Float64,
                    0 => throw Unsupported(path, "half-precision", "Write it as float32."),
                    short other => throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' is floating-point of precision {other}; the schema is damaged."),
                };
            case FlatNames.TypeBool:
                return ArrowType.Bool;
            case FlatNames.TypeUtf8:
                return ArrowType.Utf8;
            case FlatNames.TypeBinary:
                return ArrowType.Binary;
            case FlatNames.TypeList when children.Length == 1:
                return new ListType(children[0]);
            case FlatNames.TypeFixedSizeList when children.Length == 1:
                int size = field.Table(3, "fixed-size list type").Int32(0);
                return size >= 0
                    ? new FixedSizeListType(children[0], size)
                    : throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' is a list of {size} items; the schema is damaged.");
            case FlatNames.TypeList or FlatNames.TypeFixedSizeList:
                throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' is a list with {children.Length} item fields where 1 belongs; the schema is damaged.");
            case FlatNames.TypeStruct:
                return new StructType(children);
            case 0:
                throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' has no type; the schema is damaged.");
            default:
                throw Unsupported(path, FlatNames.TypeName(code), "Write it as one of int8-64, float32/64, bool, utf8, binary, list, fixed-size list or struct.");
        }
    }

    /// <summary>Custom metadata in a slot.</summary>
    public KeyValuePair<string, string>[] Pairs(FlatTable table, int slot)
    {
        int count = CountPairs(table, slot, out int first);
        var pairs = new KeyValuePair<string, string>[count];
        for (int i = 0; i < count; i++)
        {
            FlatTable pair = table.Element(first, i);
            pairs[i] = new(Text(pair, 0, out _, out _), Text(pair, 1, out _, out _));
        }

        return pairs;
    }

    /// <summary>Custom metadata of a message, each value with its place; <paramref name="origin"/> is where the flatbuffer begins in the message.</summary>
    public ArrowMessagePair[] MessagePairs(FlatTable table, int slot, int origin)
    {
        int count = CountPairs(table, slot, out int first);
        if (count == 0)
        {
            return [];
        }

        var pairs = new ArrowMessagePair[count];
        for (int i = 0; i < count; i++)
        {
            FlatTable pair = table.Element(first, i);
            string key = Text(pair, 0, out _, out _);
            string value = Text(pair, 1, out int at, out int length);
            pairs[i] = new ArrowMessagePair(key, value, origin + at, length);
        }

        return pairs;
    }

    private int CountPairs(FlatTable table, int slot, out int first)
    {
        int count = table.Vector(slot, 4, out first);
        if (count > _pairsLeft)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The message has more than {limits.MetadataPairs} custom metadata pairs; raise ArrowReadLimits.MetadataPairs if that is meant.");
        }

        _pairsLeft -= count;
        return count;
    }

    /// <summary>Text, counted: writers may share equal texts, but many offsets to one long text would fill the memory.</summary>
    private string Text(FlatTable table, int slot, out int offset, out int length)
    {
        string text = table.Text(slot, out offset, out length);
        _textLeft -= length;
        return _textLeft >= 0
            ? text
            : throw new ArrowFormatException(ArrowFault.LimitExceeded, "The texts of the metadata add up to more than four times its length; the message is damaged.");
    }

    private static ArrowFormatException Unsupported(string path, string what, string remedy) =>
        new(ArrowFault.Unsupported, $"Field '{path}' is {what}, which is not read here. {remedy}");
}
