namespace Capture.Core.Time;

/// <summary>
/// Puts ticks and host instants of one segment on two axes of nanoseconds that begin at the segment's first reading, where a double is exact
/// enough: 2⁻⁵³ of an hour is 0.0004 ns, of a year 4 ns.
/// </summary>
internal sealed class TickScale
{
    /// <summary>The sigma of an instant of which nothing but its arrival is known.</summary>
    public static readonly Duration UnknownSigma = Duration.FromMilliseconds(50);

    private DeviceTicks _ticks;
    private HostTime _host;

    /// <exception cref="ArgumentException">Not a positive, finite rate.</exception>
    public TickScale(double tickRateHz)
    {
        if (!double.IsFinite(tickRateHz) || tickRateHz <= 0)
        {
            throw new ArgumentException($"A tick rate must be a positive number of hertz, but is {tickRateHz}.", nameof(tickRateHz));
        }

        NanosecondsPerTick = 1e9 / tickRateHz;
    }

    public double NanosecondsPerTick { get; }

    public HostTime HostOrigin => _host;

    public void Begin(DeviceTicks ticks, HostTime host)
    {
        _ticks = ticks;
        _host = host;
    }

    /// <summary>Nominal device time since the segment's first reading, ns.</summary>
    public double X(DeviceTicks ticks) => (ticks - _ticks) * NanosecondsPerTick;

    /// <summary>Host time since the segment's first reading, ns.</summary>
    public double Y(HostTime host) => (host - _host).Nanoseconds;

    public DeviceTicks TicksAt(double x) => _ticks + (long)Math.Round(x / NanosecondsPerTick);

    public HostTime ToHost(double y) => _host + y.ToDuration();

    public double ToNanoseconds(long ticks) => ticks * NanosecondsPerTick;
}

internal static class Rounding
{
    /// <summary>Rounds to whole nanoseconds; what does not fit is the largest duration.</summary>
    public static Duration ToDuration(this double nanoseconds) =>
        new(nanoseconds >= 9.2e18 || double.IsNaN(nanoseconds) ? long.MaxValue : nanoseconds <= -9.2e18 ? long.MinValue : (long)Math.Round(nanoseconds));

    /// <summary>Rounds up, for bounds.</summary>
    public static Duration ToBound(this double nanoseconds) => Math.Ceiling(nanoseconds).ToDuration();
}
