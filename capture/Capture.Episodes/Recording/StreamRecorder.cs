using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>
/// The source's end of a stream: fills batches from a pool and hands them to the writer. Append, Book and Tick allocate nothing, take no lock and
/// never wait for the disk; an empty pool is booked as a loss.
/// </summary>
/// <remarks>
/// One gate guards the batch that is being filled: the source passes it for the length of one append; the recorder closes it at the end, also when the source
/// is stuck in a call of its device and will only come back later; and the writer takes an overdue batch through it when the source has
/// stopped calling. Nobody holds it for longer than one row's copy.
/// </remarks>
internal abstract class StreamRecorder : IStreamSink, IDisposable
{
    private const int Idle = 0;
    private const int Busy = 1;
    private const int Closed = 2;
    private const int LossRing = 256;

    private readonly HostClock _clock;
    private readonly WakeUp _writer;
    private readonly long _batchNs;
    private readonly LossQueue _losses = new(LossRing);
    private BatchQueue<StreamRows> _free = new(2);
    private BatchQueue<StreamRows> _ready = new(2);
    private StreamRows[] _pool = [];
    private StreamRows? _current;
    private int _gate = Closed;
    private long _runCount;
    private long _runFirst;
    private HostTime _runAt;
    private long _keptRows;

    protected StreamRecorder(StreamDescriptor stream, EpisodeSettings settings, WakeUp writer)
    {
        Stream = stream;
        _clock = settings.Clock;
        _writer = writer;

        // A bit before the limit: what remains is the writer's.
        _batchNs = Math.Max(settings.BatchEveryMs * 9L / 10, 5) * 1_000_000;
        Statistics = new StreamStatistics(stream.Name);
        Plan = StreamPlan.For(stream, settings);
    }

    public StreamDescriptor Stream { get; }

    public StreamStatistics Statistics { get; }

    public StreamPlan Plan { get; set; }

    /// <summary>The stream's file, while it is recorded.</summary>
    public StreamFileWriter File { get; set; } = null!;

    /// <summary>What the ledger counts for a row.</summary>
    public virtual int CountPerRow => 1;

    public abstract Arrow.ArrowSchema SchemaFor(EpisodeIdentity episode);

    /// <summary>Takes the pool's memory. After <see cref="Open"/> nothing is allocated.</summary>
    public void Prepare(EpisodeIdentity episode, Arrow.ArrowSchema schema)
    {
        _free = new BatchQueue<StreamRows>(Plan.Batches);
        _ready = new BatchQueue<StreamRows>(Plan.Batches);
        _pool = new StreamRows[Plan.Batches];
        for (int i = 0; i < _pool.Length; i++)
        {
            _pool[i] = CreateRows(new Arrow.BatchBuilder(schema, Plan.Capacity), episode.Anchor);
            _free.TryEnqueue(_pool[i]);
        }

        Statistics.SetQueue(0, _pool.Length);
    }

    /// <summary>The largest batch, for sizing the writer's buffer.</summary>
    public Arrow.BatchBuilder AnyBuilder => _pool[0].Builder;

    /// <summary>From now on samples are taken.</summary>
    public void Open() => Volatile.Write(ref _gate, Idle);

    public void Tick(HostTime now)
    {
        if (!Enter())
        {
            return;
        }

        HandOverIfDue(now);
        if (_losses.HasMerged)
        {
            _losses.Flush();
        }

        Leave();
    }

    public void Book(in Loss loss)
    {
        if (Enter())
        {
            Add(loss);
            Leave();
        }
    }

    public bool IsPressed => _free.Count < (_pool.Length + 1) / 2;

    public void ReportClockSigma(Duration? sigma) => Statistics.SetSigma(sigma);

    /// <summary>Writer's thread: a batch that is full or due.</summary>
    public bool TryTakeReady(out StreamRows rows)
    {
        bool taken = _ready.TryDequeue(out rows);
        Statistics.SetQueue(_ready.Count, _pool.Length);
        return taken;
    }

    /// <summary>Writer's thread: gives a written batch back, empty.</summary>
    public void GiveBack(StreamRows rows)
    {
        rows.Clear();
        _free.TryEnqueue(rows);
    }

    /// <summary>Writer's thread: the next loss.</summary>
    public bool TryTakeLoss(out Loss loss) => _losses.TryTake(out loss);

    /// <summary>Writer's thread: hands over what a silent source left lying. The source itself does so long before.</summary>
    public void HandOverOverdue(HostTime now, long graceNs)
    {
        if (Volatile.Read(ref _gate) != Idle || Interlocked.CompareExchange(ref _gate, Busy, Idle) != Idle)
        {
            return;
        }

        if (_current is { Count: > 0 } rows && (now - rows.Oldest).Nanoseconds >= _batchNs + graceNs)
        {
            HandOver();
        }

        Leave();
    }

    /// <summary>
    /// Ends the stream: waits for the append that is under way (a copy of one row), then refuses all later ones, and hands over what there is.
    /// Called once, from any thread, while the writer still runs.
    /// </summary>
    public void Close()
    {
        var spin = default(SpinWait);
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref _gate, Closed, Idle);
            if (seen is Idle)
            {
                break;
            }

            if (seen is Closed)
            {
                return;
            }

            spin.SpinOnce();
        }

        EndRun();
        if (_current is { Count: > 0 })
        {
            HandOver();
        }

        while (_losses.HasMerged)
        {
            _losses.Flush();
            if (_losses.HasMerged)
            {
                _writer.Signal();
                Thread.Sleep(1);
            }
        }

        _writer.Signal();
    }

    public void Dispose()
    {
        foreach (StreamRows rows in _pool)
        {
            rows.Dispose();
        }

        _pool = [];
    }

    protected abstract StreamRows CreateRows(Arrow.BatchBuilder builder, EpisodeAnchor anchor);

    /// <summary>Begins an append; false after the end of the recording. Every true is followed by one of Kept, Refuse and Lost.</summary>
    protected bool Begin(out HostTime now)
    {
        if (!Enter())
        {
            now = default;
            return false;
        }

        now = _clock.Now;
        HandOverIfDue(now);
        return true;
    }

    /// <summary>The batch to append to; null when the pool is empty.</summary>
    protected StreamRows? Current() => _current ?? Next();

    /// <summary>An empty batch in place of a full one; null when the pool is empty.</summary>
    protected StreamRows? Next()
    {
        if (_current is { Count: > 0 })
        {
            HandOver();
        }

        if (_current is null && _free.TryDequeue(out StreamRows rows))
        {
            _current = rows;
        }

        return _current;
    }

    protected bool Kept(StreamRows rows, long sequence, HostTime host, int bytes, HostTime now)
    {
        if (rows.Count == 1)
        {
            rows.Oldest = now;
            rows.FirstSequence = sequence;
        }

        rows.Counted += CountPerRow;
        if (_runCount > 0)
        {
            EndRun();
        }

        _keptRows++;

        Statistics.Appended(now, host, bytes);
        if (!rows.Builder.HasRoomForRow)
        {
            HandOver();
        }

        Leave();
        return true;
    }

    /// <summary>The sample cannot be kept, whatever the state of the pool.</summary>
    protected bool Refuse(HostTime now, LossStage stage, LossReason reason, long sequence)
    {
        Add(new Loss(now, stage, reason, LossEvidence.Counter, CountPerRow, sequence));
        Leave();
        return false;
    }

    /// <summary>The pool is empty: the sample joins the run of losses, which is booked when it ends.</summary>
    protected bool Lost(HostTime now, long sequence)
    {
        if (_runCount == 0)
        {
            _runFirst = sequence;
            _runAt = now;
        }

        _runCount += CountPerRow;
        Statistics.AddDropped(CountPerRow);
        Leave();
        return false;
    }

    private bool Enter()
    {
        int seen = Interlocked.CompareExchange(ref _gate, Busy, Idle);
        if (seen == Idle)
        {
            return true;
        }

        var spin = default(SpinWait);
        while (seen == Busy)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            seen = Interlocked.CompareExchange(ref _gate, Busy, Idle);
        }

        return seen == Idle;
    }

    private void Leave() => Volatile.Write(ref _gate, Idle);

    private void HandOverIfDue(HostTime now)
    {
        if (_current is { Count: > 0 } rows && (now - rows.Oldest).Nanoseconds >= _batchNs)
        {
            HandOver();
        }
    }

    private void HandOver()
    {
        // The ring holds the whole pool: there is always room.
        _ready.TryEnqueue(_current!);
        _current = null;
        Statistics.SetQueue(_ready.Count, _pool.Length);
        _writer.Signal();
    }

    private void Add(in Loss loss)
    {
        Statistics.AddDropped(loss.Count ?? 0);
        _losses.Add(loss, _keptRows);
    }

    private void EndRun()
    {
        if (_runCount > 0)
        {
            _losses.Add(new Loss(_runAt, LossStage.Pool, LossReason.PoolEmpty, LossEvidence.Counter, _runCount, _runFirst), _keptRows);
            _runCount = 0;
        }
    }
}
