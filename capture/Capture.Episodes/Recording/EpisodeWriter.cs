using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>
/// The thread that writes: takes batches from all streams of one disk, encodes each into one buffer and writes it in one call; keeps the ledger and
/// reads the host's clocks. Allocates nothing while it runs.
/// </summary>
internal sealed class EpisodeWriter : IDisposable
{
    /// <summary>How often it looks around when nobody wakes it: bounds the lateness of ledger, clock readings and silent sources.</summary>
    private const int IdleMs = 10;

    // A source hands over at 90 % of the batch's time, or at its next Tick, at most 50 ms later; after that the writer does it.
    private const long OverdueGraceNs = 55_000_000;
    private const long HostReadingEveryNs = 4_000_000_000;

    private readonly EpisodeSettings _settings;
    private readonly IReadOnlyList<StreamRecorder> _streams;
    private readonly WakeUp _wake;
    private readonly LedgerLog _ledger;
    private readonly HostClockLog _hostClock;
    private readonly NativeBuffer _buffer;
    private readonly Thread? _thread;
    private readonly long[] _discarded;
    private readonly long[] _discardedFirst;
    private readonly HostTime[] _discardedAt;
    private HostTime _nextReading;
    private volatile bool _stopping;
    private volatile int _failure;

    public EpisodeWriter(EpisodeSettings settings, IReadOnlyList<StreamRecorder> streams, WakeUp wake, LedgerLog ledger, HostClockLog hostClock)
    {
        _settings = settings;
        _streams = streams;
        _wake = wake;
        _ledger = ledger;
        _hostClock = hostClock;
        _discarded = new long[streams.Count];
        _discardedFirst = new long[streams.Count];
        _discardedAt = new HostTime[streams.Count];
        _buffer = new NativeBuffer(streams.Select(s => s.File.BufferFor(s.AnyBuilder)).Append(ledger.BufferLength).Append(hostClock.BufferLength).Max());
        _nextReading = settings.Clock.Now;
        _thread = settings.Stepped ? null : new Thread(Run) { IsBackground = true, Name = "episode writer" };
    }

    /// <summary>errno of the first write that failed; 0 while all is well.</summary>
    public int Failure => _failure;

    /// <summary>Set when the disk gave out: the recording must be stopped.</summary>
    public StopReason? StopRequested => _failure == 0 ? null : DiskTrouble.IsFull(_failure) ? StopReason.DiskFull : StopReason.WriteError;

    public void Start() => _thread?.Start();

    /// <summary>
    /// Writes all that was handed over, the ledger and a last reading of the clocks, and ends the thread. All streams are closed before.
    /// <paramref name="beforeLast"/> runs between the samples and the ledger's last rows: it gives the reserve back when the disk is full.
    /// </summary>
    public void Stop(Action beforeLast)
    {
        _stopping = true;
        if (_thread is null)
        {
            Round();
        }
        else
        {
            _wake.Signal();
            _thread.Join();
        }

        beforeLast();
        for (int i = 0; i < _streams.Count; i++)
        {
            if (_discarded[i] > 0)
            {
                LossReason reason = DiskTrouble.IsFull(_failure) ? LossReason.DiskFull : LossReason.WriteError;
                _ledger.Add(i, new Loss(_discardedAt[i], LossStage.Writer, reason, LossEvidence.Counter, _discarded[i], _discardedFirst[i]), _buffer.Bytes);
            }
        }

        _ledger.Write(_buffer.Bytes);
        _hostClock.Read(_settings.Clock, _buffer.Bytes);
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>Managed bytes that the thread allocated while it ran.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Writes what is ready and due. The thread calls it all the time; without one, whoever drives the recorder.</summary>
    public void Round()
    {
        HostTime now = _settings.Clock.Now;
        WriteReady();
        for (int i = 0; i < _streams.Count; i++)
        {
            _streams[i].HandOverOverdue(now, OverdueGraceNs);
            while (_streams[i].TryTakeLoss(out Loss loss))
            {
                Failed(_ledger.Add(i, loss, _buffer.Bytes));
            }
        }

        if (_ledger.IsDue(now, _settings.BatchEveryMs) && _failure == 0)
        {
            Failed(_ledger.Write(_buffer.Bytes));
        }

        if (now >= _nextReading && _failure == 0)
        {
            Failed(_hostClock.Read(_settings.Clock, _buffer.Bytes));
            _nextReading = now + new Duration(HostReadingEveryNs);
        }

        if (_stopping)
        {
            WriteReady();
        }
    }

    private void Run()
    {
        long before = -1;
        while (true)
        {
            bool last = _stopping;
            Round();
            if (last)
            {
                AllocatedBytes = before < 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
                return;
            }

            // The first round links native calls, once.
            before = before < 0 ? GC.GetAllocatedBytesForCurrentThread() : before;
            _wake.Wait(IdleMs);
        }
    }

    private void WriteReady()
    {
        for (int i = 0; i < _streams.Count; i++)
        {
            StreamRecorder stream = _streams[i];
            while (stream.TryTakeReady(out StreamRows rows))
            {
                if (_failure == 0 && stream.File.Append(rows.Builder, _buffer.Bytes) is var errno)
                {
                    Failed(errno);
                }

                if (_failure == 0)
                {
                    stream.Statistics.SetWritten(stream.File.Length);
                }
                else
                {
                    Discard(i, rows);
                }

                stream.GiveBack(rows);
            }
        }
    }

    private void Discard(int stream, StreamRows rows)
    {
        if (_discarded[stream] == 0)
        {
            _discardedFirst[stream] = rows.FirstSequence;
            _discardedAt[stream] = rows.Oldest;
        }

        _discarded[stream] += rows.Counted;
        _streams[stream].Statistics.AddDropped(rows.Counted);
    }

    private void Failed(int errno)
    {
        if (errno != 0 && _failure == 0)
        {
            _failure = errno;
        }
    }
}
