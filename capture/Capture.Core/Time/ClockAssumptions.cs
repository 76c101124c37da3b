namespace Capture.Core.Time;

/// <summary>What is taken for granted about a device's oscillator. Every bound holds as far as these do; the argument is in Corridor.cs.</summary>
public record ClockAssumptions
{
    /// <summary>Largest deviation of the tick rate from its nominal value, parts per million (&gt; 0). Crystals are sold as ±20 to ±100.</summary>
    public double MaxDriftPpm { get; init; } = 200;

    /// <summary>
    /// How far the rate of a device of this kind usually is from nominal, ppm (&gt; 0): the estimate leans towards nominal by so much while it knows little. It enters no bound. A
    /// quarter of ±200 ppm, two or three times what crystals do.
    /// </summary>
    public double TypicalDriftPpm { get; init; } = 50;

    /// <summary>
    /// <see cref="MaxDriftPpm"/> of sound cards. Most have a crystal too, but a USB device may keep its own time within ±2500 ppm (USB 2.0, 7.1.11: full speed), a converter
    /// may run from the bus's clock, and a card that is resampled is off by what its driver says.
    /// </summary>
    public const double SoundCardDriftPpm = 2_500;

    /// <summary>
    /// Fastest change of that deviation, ppm a minute (≥ 0): warming up, draught. A crystal at rest wanders by 0.1, one that a hand warms by 10. It enters bounds alone; what sigma and
    /// the estimate need to know of the wander is estimated. Readings that contradict it raise it.
    /// </summary>
    public double MaxWanderPpmPerMinute { get; init; } = 40;

    /// <summary>How far back the online clock looks, device time.</summary>
    public Duration Window { get; init; } = Duration.FromSeconds(60);

    /// <summary>So many contradictions one after the other mean that the clock stepped: what was learnt is dropped.</summary>
    public int RestartAfter { get; init; } = 5;
}

/// <summary>How a two-way clock treats its exchanges.</summary>
public sealed record TwoWayOptions : ClockAssumptions
{
    /// <summary>Exchanges that took longer say nothing useful and are refused.</summary>
    public Duration MaxRoundTrip { get; init; } = Duration.FromSeconds(1);

    /// <summary>Exchanges that lie this far from the clock, beyond what their own delay explains, contradict it.</summary>
    public Duration LeastStep { get; init; } = new(1_500_000);
}

/// <summary>How a one-way clock treats its arrivals.</summary>
public sealed record OneWayOptions : ClockAssumptions
{
    /// <summary>
    /// Once all arrivals of so long are late by more than jitter explains, the device's clock stepped back (or its count fell behind); a third of it where the ticks left their even spacing too. Longer stalls are
    /// taken for steps until they end.
    /// Null: not looked for.
    /// </summary>
    public Duration? StepsWithin { get; init; } = Duration.FromMilliseconds(1_300);

    /// <summary>Smaller shifts of the envelope are jitter.</summary>
    public Duration LeastStep { get; init; } = Duration.FromMilliseconds(3);
}

/// <summary>How a clock made of arrivals alone infers the frame index.</summary>
public sealed record ArrivalOptions
{
    /// <summary>How far the stream's true rate may be from the declared one, ppm. 29.97 against 30 is 1,000.</summary>
    public double RateTolerancePpm { get; init; } = 2_000;

    /// <summary>How far back the envelope looks.</summary>
    public Duration Window { get; init; } = Duration.FromSeconds(30);

    /// <summary>Where no latency is declared, an instant is never moved further than this before its arrival.</summary>
    public Duration MaxCorrection { get; init; } = Duration.FromMilliseconds(100);
}
