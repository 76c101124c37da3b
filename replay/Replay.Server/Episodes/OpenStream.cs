using Capture.Arrow;
using Capture.Episodes.Reading;
using Replay.Server.Views;

namespace Replay.Server.Episodes;

/// <summary>
/// One stream of an open episode and what is kept in memory of it. Reading the file happens under the episode's gate; what is returned is read without it.
/// </summary>
internal sealed class OpenStream : IDisposable
{
    private readonly Lock _gate;
    private readonly EpisodeStream _stream;
    private readonly RowIndex? _index;
    private readonly ColumnStore _columns;
    private PeakStore? _peaks;

    public OpenStream(EpisodeStream stream, Lock gate)
    {
        _stream = stream;
        _gate = gate;
        _index = stream.Info.HasSamples ? new RowIndex(stream) : null;
        _columns = new ColumnStore(stream);
    }

    public string Name => _stream.Info.Name;

    public string Kind => _stream.Info.Kind;

    public double? RateHz => _stream.Info.RateHz;

    public string? Clock => _stream.Info.Clock?.Name;

    public ArrowSchema Schema => _stream.Schema;

    public IReadOnlyList<NumericLeaf> Leaves => _columns.Leaves;

    /// <summary>Path in the episode's folder.</summary>
    public string File => $"streams/{Name}.arrow";

    /// <summary>Whole rows and the bytes of the file up to its last whole message.</summary>
    public (long Rows, long Bytes) Extent
    {
        get
        {
            lock (_gate)
            {
                return (_stream.Rows, _stream.Bytes);
            }
        }
    }

    public long CachedBytes
    {
        get
        {
            lock (_gate)
            {
                return (_index?.Bytes ?? 0) + _columns.Bytes + (_peaks?.Bytes ?? 0);
            }
        }
    }

    /// <summary>Rows and their times; null for streams without times (clocks, the ledger).</summary>
    public TimedRows? Rows(CancellationToken cancel)
    {
        lock (_gate)
        {
            return _index?.Take(cancel);
        }
    }

    /// <summary>Rows, and columns with at least as many.</summary>
    public (TimedRows Rows, ReadOnlyMemory<double>[] Columns) Take(IReadOnlyList<NumericLeaf> leaves, CancellationToken cancel)
    {
        lock (_gate)
        {
            TimedRows rows = _index!.Take(cancel);
            return (rows, _columns.Take(leaves, cancel));
        }
    }

    /// <summary>Peaks of a sound, over all rows that were taken before, or more.</summary>
    public PeakStore.Peaks TakePeaks(CancellationToken cancel)
    {
        lock (_gate)
        {
            _peaks ??= new PeakStore(_stream);
            return _peaks.Take(cancel);
        }
    }

    /// <summary>The batch that holds a row, checked, and the row with which it begins.</summary>
    public (RecordBatch Batch, int FirstRow) BatchWith(int row)
    {
        lock (_gate)
        {
            int batch = _stream.BatchOf(row);
            return (_stream.ReadBatch(batch), (int)_stream.FirstRow(batch));
        }
    }

    /// <summary>All batches of a small stream (the ledger).</summary>
    public List<RecordBatch> AllBatches()
    {
        lock (_gate)
        {
            return [.. _stream.ReadAll()];
        }
    }

    public void Dispose() => _index?.Dispose();
}
