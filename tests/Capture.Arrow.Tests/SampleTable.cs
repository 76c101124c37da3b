namespace Capture.Arrow.Tests;

/// <summary>A table of drawn rows: its bytes as file or stream, and each row's text form.</summary>
internal sealed class SampleTable
{
    private readonly List<object?[][]> _batches = [];

    public SampleTable(ArrowSchema schema, Nulls nulls, int seed, params int[] batches)
    {
        Schema = schema;
        var random = new Random(seed);
        foreach (int rows in batches)
        {
            _batches.Add([.. Enumerable.Range(0, rows).Select(_ => schema.Fields.Select(f => Sample.Draw(f, nulls, random)).ToArray())]);
        }
    }

    public ArrowSchema Schema { get; }

    /// <summary>All types, each once; bytes nested in a list left out where polars' binding must show the values.</summary>
    public static IEnumerable<ArrowType> Types()
    {
        yield return ArrowType.Int8;
        yield return ArrowType.Int16;
        yield return ArrowType.Int32;
        yield return ArrowType.Int64;
        yield return ArrowType.Float32;
        yield return ArrowType.Float64;
        yield return ArrowType.Bool;
        yield return ArrowType.Utf8;
        yield return ArrowType.Binary;
        yield return ArrowType.List(ArrowType.Int64);
        yield return new ListType(new ArrowField("item", ArrowType.Utf8, Nullable: true));
        yield return ArrowType.FixedSizeList(ArrowType.Float32, 3);
        yield return new FixedSizeListType(new ArrowField("item", ArrowType.Int16, Nullable: true), 2);
        yield return ArrowType.Struct(new ArrowField("x", ArrowType.Float64), new ArrowField("label", ArrowType.Utf8, Nullable: true));
        yield return ArrowType.List(ArrowType.Struct(
            new ArrowField("id", ArrowType.Int32),
            new ArrowField("position", ArrowType.FixedSizeList(ArrowType.Float64, 3)),
            new ArrowField("tracked", ArrowType.Bool, Nullable: true)));
        yield return ArrowType.List(ArrowType.List(ArrowType.Int8));
    }

    public static ArrowSchema SchemaOf(IEnumerable<ArrowType> types, bool nullable)
    {
        IEnumerable<ArrowField> fields = types.Select((type, i) => new ArrowField($"c{i}", type, nullable)
        {
            Metadata = i % 2 == 0 ? ArrowMetadata.Of(("unit", "m/s²"), ("range", "-1..1")) : ArrowMetadata.Empty,
        });
        return new ArrowSchema(fields, ArrowMetadata.Of(("rig", "bench"), ("empty", ""), ("ключ", "значение")));
    }

    public BatchBuilder Builder() => new(Schema, new BatchCapacity { Rows = Math.Max(1, _batches.Max(b => b.Length)), VariableBytes = 1 << 18, ListItems = 1 << 15 });

    public void Fill(BatchBuilder builder, int batch)
    {
        builder.Clear();
        foreach (object?[] row in _batches[batch])
        {
            for (int i = 0; i < row.Length; i++)
            {
                Sample.Append(builder.Columns[i], row[i]);
            }

            builder.EndRow();
        }
    }

    public byte[] Write(bool file)
    {
        using var stream = new MemoryStream();
        using (ArrowTableWriter writer = file ? new ArrowFileWriter(stream, Schema) : new ArrowStreamWriter(stream, Schema))
        {
            using BatchBuilder builder = Builder();
            var metadata = new MessageMetadata();
            for (int i = 0; i < _batches.Count; i++)
            {
                Fill(builder, i);
                metadata.Clear();
                metadata.Add("crc32c"u8, "00000000"u8);
                writer.Write(builder, metadata);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Row for row and batch for batch, as <see cref="Sample.Show(object?, ArrowType)"/> has them.</summary>
    public string[] Shown() => [.. _batches.SelectMany(b => b).Select(row => string.Join(" | ", row.Select((v, i) => Sample.Show(v, Schema.Fields[i].Type))))];

    public static string[] Shown(ArrowReader reader) =>
        [.. Enumerable.Range(0, reader.Batches.Count).Select(reader.ReadBatch).SelectMany(Shown)];

    public static IEnumerable<string> Shown(RecordBatch batch) =>
        Enumerable.Range(0, batch.Rows).Select(row => string.Join(" | ", batch.Columns.Select(c => Sample.Show(c, row))));
}
