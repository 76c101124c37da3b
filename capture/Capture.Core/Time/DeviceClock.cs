namespace Capture.Core.Time;

/// <summary>A device's own count, unwrapped to 64 bits by the source that read it.</summary>
/// <remarks>Ticks of two devices cannot be compared: a <see cref="ClockDomain"/> says whose they are.</remarks>
public readonly record struct DeviceTicks(long Value) : IComparable<DeviceTicks>
{
    public static long operator -(DeviceTicks a, DeviceTicks b) => a.Value - b.Value;

    public static DeviceTicks operator +(DeviceTicks a, long ticks) => new(a.Value + ticks);

    public static bool operator <(DeviceTicks a, DeviceTicks b) => a.Value < b.Value;

    public static bool operator >(DeviceTicks a, DeviceTicks b) => a.Value > b.Value;

    public static bool operator <=(DeviceTicks a, DeviceTicks b) => a.Value <= b.Value;

    public static bool operator >=(DeviceTicks a, DeviceTicks b) => a.Value >= b.Value;

    public int CompareTo(DeviceTicks other) => Value.CompareTo(other.Value);
}

/// <summary>How readings of a device's clock reach the host.</summary>
public enum ClockFeed
{
    /// <summary>Samples carry no device count; only their arrival is known.</summary>
    ArrivalOnly,

    /// <summary>Samples carry ticks, and their arrival is known: the lower envelope of arrival − device time is the clock.</summary>
    OneWay,

    /// <summary>The host asks, the device answers with its ticks: four stamps per exchange (as NTP, RFC 5905).</summary>
    TwoWay,

    /// <summary>The host's own clock: each sample's instant lies between two host stamps.</summary>
    Host,
}

/// <summary>What one device's clock is.</summary>
/// <param name="Name">Unique within an episode; the name of its file in <c>clocks/</c>.</param>
/// <param name="TickRateHz">Nominal ticks a second, exact as declared by the device (&gt; 0).</param>
/// <param name="WidthBits">Width of the device's counter before unwrapping (1–64); 64 when it does not wrap.</param>
public sealed record ClockDomain(string Name, ClockFeed Feed, double TickRateHz, int WidthBits);

/// <summary>One two-way exchange: host sends, device receives, device answers, host receives.</summary>
/// <param name="Segment">Counts the device's boots as the host saw them: ticks of different segments are unrelated.</param>
public readonly record struct ClockExchange(HostTime HostSend, DeviceTicks DeviceReceive, DeviceTicks DeviceSend, HostTime HostReceive, int Segment)
{
    /// <summary>
    /// An event that two clocks saw: the device counted it at <paramref name="ticks"/>, and on the host's clock it happened between <paramref name="earliest"/> and <paramref name="latest"/>. A trigger's
    /// edge against the exposure it started, an LED against its picture, a click against its sound. It says what an exchange says that the device answered at once.
    /// </summary>
    /// <exception cref="ArgumentException">The interval is upside down.</exception>
    public static ClockExchange OfEvent(DeviceTicks ticks, HostTime earliest, HostTime latest, int segment) => latest < earliest
        ? throw new ArgumentException($"An event happens between its earliest and its latest instant, but {earliest} is after {latest}.", nameof(latest))
        : new(earliest, ticks, ticks, latest, segment);
}

/// <summary>One sample's ticks and when it reached the host.</summary>
public readonly record struct ClockArrival(DeviceTicks Ticks, HostTime Arrival, int Segment);

/// <summary>The one-way latency of a source, declared or calibrated: the true one lies between the two.</summary>
/// <remarks>A one-way minimum cannot be observed. Where it is unknown there is no value of this type, never a zero.</remarks>
public readonly record struct LatencyRange(Duration Min, Duration Max);

/// <summary>An estimate of when something happened, on the host's clock.</summary>
/// <param name="Sigma">One standard deviation under the estimator's written assumptions.</param>
/// <param name="Bound">Half-width of an interval that holds whatever the asymmetry; null where it is unknown.</param>
public readonly record struct TimeEstimate(HostTime Instant, Duration Sigma, Duration? Bound);

/// <summary>
/// A straight piece of a fitted clock: <c>host = Origin + (ticks − FromTicks) · NanosecondsPerTick</c> for ticks from
/// <paramref name="FromTicks"/> up to the next piece of the same segment (the last piece reaches to the segment's end).
/// </summary>
/// <param name="Sigma">At the worse of the piece's two ends.</param>
/// <param name="Bound">Holds over the whole piece; null where the latency is unknown.</param>
public readonly record struct ClockPiece(int Segment, DeviceTicks FromTicks, HostTime Origin, double NanosecondsPerTick, Duration Sigma, Duration? Bound)
{
    public HostTime ToHost(DeviceTicks ticks) => Origin + new Duration((long)Math.Round((ticks - FromTicks) * NanosecondsPerTick));
}
