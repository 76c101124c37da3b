using System.Runtime.InteropServices;
using Capture.Core.Time;

namespace Capture.Devices.Teleop;

/// <summary>Moments at a fixed rate that do not drift: slot n lies at start + n · period. Waits by clock_nanosleep(2) on CLOCK_MONOTONIC.</summary>
internal sealed partial class PollSchedule(double rateHz, HostClock clock)
{
    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;

    private readonly double periodNs = 1e9 / rateHz;
    private HostTime start;
    private long first;
    private long next;

    public Duration Period => new((long)periodNs);

    /// <summary>Slots go on counting behind <paramref name="slot"/>; the next one is now.</summary>
    public void Begin(long slot)
    {
        start = clock.Now;
        first = slot;
        next = slot;
    }

    /// <summary>Slots that passed by the time <paramref name="at"/>, counted on from the last <see cref="Begin"/>.</summary>
    public long SlotAt(HostTime at) => first + (long)((at - start).Nanoseconds / periodNs);

    /// <summary>Waits for the next slot.</summary>
    /// <param name="skipped">Slots that had passed before this was called, and are left out.</param>
    /// <returns>The slot's number.</returns>
    public long WaitForNext(out long skipped)
    {
        HostTime due = TimeOf(next);
        HostTime now = clock.Now;
        skipped = 0;
        if (now - due > Period)
        {
            skipped = SlotAt(now) - next;
            next += skipped;
        }
        else if (due > now)
        {
            SleepUntil(due);
        }

        return next++;
    }

    private HostTime TimeOf(long slot) => start + new Duration((long)Math.Round((slot - first) * periodNs));

    private static void SleepUntil(HostTime due)
    {
        Timespec t = new() { Seconds = due.Nanoseconds / 1_000_000_000, Nanoseconds = due.Nanoseconds % 1_000_000_000 };

        // EINTR (4): the moment is absolute, so just go on.
        while (ClockNanosleep(Monotonic, AbsoluteTime, t, 0) == 4)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in Timespec until, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
