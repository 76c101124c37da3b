using Capture.Arrow;
using Capture.Episodes.Reading;

namespace Replay.Server.Episodes;

/// <summary>
/// Decoded numbers of one stream, extended as the file grows, the least lately used columns dropped beyond a bound. One thread at a time; what
/// <see cref="Take"/> returns is safe to read beside it.
/// </summary>
internal sealed class ColumnStore(EpisodeStream stream)
{
    /// <summary>Bytes of decoded columns kept per stream. What one request needs may pass it, up to <see cref="MaxRequestBytes"/>.</summary>
    public const long KeptBytes = 128L << 20;

    public const long MaxRequestBytes = 512L << 20;

    private readonly Dictionary<string, Column> _columns = new(StringComparer.Ordinal);
    private long _uses;

    public IReadOnlyList<NumericLeaf> Leaves { get; } = NumericLeaf.Of(stream.Schema, stream.Info.Kind);

    public long Bytes => _columns.Values.Sum(c => c.Values.Bytes);

    /// <summary>All rows of these columns; NaN where null. Batches are read once for all of them.</summary>
    public ReadOnlyMemory<double>[] Take(IReadOnlyList<NumericLeaf> leaves, CancellationToken cancel)
    {
        _uses++;
        var columns = new Column[leaves.Count];
        for (int i = 0; i < columns.Length; i++)
        {
            if (!_columns.TryGetValue(leaves[i].Name, out Column? column))
            {
                _columns.Add(leaves[i].Name, column = new Column(leaves[i]));
            }

            column.Used = _uses;
            columns[i] = column;
        }

        for (int batch = columns.Length > 0 ? columns.Min(c => c.Batches) : stream.Batches; batch < stream.Batches; batch++)
        {
            cancel.ThrowIfCancellationRequested();
            RecordBatch read = stream.ReadBatch(batch);
            foreach (Column column in columns)
            {
                if (column.Batches == batch)
                {
                    column.Leaf.Read(read, column.Values.Extend(read.Rows));
                    column.Batches++;
                }
            }
        }

        ReadOnlyMemory<double>[] taken = [.. columns.Select(c => c.Values.Snapshot)];
        DropLeastUsed();
        return taken;
    }

    private void DropLeastUsed()
    {
        long bytes = Bytes;
        foreach (Column column in _columns.Values.Where(c => c.Used != _uses).OrderBy(c => c.Used).ToList())
        {
            if (bytes <= KeptBytes)
            {
                return;
            }

            bytes -= column.Values.Bytes;
            _columns.Remove(column.Leaf.Name);
        }
    }

    private sealed class Column(NumericLeaf leaf)
    {
        public NumericLeaf Leaf { get; } = leaf;

        public GrowingColumn<double> Values { get; } = new();

        public int Batches { get; set; }

        public long Used { get; set; }
    }
}
