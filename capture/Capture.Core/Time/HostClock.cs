using System.Runtime.InteropServices;

namespace Capture.Core.Time;

/// <summary>The host's clocks. The only place in the product that reads one; tests pass their own.</summary>
public abstract partial class HostClock
{
    /// <summary>The kernel's clocks.</summary>
    public static HostClock System { get; } = new KernelClock();

    /// <summary>CLOCK_MONOTONIC now.</summary>
    public abstract HostTime Now { get; }

    /// <summary>All clocks at once: the two reads of MONOTONIC enclose the others, so their distance bounds the error.</summary>
    public abstract HostClockReading ReadAll();

    private sealed partial class KernelClock : HostClock
    {
        // clock_gettime(2): clock ids of linux/time.h.
        private const int Realtime = 0;
        private const int Monotonic = 1;
        private const int Boottime = 7;

        public override HostTime Now => new(Read(Monotonic));

        public override HostClockReading ReadAll()
        {
            long before = Read(Monotonic);
            long real = Read(Realtime);
            long boot = Read(Boottime);
            long after = Read(Monotonic);
            return new HostClockReading(new HostTime(before), real, boot, new HostTime(after));
        }

        private static long Read(int clock)
        {
            // Fails only for an unknown clock id, and these three exist since Linux 2.6.39.
            _ = ClockGetTime(clock, out Timespec t);
            return (t.Seconds * 1_000_000_000) + t.Nanoseconds;
        }

        [LibraryImport("libc", EntryPoint = "clock_gettime")]
        [SuppressGCTransition]
        private static partial int ClockGetTime(int clock, out Timespec time);

        [StructLayout(LayoutKind.Sequential)]
        private struct Timespec
        {
            public long Seconds;
            public long Nanoseconds;
        }
    }
}

/// <summary>One bracketed reading of the host's clocks.</summary>
/// <param name="RealtimeNanoseconds">CLOCK_REALTIME: nanoseconds since 1970-01-01T00:00:00Z; steps.</param>
/// <param name="BoottimeNanoseconds">CLOCK_BOOTTIME: as MONOTONIC, but counting while suspended.</param>
public readonly record struct HostClockReading(HostTime MonotonicBefore, long RealtimeNanoseconds, long BoottimeNanoseconds, HostTime MonotonicAfter)
{
    /// <summary>MONOTONIC at the moment the other clocks were read; off by at most half the bracket.</summary>
    public HostTime Monotonic => HostTime.Midpoint(MonotonicBefore, MonotonicAfter);
}
