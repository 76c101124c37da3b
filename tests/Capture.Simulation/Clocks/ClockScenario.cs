namespace Capture.Simulation.Clocks;

/// <summary>How the host learns of the device's clock.</summary>
public enum ScenarioFeed
{
    /// <summary>The host asks, the device answers with its ticks.</summary>
    TwoWay,

    /// <summary>Samples carry the device's ticks.</summary>
    OneWay,

    /// <summary>Samples carry nothing; the host numbers what it got (a microphone's frames).</summary>
    OwnCount,

    /// <summary>Samples carry nothing at all; they are periodic.</summary>
    ArrivalOnly,
}

/// <summary>What happens to a device's clock.</summary>
public enum MishapKind
{
    /// <summary>The device's clock jumps by <see cref="Mishap.SizeNs"/> and goes on; nothing says so.</summary>
    Step,

    /// <summary>The device is away for <see cref="Mishap.SizeNs"/>, then counts from 0 with a new boot number.</summary>
    Reboot,

    /// <summary>The host sleeps: its clock stands still for <see cref="Mishap.SizeNs"/> while the device counts on. Seen from the host, a step forwards.</summary>
    Suspend,

    /// <summary>Another device of the same kind takes its place after <see cref="Mishap.SizeNs"/>: another rate, another count, a new boot number.</summary>
    Swap,

    /// <summary>What the device sends for <see cref="Mishap.SizeNs"/> is lost. Where the host numbers samples by itself, its number is behind from then on.</summary>
    SilentLoss,
}

/// <param name="AtNs">After the beginning of the run.</param>
public readonly record struct Mishap(MishapKind Kind, long AtNs, long SizeNs);

/// <summary>Everything about a simulated clock and its path but the seed. Defaults are a 1 MHz counter of 64 bits that sends 100 samples a second.</summary>
public sealed record ClockScenario(string Name, ScenarioFeed Feed, string About)
{
    public long TickHz { get; init; } = 1_000_000;

    public int WidthBits { get; init; } = 64;

    /// <summary>Samples a second of the device's own clock.</summary>
    public double RateHz { get; init; } = 100;

    /// <summary>Ticks of the count between two samples, where the host numbers them.</summary>
    public long TicksPerSample => (long)Math.Round(TickHz / RateHz);

    /// <summary>Exchanges a second, on average: their distance varies by a tenth, as a busy host's does.</summary>
    public double ProbeHz { get; init; } = 10;

    /// <summary>The constant rate error is drawn from ± this, parts per million.</summary>
    public double MaxPpm { get; init; } = 100;

    /// <summary>Standard deviation of the rate's random walk after a minute, ppm.</summary>
    public double WalkPpm { get; init; } = 0.1;

    /// <summary>Amplitude of a periodic wander (60 to 180 s), ns: a crystal in a draught.</summary>
    public double WaveNs { get; init; }

    /// <summary>From the device to the host: samples and answers.</summary>
    public required PathSettings Back { get; init; }

    /// <summary>From the host to the device: questions.</summary>
    public PathSettings There { get; init; } = new(new LatencySettings(200_000, JitterKind.Exponential, 100_000, 40_000_000));

    /// <summary>
    /// A constant delay drawn from [0, this]. One-way: on top of the path's smallest. Two-way: this much round trip in all, split between there and back by a drawn share, so that the path
    /// is as lopsided as a path can be. No estimator can see it; a bound has to cover it.
    /// </summary>
    public long HiddenNs { get; init; }

    public IReadOnlyList<Mishap> Mishaps { get; init; } = [];

    /// <summary>The one-way latency that a rig's owner would declare: smallest and largest that can occur.</summary>
    public (long MinNs, long MaxNs) DeclaredNs => (Back.Latency.MinNs, Back.LongestNs + HiddenNs);
}

/// <summary>One exchange with a device. Host times are CLOCK_MONOTONIC, ns; ticks as the device shows them, wrapped.</summary>
/// <param name="Boot">Which boot of the device answered, by the number that it sends.</param>
/// <param name="TrueNs">When the device received the question.</param>
/// <param name="AnsweredNs">When the device answered.</param>
public readonly record struct SimulatedExchange(long SendNs, ulong ReceivedTicks, ulong AnsweredTicks, long BackNs, int Boot, long TrueNs, long AnsweredNs, bool Lost);

/// <summary>One sample, in order of arrival.</summary>
/// <param name="Number">Counts what the device produced, from 0 in each boot.</param>
/// <param name="Ticks">As the device shows them or, where the host numbers samples, its own number; null where there is none.</param>
/// <param name="TrueNs">When it was taken: the truth.</param>
/// <param name="Life">Counts the stretches between mishaps of the clock: what a segment should be.</param>
public readonly record struct SimulatedSample(long Number, ulong? Ticks, long ArrivalNs, int Boot, long TrueNs, int Life, bool Again);
