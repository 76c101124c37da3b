namespace Capture.Arrow;

/// <summary>Schemas from flatbuffers (Schema.fbs), refusing with a sentence what this library does not read.</summary>
internal ref struct SchemaDecoding(ArrowReadLimits limits, int metadataLength)
{
    private int _fieldsLeft = limits.Fields;
    private int _pairsLeft = limits.MetadataPairs;
    private long _textLeft = 4L * metadataLength;
    private Dictionary<long, ArrowType>? _dictionaries;

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
        ArrowField[] children = Fields(field, 5, depth + 1, path);
        ArrowType type = TypeDecoding.Read(field, children, path, ref this);
        if (field.Has(4))
        {
            type = Dictionary(field.Table(4, "dictionary encoding"), type, path);
        }

        return new ArrowField(name, type, field.Byte(1) != 0) { Metadata = new ArrowMetadata(Pairs(field, 6)) };
    }

    private DictionaryType Dictionary(FlatTable encoding, ArrowType value, string path)
    {
        long id = encoding.Int64(0);
        if (encoding.Int16(3) != 0)
        {
            throw new ArrowFormatException(ArrowFault.Unsupported, $"Field '{path}' has a dictionary of kind {encoding.Int16(3)}; only dense arrays (0) are read here.");
        }

        ArrowType index = encoding.Has(1) ? TypeDecoding.Integer(encoding.Table(1, "index type"), path) : ArrowType.Int32;
        _dictionaries ??= [];
        if (!_dictionaries.TryAdd(id, value) && !_dictionaries[id].Equals(value))
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"Field '{path}' has dictionary {id} of {value}, another field one of {_dictionaries[id]} under the same id; the schema is damaged.");
        }

        return new DictionaryType(index, value, encoding.Byte(2) != 0, id);
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

    /// <summary>Text in a slot, or null when there is none.</summary>
    public string? Text(FlatTable table, int slot) => table.Has(slot) ? Text(table, slot, out _, out _) : null;

    /// <summary>Text, counted: writers may share equal texts, but many offsets to one long text would fill the memory.</summary>
    private string Text(FlatTable table, int slot, out int offset, out int length)
    {
        string text = table.Text(slot, out offset, out length);
        _textLeft -= length;
        return _textLeft >= 0
            ? text
            : throw new ArrowFormatException(ArrowFault.LimitExceeded, "The texts of the metadata add up to more than four times its length; the message is damaged.");
    }
}
