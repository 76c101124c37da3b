using Capture.Core.Time;

namespace Capture.Episodes.Tests.Support;

/// <summary>A clock that stands where the test puts it.</summary>
internal sealed class StepClock(long startNs = 1_000_000_000_000) : HostClock
{
    private long _now = startNs;

    public override HostTime Now => new(Volatile.Read(ref _now));

    public override HostClockReading ReadAll() => new(Now, 1_763_828_400_000_000_000 + Now.Nanoseconds, Now.Nanoseconds + 5, Now);

    public void Advance(long ns) => Interlocked.Add(ref _now, ns);
}
