using Capture.Core.Time;

namespace Benchmarks.Episodes;

/// <summary>A clock that stands where it is put: an hour passes as fast as its samples are appended.</summary>
internal sealed class CompressedClock : HostClock
{
    private long _now = 1_000_000_000_000;

    public override HostTime Now => new(Volatile.Read(ref _now));

    public override HostClockReading ReadAll() => new(Now, 1_763_828_400_000_000_000 + Now.Nanoseconds, Now.Nanoseconds, Now);

    public void Advance(long ns) => Interlocked.Add(ref _now, ns);
}
