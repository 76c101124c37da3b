using Capture.Arrow;
using Capture.Episodes.Reading;

namespace Replay.Server.Episodes;

/// <summary>
/// Decoded numbers of one stream, extended as the file grows, the least lately used columns dropped beyond a bound. One thread at a time; what
/// a snapshot holds is safe to read beside it.
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

    /// <summary>The columns of these numbers, as far as they were decoded before; to be advanced, then read.</summary>
    public Column[] Begin(IReadOnlyList<NumericLeaf> leaves)
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

        DropLeastUsed();
        return columns;
    }

    /// <summary>Decodes one batch into those columns that are furthest behind; false when none is.</summary>
    public bool Advance(Column[] columns)
    {
        int batch = columns.Length > 0 ? columns.Min(c => c.Batches) : stream.Batches;
        if (batch >= stream.Batches)
        {
            return false;
        }

        RecordBatch read = stream.ReadBatch(batch);
        foreach (Column column in columns)
        {
            if (column.Batches == batch)
            {
                column.Leaf.Read(read, column.Values.Extend(read.Rows));
                column.Batches++;
            }
        }

        return true;
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

    /// <summary>One decoded column; NaN where null. A column that was dropped meanwhile goes on serving the request that holds it.</summary>
    internal sealed class Column(NumericLeaf leaf)
    {
        public NumericLeaf Leaf { get; } = leaf;

        public GrowingColumn<double> Values { get; } = new();

        public int Batches { get; set; }

        public long Used { get; set; }
    }
}
