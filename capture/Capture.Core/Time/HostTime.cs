namespace Capture.Core.Time;

/// <summary>An instant on the receiving host: nanoseconds of CLOCK_MONOTONIC.</summary>
/// <remarks>
/// Two instants can be subtracted but not added. The clock never steps, and stands still while the host is suspended;
/// BOOTTIME − MONOTONIC is recorded beside it so that a suspend shows.
/// </remarks>
public readonly record struct HostTime(long Nanoseconds) : IComparable<HostTime>
{
    public static Duration operator -(HostTime a, HostTime b) => new(a.Nanoseconds - b.Nanoseconds);

    public static HostTime operator +(HostTime a, Duration b) => new(a.Nanoseconds + b.Nanoseconds);

    public static HostTime operator -(HostTime a, Duration b) => new(a.Nanoseconds - b.Nanoseconds);

    public static bool operator <(HostTime a, HostTime b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(HostTime a, HostTime b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(HostTime a, HostTime b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(HostTime a, HostTime b) => a.Nanoseconds >= b.Nanoseconds;

    public int CompareTo(HostTime other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The instant midway between two others; exact to the nanosecond, rounding towards <paramref name="a"/>.</summary>
    public static HostTime Midpoint(HostTime a, HostTime b) => new(a.Nanoseconds + ((b.Nanoseconds - a.Nanoseconds) / 2));
}
