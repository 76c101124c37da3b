using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Replay.Server.Episodes;

/// <summary>
/// Which rows a stream has and when: kept in memory (28 bytes a row, a camera's 41) and extended as the file grows. One thread at a time; what
/// <see cref="Take"/> returned is safe to read beside it.
/// </summary>
internal sealed class RowIndex(EpisodeStream stream) : IDisposable
{
    private readonly StreamHead _head = new(stream);
    private readonly GrowingColumn<long> _sequence = new();
    private readonly GrowingColumn<int> _segment = new();
    private readonly GrowingColumn<long> _hostTime = new();
    private readonly GrowingColumn<long> _online = new();
    private readonly GrowingColumn<long> _offset = new();
    private readonly GrowingColumn<int> _length = new();
    private readonly GrowingColumn<byte> _keyFrame = new();
    private readonly bool _camera = stream.Info.Kind == StreamKinds.CameraFrame;
    private int _batches;
    private FinalTimes? _finalOf;
    private (long[] Time, long[] Sigma, long[] Bound)? _final;
    private TimedRows? _taken;

    public long Bytes =>
        _sequence.Bytes + _segment.Bytes + _hostTime.Bytes + _online.Bytes + _offset.Bytes + _length.Bytes + _keyFrame.Bytes + (_final is { } f ? 24L * f.Time.Length : 0);

    /// <summary>Reads the next batch that was not read yet; false when there is none.</summary>
    public bool Advance()
    {
        if (_batches == stream.Batches)
        {
            return false;
        }

        _head.Read(_batches, Append);
        _batches++;
        return true;
    }

    /// <summary>All rows read so far.</summary>
    public TimedRows Take()
    {
        if (TakeFinalTimes() || _taken is null || _taken.Count != _sequence.Count)
        {
            _taken = Rows();
        }

        return _taken;
    }

    public void Dispose() => _head.Dispose();

    private void Append(RecordBatch batch)
    {
        batch.Column(CommonColumns.Sequence).Values<long>().CopyTo(_sequence.Extend(batch.Rows));
        batch.Column(CommonColumns.Segment).Values<int>().CopyTo(_segment.Extend(batch.Rows));
        batch.Column(CommonColumns.HostTime).Values<long>().CopyTo(_hostTime.Extend(batch.Rows));
        batch.Column(CommonColumns.EpisodeTime).Values<long>().CopyTo(_online.Extend(batch.Rows));
        if (!_camera)
        {
            return;
        }

        ArrowColumn data = batch.Column("data");
        ArrowColumn key = batch.Column("key_frame");
        Span<long> offsets = _offset.Extend(batch.Rows);
        Span<int> lengths = _length.Extend(batch.Rows);
        Span<byte> keys = _keyFrame.Extend(batch.Rows);
        ReadOnlySpan<int> ends = data.Offsets;
        for (int i = 0; i < batch.Rows; i++)
        {
            offsets[i] = batch.Message.Block.BodyOffset + data.BytesOffset(i);
            lengths[i] = ends[i + 1] - ends[i];
            keys[i] = key.Bool(i) ? (byte)1 : (byte)0;
        }
    }

    private bool TakeFinalTimes()
    {
        FinalTimes? now = stream.Times is { } t && t.Rows == _sequence.Count ? t : null;
        if (ReferenceEquals(now, _finalOf))
        {
            return false;
        }

        _finalOf = now;
        _final = now is null ? null : (now.ReadInt64(CommonColumns.EpisodeTime), now.ReadInt64("sigma_ns"), now.ReadBounds());
        return true;
    }

    private TimedRows Rows()
    {
        ReadOnlyMemory<long> times = _final is { } f ? f.Time : _online.Snapshot;
        return new TimedRows(_sequence.Snapshot, _segment.Snapshot, _hostTime.Snapshot, times, _finalOf?.Version ?? TimedRows.Online, _taken)
        {
            Sigma = _final?.Sigma ?? default(ReadOnlyMemory<long>),
            Bound = _final?.Bound ?? default(ReadOnlyMemory<long>),
            Offset = _offset.Snapshot,
            Length = _length.Snapshot,
            KeyFrame = _keyFrame.Snapshot,
        };
    }
}
