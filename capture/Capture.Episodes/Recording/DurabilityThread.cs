using Capture.Core.Time;
using Capture.Episodes.Disk;

namespace Capture.Episodes.Recording;

/// <summary>The thread that makes files durable on a schedule (fdatasync), beside the one that writes. Allocates nothing while it runs.</summary>
internal sealed class DurabilityThread : IDisposable
{
    private readonly StreamFileWriter[] _files;
    private readonly DiskReserve _reserve;
    private readonly long _everyNs;
    private readonly HostClock _clock;
    private readonly WakeUp _wake = new();
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile int _failure;

    public DurabilityThread(EpisodeSettings settings, IEnumerable<StreamFileWriter> files, DiskReserve reserve)
    {
        _files = [.. files];
        _reserve = reserve;
        _clock = settings.Clock;
        _everyNs = settings.DurableEveryMs * 1_000_000L;
        _thread = new Thread(Run) { IsBackground = true, Name = "episode durability" };
    }

    /// <summary>errno of the first sync that failed; 0 while all is well.</summary>
    public int Failure => _failure;

    public void Start() => _thread.Start();

    public void Stop()
    {
        _stopping = true;
        _wake.Signal();
        _thread.Join();
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Managed bytes that the thread allocated while it ran.</summary>
    public long AllocatedBytes { get; private set; }

    private void Run()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        HostTime next = _clock.Now + new Duration(_everyNs);
        while (!_stopping)
        {
            long wait = (next - _clock.Now).Nanoseconds;
            if (wait > 0)
            {
                _wake.Wait((int)Math.Clamp((wait + 999_999) / 1_000_000, 1, 1000));
                continue;
            }

            next = _clock.Now + new Duration(_everyNs);
            long closing = 0;
            foreach (StreamFileWriter file in _files)
            {
                if (_stopping)
                {
                    // The close makes every file durable, all at once.
                    break;
                }

                int errno = file.SyncIfGrown();
                if (errno != 0 && _failure == 0)
                {
                    _failure = errno;
                }

                closing += file.ClosingLength;
            }

            // On a disk that is nearly full this fails; the writer will meet the end by itself.
            _ = _reserve.Ensure(EpisodeRecorder.ReserveBytes + closing);
        }

        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
