namespace Capture.Simulation.Clocks;

/// <summary>A path on which packets wait, are held up together, overtake, come twice and get lost.</summary>
/// <param name="Latency">Of one packet alone.</param>
/// <param name="StallEveryNs">0, or the mean distance of stalls (exponential): Wi-Fi that retries or sleeps. What is sent in a stall arrives together after it.</param>
/// <param name="StallNs">Mean length of a stall (exponential).</param>
/// <param name="Loss">Chance that a packet is lost.</param>
/// <param name="Reorder">Chance that a packet is overtaken by later ones.</param>
/// <param name="Duplicate">Chance that a packet comes twice.</param>
public sealed record PathSettings(LatencySettings Latency, long StallEveryNs = 0, long StallNs = 0, double Loss = 0, double Reorder = 0, double Duplicate = 0)
{
    /// <summary>No packet takes longer than this.</summary>
    public long LongestNs { get; init; } = Latency.WorstNs + (StallEveryNs > 0 ? 4 * StallNs : 0);
}

/// <summary>What became of one packet.</summary>
/// <param name="AgainNs">When it came a second time; null when it did not.</param>
public readonly record struct Delivery(long ArrivalNs, bool Lost, long? AgainNs);

/// <summary>Delivers packets in the order in which they are sent, deterministic by seed and subject.</summary>
public sealed class DelayPath
{
    private readonly PathSettings _settings;
    private readonly LatencyModel _latency;
    private readonly Xoshiro256 _fate;
    private readonly Xoshiro256 _stalls;
    private long _stallFrom = long.MinValue;
    private long _stallUntil = long.MinValue;
    private long _last = long.MinValue;

    public DelayPath(PathSettings settings, ulong seed, string subject)
    {
        _settings = settings;
        _latency = new LatencyModel(settings.Latency, seed, subject);
        _fate = Xoshiro256.For(seed, "fate/" + subject);
        _stalls = Xoshiro256.For(seed, "stalls/" + subject);
    }

    /// <param name="sentNs">Not before the packet sent last.</param>
    public Delivery Send(long sentNs)
    {
        long arrival = _latency.ArrivalOf(sentNs);
        if (_settings.StallEveryNs > 0)
        {
            arrival = AfterStalls(sentNs, arrival);
        }

        arrival = Math.Min(arrival, sentNs + _settings.LongestNs);

        // All are drawn every time, so that a changed chance does not shift the later draws.
        bool lost = _fate.Unit() < _settings.Loss;
        bool overtaken = _fate.Unit() < _settings.Reorder;
        bool twice = _fate.Unit() < _settings.Duplicate;
        double more = _fate.Exponential();
        if (overtaken)
        {
            arrival = Math.Min(sentNs + _settings.LongestNs, arrival + (long)(20_000_000 * more));
        }
        else
        {
            arrival = _last = Math.Max(arrival, _last);
        }

        return new Delivery(arrival, lost, twice ? arrival + (long)(5_000_000 * more) : null);
    }

    private long AfterStalls(long sentNs, long arrival)
    {
        while (_stallUntil < sentNs)
        {
            long from = _stallUntil == long.MinValue ? sentNs : _stallUntil;
            _stallFrom = from + (long)(_settings.StallEveryNs * _stalls.Exponential());
            _stallUntil = _stallFrom + (long)Math.Min(_settings.StallNs * _stalls.Exponential(), 3.0 * _settings.StallNs);
        }

        return sentNs >= _stallFrom ? Math.Max(arrival, _stallUntil) : arrival;
    }
}
