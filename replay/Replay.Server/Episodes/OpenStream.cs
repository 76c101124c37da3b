using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Replay.Server.Views;

namespace Replay.Server.Episodes;

/// <summary>
/// One stream of an open episode and what is kept in memory of it. The file is read under the episode's gate, a batch at a time, so that a long stream does not
/// hold up the pictures of another; what is returned is read without it.
/// </summary>
internal sealed class OpenStream : IDisposable
{
    private readonly Lock _gate;
    private readonly EpisodeStream _stream;
    private readonly RowIndex? _index;
    private readonly ColumnStore _columns;
    private PeakStore? _peaks;
    private long _cachedBytes;

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

    /// <summary>How a camera's pictures are encoded: "mjpeg", "h264"; null for other streams.</summary>
    public string? Encoding => Kind == StreamKinds.CameraFrame ? CameraFrameSchema.EncodingOf(_stream.Schema) : null;

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

    /// <summary>Bytes in memory when it was last counted.</summary>
    public long CachedBytes => Volatile.Read(ref _cachedBytes);

    /// <summary>Rows and their times; null for streams without times (clocks, the ledger).</summary>
    public TimedRows? Rows(CancellationToken cancel)
    {
        if (_index is null)
        {
            return null;
        }

        TimedRows? rows = null;
        Finish(_index.Advance, () => rows = _index.Take(), cancel);
        return rows;
    }

    /// <summary>Columns of numbers, each with at least as many rows as <see cref="Rows"/> gave before.</summary>
    public ReadOnlyMemory<double>[] Columns(IReadOnlyList<NumericLeaf> leaves, CancellationToken cancel)
    {
        ColumnStore.Column[] columns = [];
        lock (_gate)
        {
            columns = _columns.Begin(leaves);
        }

        ReadOnlyMemory<double>[] values = [];
        Finish(() => _columns.Advance(columns), () => values = [.. columns.Select(c => c.Values.Snapshot)], cancel);
        return values;
    }

    /// <summary>Peaks of a sound, of at least as many rows as <see cref="Rows"/> gave before.</summary>
    public PeakStore.Peaks Peaks(CancellationToken cancel)
    {
        lock (_gate)
        {
            _peaks ??= new PeakStore(_stream);
        }

        PeakStore.Peaks peaks = default;
        Finish(_peaks.Advance, () => peaks = _peaks.Take(), cancel);
        return peaks;
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

    /// <summary>Advances batch by batch to the present end, giving the gate back in between, then takes the result.</summary>
    private void Finish(Func<bool> advance, Action take, CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            lock (_gate)
            {
                if (!advance())
                {
                    take();
                    Volatile.Write(ref _cachedBytes, (_index?.Bytes ?? 0) + _columns.Bytes + (_peaks?.Bytes ?? 0));
                    return;
                }
            }
        }
    }
}
