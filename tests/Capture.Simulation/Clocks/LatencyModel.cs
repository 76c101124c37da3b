namespace Capture.Simulation.Clocks;

public enum JitterKind
{
    None,

    /// <summary>|normal| · <see cref="LatencySettings.JitterNs"/>: scheduling of an idle host.</summary>
    HalfNormal,

    /// <summary>Exponential with mean <see cref="LatencySettings.JitterNs"/>: a queue.</summary>
    Exponential,

    /// <summary>Lomax of scale <see cref="LatencySettings.JitterNs"/> and shape 1.5: finite mean, infinite variance. A busy network or a busy host.</summary>
    HeavyTail,
}

/// <summary>How long something takes on its way, ns.</summary>
/// <param name="MinNs">Never less than this.</param>
/// <param name="Kind">What lies above the minimum.</param>
/// <param name="JitterNs">Scale of the jitter.</param>
/// <param name="MaxNs">Never more than this, before batching: longer draws are cut off here.</param>
/// <param name="BurstProbability">Chance that a burst is added.</param>
/// <param name="BurstNs">Mean of the burst, exponential: the heavy tail.</param>
/// <param name="PollIntervalNs">0, or the interval at which the host looks: an arrival is moved up to the next multiple of it, as USB transfers are.</param>
public sealed record LatencySettings(
    long MinNs, JitterKind Kind, long JitterNs, long MaxNs, double BurstProbability = 0, long BurstNs = 0, long PollIntervalNs = 0)
{
    /// <summary>The longest delay that can come out, batching included.</summary>
    public long WorstNs => MaxNs + PollIntervalNs;
}

/// <summary>Draws delays: the n-th draw depends on nothing but seed, subject and n.</summary>
public sealed class LatencyModel
{
    private readonly Xoshiro256 _random;

    public LatencyModel(LatencySettings settings, ulong seed, string subject)
    {
        if (settings.MinNs < 0 || settings.MaxNs < settings.MinNs)
        {
            throw new ArgumentOutOfRangeException(nameof(settings), "0 ≤ minimum ≤ maximum.");
        }

        Settings = settings;
        _random = Xoshiro256.For(seed, "latency/" + subject);
    }

    public LatencySettings Settings { get; }

    /// <summary>The next delay, ns, in [MinNs, MaxNs].</summary>
    public long Next()
    {
        double jitter = Settings.Kind switch
        {
            JitterKind.HalfNormal => Math.Abs(_random.Normal()) * Settings.JitterNs,
            JitterKind.Exponential => _random.Exponential() * Settings.JitterNs,
            JitterKind.HeavyTail => (Math.Exp(_random.Exponential() / 1.5) - 1) * Settings.JitterNs,
            _ => 0,
        };
        // Both numbers are drawn every time, so that a changed probability does not shift all later draws.
        double chance = _random.Unit();
        double burst = _random.Exponential() * Settings.BurstNs;
        if (chance < Settings.BurstProbability)
        {
            jitter += burst;
        }

        return Math.Min(Settings.MaxNs, Settings.MinNs + (long)jitter);
    }

    /// <summary>When something sent at <paramref name="sentNs"/> arrives: the next delay, then the host's poll.</summary>
    public long ArrivalOf(long sentNs)
    {
        long arrival = sentNs + Next();
        long interval = Settings.PollIntervalNs;
        return interval <= 0 ? arrival : (arrival + interval - 1) / interval * interval;
    }
}
