using System.Diagnostics;
using Capture.Simulation.Rig;

namespace Capture.Simulation.Clocks;

/// <summary>True time of a live rig: CLOCK_MONOTONIC of this host, in ns (on Linux, Stopwatch counts exactly that).</summary>
public static class HostMonotonic
{
    public static long NowNs => Stopwatch.GetTimestamp();

    /// <summary>Sleeps until an absolute instant (clock_nanosleep, so that sleeping again and again adds no drift). Returns at once when it has passed.</summary>
    public static void SleepUntil(long trueTimeNs)
    {
        if (trueTimeNs <= NowNs)
        {
            return;
        }

        var when = new LibcNative.TimeSpec { Seconds = trueTimeNs / 1_000_000_000, Nanoseconds = trueTimeNs % 1_000_000_000 };
        while (LibcNative.ClockNanosleep(LibcNative.ClockMonotonic, LibcNative.TimerAbsolute, in when, 0) == LibcNative.Eintr)
        {
        }
    }

    /// <summary>The same in slices of 50 ms, so that a thread hears soon when the rig ends. False when cancelled.</summary>
    public static bool SleepUntil(long trueTimeNs, CancellationToken cancellation)
    {
        while (true)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            long now = NowNs;
            if (trueTimeNs - now <= 60_000_000)
            {
                SleepUntil(trueTimeNs);
                return !cancellation.IsCancellationRequested;
            }

            SleepUntil(now + 50_000_000);
        }
    }
}
