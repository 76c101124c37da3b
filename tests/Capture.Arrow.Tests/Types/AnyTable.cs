using System.Text;
using System.Text.Json;

namespace Capture.Arrow.Tests.Types;

/// <summary>A table of one column of any type (or several): its bytes, and each row as a dump must show it.</summary>
internal sealed class AnyTable
{
    private readonly List<RecordBatch> _batches = [];
    private readonly List<string> _rows = [];

    public AnyTable(IReadOnlyList<ArrowType> types, Nulls nulls, int seed, bool nullable, bool replace, params int[] batches)
    {
        Schema = new ArrowSchema(
            types.Select((t, i) => new ArrowField($"c{i}", t, nullable || t is NullType) { Metadata = ArrowMetadata.Of(("unit", "m/s²")) }),
            ArrowMetadata.Of(("rig", "bench"), ("empty", "")));
        var random = new Random(seed);
        var columns = new AnyColumn(replace);
        foreach (int rows in batches)
        {
            columns.BeginBatch();
            object?[][] values = [.. Schema.Fields.Select(f => Enumerable.Range(0, rows).Select(_ => AnyValue.Draw(f, nulls, random)).ToArray())];
            _batches.Add(new RecordBatch(Schema, rows, Schema.Fields.Select((f, i) => columns.Build(f, values[i]))));
            _rows.AddRange(Enumerable.Range(0, rows).Select(row => AnyValue.Canonical($"{{{string.Join(",", Schema.Fields.Select((f, i) => $"\"{f.Name}\":{AnyValue.Json(values[i][row], f.Type)}"))}}}")));
        }
    }

    public AnyTable(ArrowType type, Nulls nulls, int seed, params int[] batches)
        : this([type], nulls, seed, nullable: true, replace: false, batches)
    {
    }

    public ArrowSchema Schema { get; }

    public IReadOnlyList<string> Rows => _rows;

    public byte[] Write(bool file, ArrowCompression compression = ArrowCompression.None)
    {
        using var stream = new MemoryStream();
        using (ArrowTableWriter writer = file ? new ArrowFileWriter(stream, Schema, compression: compression) : new ArrowStreamWriter(stream, Schema, compression: compression))
        {
            _batches.ForEach(b => writer.Write(b));
        }

        return stream.ToArray();
    }

    /// <summary>All lines of a dump under one key.</summary>
    public static string[] Lines(ArrowReader reader, string key)
    {
        using var text = new MemoryStream();
        ArrowDump.Write(reader, text);
        return [.. Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty(key, out _))
            .Select(line => AnyValue.Canonical(line.GetProperty(key)))];
    }

    public static string[] RowsOf(ArrowReader reader) => Lines(reader, "row");
}
