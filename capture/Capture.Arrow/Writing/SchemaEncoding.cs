using System.Text;

namespace Capture.Arrow;

/// <summary>Schemas as flatbuffers (Schema.fbs).</summary>
internal static class SchemaEncoding
{
    /// <summary>The most bytes that a schema's table takes, alignment included.</summary>
    public static int MaxLength(ArrowSchema schema) => checked(96 + Pairs(schema.Metadata) + schema.Fields.Sum(Field));

    /// <summary>Writes the Schema table and returns its position.</summary>
    public static int Write(ref FlatWriter writer, ArrowSchema schema)
    {
        Span<int> at = stackalloc int[3];
        int table = writer.Table([2, 4, (byte)(schema.Metadata.Count == 0 ? 0 : 4)], at);
        writer.Point(at[1], WriteFields(ref writer, schema.Fields));
        if (schema.Metadata.Count != 0)
        {
            writer.Point(at[2], WritePairs(ref writer, schema.Metadata));
        }

        return table;
    }

    private static int WriteFields(ref FlatWriter writer, IReadOnlyList<ArrowField> fields)
    {
        int vector = writer.Vector(fields.Count, 4, 4);
        for (int i = 0; i < fields.Count; i++)
        {
            writer.Point(vector + 4 + (4 * i), WriteField(ref writer, fields[i]));
        }

        return vector;
    }

    private static int WriteField(ref FlatWriter writer, ArrowField field)
    {
        // name, nullable, type_type, type, dictionary, children, custom_metadata. Readers expect children even when there are none.
        Span<int> at = stackalloc int[7];
        var dictionary = field.Type as DictionaryType;
        ArrowType type = dictionary?.Value ?? field.Type;
        if (type is DictionaryType)
        {
            throw new ArgumentException($"Field '{field.Name}': a dictionary of nothing but another dictionary cannot be written. Take the inner values.");
        }

        int table = writer.Table([4, 1, 1, 4, (byte)(dictionary is null ? 0 : 4), 4, (byte)(field.Metadata.Count == 0 ? 0 : 4)], at);
        writer.Point(at[0], writer.String(field.Name));
        writer.Byte(at[1], field.Nullable ? (byte)1 : (byte)0);
        writer.Point(at[3], TypeEncoding.Write(ref writer, type, out byte code));
        writer.Byte(at[2], code);
        if (dictionary is not null)
        {
            Span<int> inner = stackalloc int[3];
            writer.Point(at[4], writer.Table([8, 4, 1], inner));
            writer.Int64(inner[0], dictionary.Id);
            writer.Byte(inner[2], dictionary.Ordered ? (byte)1 : (byte)0);
            writer.Point(inner[1], TypeEncoding.Write(ref writer, dictionary.Index, out _));
        }

        writer.Point(at[5], WriteFields(ref writer, type.Children));
        if (field.Metadata.Count != 0)
        {
            writer.Point(at[6], WritePairs(ref writer, field.Metadata));
        }

        return table;
    }

    private static int WritePairs(ref FlatWriter writer, ArrowMetadata metadata)
    {
        int vector = writer.Vector(metadata.Count, 4, 4);
        Span<int> at = stackalloc int[2];
        for (int i = 0; i < metadata.Count; i++)
        {
            KeyValuePair<string, string> pair = metadata[i];
            writer.Point(vector + 4 + (4 * i), writer.Table([4, 4], at));
            writer.Point(at[0], writer.String(pair.Key));
            writer.Point(at[1], writer.String(pair.Value));
        }

        return vector;
    }

    private static int Field(ArrowField field) =>
        checked(160 + Encoding.UTF8.GetByteCount(field.Name) + Pairs(field.Metadata) + Type(field.Type));

    private static int Type(ArrowType type) => type switch
    {
        DictionaryType d => 96 + Type(d.Value),
        TimestampType { TimeZone: { } zone } => 16 + Encoding.UTF8.GetByteCount(zone),
        UnionType u => 16 + (4 * u.TypeIds.Count) + u.Children.Sum(Field),
        _ => type.Children.Sum(Field),
    };

    private static int Pairs(ArrowMetadata metadata) =>
        checked(16 + metadata.Sum(p => 64 + Encoding.UTF8.GetByteCount(p.Key) + Encoding.UTF8.GetByteCount(p.Value)));
}
