using Capture.Core.Time;

namespace Capture.Devices.Mocap;

/// <summary>Turns the kernel's CLOCK_REALTIME stamps into host time by a bracketed reading of all clocks that is kept fresh.</summary>
internal sealed class KernelStamps(HostClock clock)
{
    private static readonly Duration FreshFor = Duration.FromMilliseconds(100);
    private static readonly Duration OldestStamp = Duration.FromSeconds(1);

    private HostClockReading reading = Narrowest(clock);

    /// <param name="realtimeNanoseconds">The kernel's stamp; 0 for none.</param>
    /// <param name="returned">When the read returned; the answer where the stamp is of no use.</param>
    public HostTime ToHost(long realtimeNanoseconds, HostTime returned)
    {
        if (realtimeNanoseconds == 0)
        {
            return returned;
        }

        if (returned - reading.Monotonic > FreshFor)
        {
            reading = Narrowest(clock);
        }

        HostTime stamp = reading.FromRealtime(realtimeNanoseconds);
        if (IsPlausible(stamp, returned))
        {
            return stamp;
        }

        // CLOCK_REALTIME was stepped since the last reading.
        reading = Narrowest(clock);
        stamp = reading.FromRealtime(realtimeNanoseconds);
        return IsPlausible(stamp, returned) ? stamp : returned;
    }

    private static bool IsPlausible(HostTime stamp, HostTime returned) => stamp <= returned && returned - stamp < OldestStamp;

    private static HostClockReading Narrowest(HostClock clock)
    {
        HostClockReading best = clock.ReadAll();
        for (int i = 0; i < 2; i++)
        {
            HostClockReading next = clock.ReadAll();
            best = next.MonotonicAfter - next.MonotonicBefore < best.MonotonicAfter - best.MonotonicBefore ? next : best;
        }

        return best;
    }
}
