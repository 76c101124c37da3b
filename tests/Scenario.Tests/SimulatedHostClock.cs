using Capture.Core.Time;

namespace Scenario.Tests;

/// <summary>The host's clock as the events of a scenario move it: it stands still between two of them, and never goes back. Read by the recorder's threads.</summary>
/// <param name="wallSteps">When somebody set the wall clock, and by how much, ns: CLOCK_REALTIME steps, nothing else does.</param>
internal sealed class SimulatedHostClock(long startNs, params (long AtNs, long SizeNs)[] wallSteps) : HostClock
{
    /// <summary>2026-01-01T00:00:00Z at CLOCK_MONOTONIC 0.</summary>
    private const long RealtimeAtZero = 1_767_225_600_000_000_000;

    private long now = startNs;

    public override HostTime Now => new(Volatile.Read(ref now));

    public void MoveTo(long ns) => Volatile.Write(ref now, Math.Max(now, ns));

    public override HostClockReading ReadAll()
    {
        HostTime at = Now;
        return new HostClockReading(at, RealtimeAtZero + at.Nanoseconds + wallSteps.Where(s => s.AtNs <= at.Nanoseconds).Sum(s => s.SizeNs), at.Nanoseconds, at);
    }
}
