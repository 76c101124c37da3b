using Capture.Arrow;

namespace Capture.Episodes.Reading.Scanning;

/// <summary>What is known of a batch in a window.</summary>
internal enum BatchVerdict : byte
{
    /// <summary>It is not like the pattern: who scans decodes it.</summary>
    Unknown,
    Right,
    Wrong,
}

/// <summary>
/// Some neighbouring batches of a file in memory, read and checked by whichever thread has time. What is to be read is copied in before, so that the file may grow meanwhile. Used again
/// and again; allocates nothing once it has held the longest batch.
/// </summary>
internal sealed class ScanWindow : IThreadPoolWorkItem
{
    // Small enough to be still in the processor's second cache when the checksum comes over it.
    private const int UsualBytes = 256 * 1024;
    private const int MostBatches = 256;

    private readonly CheckedFile _file;
    private readonly ArrowBlock[] _blocks = new ArrowBlock[MostBatches];
    private readonly int[] _rows = new int[MostBatches];
    private readonly BatchVerdict[] _verdicts = new BatchVerdict[MostBatches];
    private readonly ManualResetEventSlim _done = new();
    private byte[] _bytes = [];
    private BatchPattern? _pattern;
    private int _filled;
    private Exception? _failure;
    private int _taken = 1;

    public ScanWindow(CheckedFile file) => _file = file;

    /// <summary>The first batch in the window.</summary>
    public int First { get; private set; }

    public int Count { get; private set; }

    /// <summary>The batch behind the last one in the window.</summary>
    public int End => First + Count;

    /// <summary>Says what to read next: as many whole batches as fit, at least one.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="pattern">What they are held against; null to check none of them yet.</param>
    public void Aim(int first, BatchPattern? pattern)
    {
        First = first;
        Count = 0;
        long begin = _file.BlockOf(first).Offset;
        while (Count < MostBatches && First + Count < _file.Count)
        {
            ArrowBlock block = _file.BlockOf(First + Count);
            if (Count > 0 && block.End - begin > UsualBytes)
            {
                break;
            }

            _blocks[Count] = block;
            _rows[Count] = _file.RowsOf(First + Count);
            _verdicts[Count++] = BatchVerdict.Unknown;
        }

        _pattern = pattern;
        _failure = null;
        _done.Reset();
        Volatile.Write(ref _taken, 0);
    }

    /// <summary>Reads and checks, unless another thread has begun to. What goes wrong is kept for <see cref="Finish"/>.</summary>
    public void Execute()
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            return;
        }

        try
        {
            Fill();
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that scans.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = e;
        }
        finally
        {
            _done.Set();
        }
    }

    /// <summary>Returns when the window is read; reads it here where no other thread has begun to, so that a scan goes on where all threads are busy.</summary>
    /// <exception cref="IOException">It could not be read.</exception>
    public void Finish()
    {
        Execute();
        _done.Wait();
        if (_failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    public BatchVerdict VerdictOf(int batch) => _verdicts[batch - First];

    /// <summary>Where a batch begins within <see cref="Bytes"/>.</summary>
    public int PlaceOf(int batch) => (int)(_blocks[batch - First].Offset - _blocks[0].Offset);

    /// <summary>The bytes of a batch; fewer than it has where the file ends before it does.</summary>
    public ReadOnlySpan<byte> BytesOf(int batch)
    {
        int at = PlaceOf(batch);
        return _bytes.AsSpan(at, Math.Clamp(_filled - at, 0, (int)_blocks[batch - First].Length));
    }

    /// <summary>Everything that was read.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _filled);

    private void Fill()
    {
        int length = checked((int)(_blocks[Count - 1].End - _blocks[0].Offset));
        if (length > _bytes.Length)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(length, UsualBytes));
        }

        _filled = _file.Read(_blocks[0].Offset, _bytes.AsSpan(0, length));
        if (_pattern is null)
        {
            return;
        }

        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<byte> bytes = BytesOf(First + i);
            if (bytes.Length == _blocks[i].Length && _pattern.Fits(_blocks[i], _rows[i], bytes))
            {
                _verdicts[i] = _pattern.IsRight(bytes) ? BatchVerdict.Right : BatchVerdict.Wrong;
            }
        }
    }
}
