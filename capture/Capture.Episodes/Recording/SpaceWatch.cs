using Capture.Core.Time;

namespace Capture.Episodes.Recording;

/// <summary>
/// Watches the free space of the episode's disk: how long it will last, and when to end so that nothing that was taken is lost and the episode can still be
/// closed. One thread looks, any thread reads; allocates nothing.
/// </summary>
internal sealed class SpaceWatch(int durableEveryMs, int batchEveryMs)
{
    /// <summary>Final times: three int64, a validity bit and a share of the message, for every row.</summary>
    public const int TimesBytesPerRow = 36;

    private const int Looks = 16;
    private const long WindowNs = 10_000_000_000;

    private readonly HostTime[] _at = new HostTime[Looks];
    private readonly long[] _taken = new long[Looks];
    private int _next;
    private int _count;
    private long _usable = -1;
    private long _rate;
    private volatile bool _out;

    /// <summary>Set when the recording must end now.</summary>
    public bool MustStop => _out;

    public DiskOutlook Outlook
    {
        get
        {
            long usable = Volatile.Read(ref _usable);
            long rate = Volatile.Read(ref _rate);
            return new DiskOutlook(usable, rate, usable < 0 || rate <= 0 ? null : TimeSpan.FromSeconds(Math.Min(usable / (double)rate, 1e9)));
        }
    }

    /// <summary>Takes a look.</summary>
    /// <param name="freeBytes">What the disk gives this user; −1 when unknown.</param>
    /// <param name="writtenBytes">What the recording wrote so far.</param>
    /// <param name="closingBytes">What footers, ledger, clocks, times and manifest will take, less what was put aside for them.</param>
    public void Look(HostTime now, long freeBytes, long writtenBytes, long closingBytes)
    {
        int oldest = (_next + Looks - _count) % Looks;
        while (_count > 1 && (now - _at[oldest]).Nanoseconds > WindowNs)
        {
            oldest = (oldest + 1) % Looks;
            _count--;
        }

        long rate = 0;
        if (_count > 0 && (now - _at[oldest]).Nanoseconds is > 0 and var span)
        {
            rate = Math.Max((long)((writtenBytes + closingBytes - _taken[oldest]) * 1e9 / span), 0);
        }

        _at[_next] = now;
        _taken[_next] = writtenBytes + closingBytes;
        _next = (_next + 1) % Looks;
        _count = Math.Min(_count + 1, Looks);
        Volatile.Write(ref _rate, rate);
        if (freeBytes < 0)
        {
            return;
        }

        // Until the next look, and once more while the sources are stopped and the last batches are written.
        long margin = (long)(rate * ((2.0 * durableEveryMs) + batchEveryMs) / 1000);
        long usable = Math.Max(freeBytes - closingBytes - margin, 0);
        Volatile.Write(ref _usable, usable);
        _out |= rate > 0 && usable == 0;
    }
}
