namespace Capture.Simulation.Clocks;

/// <summary>The scenarios by name. Each says what is in its path; mishaps are laid over any of them with <c>with</c>.</summary>
public static class ClockScenarios
{
    private const long Ms = 1_000_000;

    // 2 to 40 ms, infinite variance: a busy network each way.
    private static readonly PathSettings s_heavy = new(new LatencySettings(0, JitterKind.HeavyTail, 2 * Ms, 36 * Ms));

    private static readonly PathSettings s_heavyFrom2Ms = new(new LatencySettings(2 * Ms, JitterKind.HeavyTail, 2 * Ms, 40 * Ms));

    private static readonly PathSettings s_camera = new(new LatencySettings(5 * Ms, JitterKind.Exponential, 3 * Ms, 40 * Ms, BurstProbability: 0.01, BurstNs: 6 * Ms));

    public static IReadOnlyList<ClockScenario> All { get; } =
    [
        new("two-way", ScenarioFeed.TwoWay, "2-40 ms each way, heavy tail, smallest delays alike") { There = s_heavyFrom2Ms, Back = s_heavyFrom2Ms },
        new("two-way-lopsided", ScenarioFeed.TwoWay, "0-36 ms each way, heavy tail, and 4 ms more split between the ways by chance") { There = s_heavy, Back = s_heavy, HiddenNs = 4 * Ms },
        new("two-way-usb", ScenarioFeed.TwoWay, "a board on USB: 0.12 ms and exponential 0.5 ms each way, answers fetched every 1 ms; 1 ms split by chance")
        {
            There = new(new LatencySettings(120_000, JitterKind.Exponential, 500_000, 15 * Ms, BurstProbability: 0.01, BurstNs: 4 * Ms)),
            Back = new(new LatencySettings(120_000, JitterKind.Exponential, 500_000, 15 * Ms, BurstProbability: 0.01, BurstNs: 4 * Ms, PollIntervalNs: Ms)),
            HiddenNs = Ms,
        },
        new("two-way-wifi", ScenarioFeed.TwoWay, "0.3 ms and exponential jitter each way, stalls of 150 ms every 2 s; 3 ms split by chance; 2 % lost, 1 % overtaken, 1 % twice")
        {
            There = new(new LatencySettings(300_000, JitterKind.Exponential, Ms, 30 * Ms), StallEveryNs: 2_000 * Ms, StallNs: 150 * Ms, Loss: 0.02),
            Back = new(new LatencySettings(300_000, JitterKind.Exponential, Ms, 30 * Ms), StallEveryNs: 2_000 * Ms, StallNs: 150 * Ms, Loss: 0.02, Reorder: 0.01, Duplicate: 0.01),
            HiddenNs = 3 * Ms,
        },
        new("two-way-draught", ScenarioFeed.TwoWay, "a board's serial line (0.12 ms, exponential) and a crystal that wanders by up to 60 µs in 60 to 180 s: as much as 39 ppm a minute; 1 ms split by chance")
        {
            There = new(new LatencySettings(120_000, JitterKind.Exponential, 150_000, 15 * Ms)),
            Back = new(new LatencySettings(120_000, JitterKind.Exponential, 150_000, 15 * Ms)),
            WaveNs = 60_000,
            MaxPpm = 50,
            HiddenNs = Ms,
        },
        new("one-way", ScenarioFeed.OneWay, "a camera that stamps: 5 ms, exponential 3 ms, heaps; 30 fps; 35 ms hidden by chance") { RateHz = 30, Back = s_camera, HiddenNs = 35 * Ms },
        new("one-way-normal", ScenarioFeed.OneWay, "100 samples a second, 1 ms and half-normal 0.5 ms; 5 ms hidden by chance")
        {
            Back = new(new LatencySettings(Ms, JitterKind.HalfNormal, 500_000, 5 * Ms)),
            HiddenNs = 5 * Ms,
        },
        new("one-way-usb", ScenarioFeed.OneWay, "952 samples a second of a 16-bit microsecond counter, exponential 0.5 ms, fetched every 1 ms; 5 ms hidden by chance")
        {
            RateHz = 952,
            WidthBits = 16,
            Back = new(new LatencySettings(120_000, JitterKind.Exponential, 500_000, 5 * Ms, PollIntervalNs: Ms)),
            HiddenNs = 5 * Ms,
        },
        new("one-way-wifi", ScenarioFeed.OneWay, "100 samples a second, 1 ms and exponential 1 ms, stalls of 150 ms every 2 s; 2 % lost, 1 % overtaken, 1 % twice; 500 ms hidden by chance")
        {
            Back = new(new LatencySettings(Ms, JitterKind.Exponential, Ms, 30 * Ms), StallEveryNs: 2_000 * Ms, StallNs: 150 * Ms, Loss: 0.02, Reorder: 0.01, Duplicate: 0.01),
            HiddenNs = 500 * Ms,
        },
        new("own-count", ScenarioFeed.OwnCount, "a microphone: periods of 480 frames at 48 kHz numbered by the host, 2 ms and exponential 0.6 ms; 6 ms hidden by chance")
        {
            TickHz = 48_000,
            Back = new(new LatencySettings(2 * Ms, JitterKind.Exponential, 600_000, 8 * Ms)),
            HiddenNs = 6 * Ms,
        },
        new("arrival-only", ScenarioFeed.ArrivalOnly, "a camera without stamps: 5 ms, exponential 3 ms, heaps; 30 fps; 0.2 % lost; 60 ms hidden by chance")
        {
            RateHz = 30,
            Back = s_camera with { Loss = 0.002 },
            HiddenNs = 60 * Ms,
        },
    ];

    /// <exception cref="ArgumentException">No such scenario; the message lists those that are.</exception>
    public static ClockScenario Named(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"There is no scenario '{name}'. The scenarios are {string.Join(", ", All.Select(s => s.Name))}.", nameof(name));
}
