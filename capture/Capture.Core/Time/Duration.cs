namespace Capture.Core.Time;

/// <summary>A signed length of time in integer nanoseconds (±292 years).</summary>
/// <remarks><see cref="TimeSpan"/> counts in 100 ns and would round every stamp that passes through it.</remarks>
public readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    public static Duration Zero => default;

    public static Duration FromMicroseconds(long microseconds) => new(checked(microseconds * 1_000));

    public static Duration FromMilliseconds(long milliseconds) => new(checked(milliseconds * 1_000_000));

    public static Duration FromSeconds(long seconds) => new(checked(seconds * 1_000_000_000));

    /// <summary>Seconds as a floating-point number: for display and rates, never for stamps.</summary>
    public double TotalSeconds => Nanoseconds / 1e9;

    /// <summary>Milliseconds as a floating-point number: for display, never for stamps.</summary>
    public double TotalMilliseconds => Nanoseconds / 1e6;

    public static Duration operator +(Duration a, Duration b) => new(a.Nanoseconds + b.Nanoseconds);

    public static Duration operator -(Duration a, Duration b) => new(a.Nanoseconds - b.Nanoseconds);

    public static Duration operator -(Duration a) => new(-a.Nanoseconds);

    public static Duration operator *(Duration a, long factor) => new(a.Nanoseconds * factor);

    public static Duration operator /(Duration a, long divisor) => new(a.Nanoseconds / divisor);

    public static bool operator <(Duration a, Duration b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Duration a, Duration b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Duration a, Duration b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Duration a, Duration b) => a.Nanoseconds >= b.Nanoseconds;

    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{TotalMilliseconds:0.###} ms");
}
