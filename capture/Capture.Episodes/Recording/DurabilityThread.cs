using Capture.Core.Time;
using Capture.Episodes.Disk;

namespace Capture.Episodes.Recording;

/// <summary>
/// The thread that looks after the disk, beside the one that writes: makes files durable on a schedule (fdatasync), puts space aside ahead of the
/// writer, and watches how much is left. Allocates nothing while it runs.
/// </summary>
internal sealed class DurabilityThread : IDisposable
{
    private readonly StreamFileWriter[] _files;
    private readonly DiskReserve _reserve;
    private readonly SpaceWatch _space;
    private readonly long _everyNs;
    private readonly HostClock _clock;
    private readonly WakeUp _wake = new();
    private readonly Thread? _thread;
    private HostTime _next;
    private volatile bool _stopping;
    private volatile int _failure;

    public DurabilityThread(EpisodeSettings settings, IEnumerable<StreamFileWriter> files, DiskReserve reserve)
    {
        _files = [.. files];
        _reserve = reserve;
        _clock = settings.Clock;
        _everyNs = settings.DurableEveryMs * 1_000_000L;
        _space = new SpaceWatch(settings.DurableEveryMs, settings.BatchEveryMs);
        _next = _clock.Now;
        _thread = settings.Stepped ? null : new Thread(Run) { IsBackground = true, Name = "episode durability" };
    }

    /// <summary>errno of the first sync that failed; 0 while all is well.</summary>
    public int Failure => _failure;

    /// <summary>Whether the space that is left is only enough to close the episode.</summary>
    public bool SpaceIsOut => _space.MustStop;

    public DiskOutlook Outlook => _space.Outlook;

    public void Start() => _thread?.Start();

    public void Stop()
    {
        _stopping = true;
        _wake.Signal();
        _thread?.Join();
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Managed bytes that the thread allocated while it ran.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Does what is due, and returns the nanoseconds until the next round is.</summary>
    public long RoundIfDue()
    {
        HostTime started = _clock.Now;
        if (started < _next)
        {
            return (_next - started).Nanoseconds;
        }

        long written = 0;
        long closing = EpisodeRecorder.ReserveBytes;
        foreach (StreamFileWriter file in _files)
        {
            if (_stopping)
            {
                // The close makes every file durable, all at once.
                return 0;
            }

            int errno = file.SyncIfGrown();
            if (errno != 0 && _failure == 0)
            {
                _failure = errno;
            }

            written += file.Length;
            closing += file.ClosingLength;
        }

        // On a disk that is nearly full this fails; the writer will meet the end by itself.
        _ = _reserve.Ensure(closing);
        long free = _files.Length == 0 ? -1 : _files[0].FreeBytes();
        _space.Look(_clock.Now, free, written, TimesBytes());
        PutAside(free);

        // The next round must have ended, not begun, when the time is over: it will take about as long as this one.
        HostTime now = _clock.Now;
        long took = (now - started).Nanoseconds;
        _next = started + new Duration(Math.Max((_everyNs * 9 / 10) - took, _everyNs / 4));
        return Math.Max((_next - now).Nanoseconds, 0);
    }

    private long TimesBytes()
    {
        long bytes = 0;
        foreach (StreamFileWriter file in _files)
        {
            bytes += (file.Rows * SpaceWatch.TimesBytesPerRow) + file.ClosingLength;
        }

        return bytes;
    }

    // Space in hand keeps files in few pieces and finding blocks off the writer's path. It must never be what fills the disk.
    private void PutAside(long free)
    {
        if (free < 0)
        {
            return;
        }

        long share = free / 16 / Math.Max(_files.Length, 1);
        foreach (StreamFileWriter file in _files)
        {
            file.PutAside(share);
        }
    }

    private void Run()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (!_stopping)
        {
            long wait = RoundIfDue();
            if (wait > 0)
            {
                _wake.Wait((int)Math.Clamp((wait + 999_999) / 1_000_000, 1, 1000));
            }
        }

        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
