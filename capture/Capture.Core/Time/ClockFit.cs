namespace Capture.Core.Time;

/// <summary>Fits a device's clock at the close of a recording: piecewise straight and continuous, from readings on both sides of every instant.</summary>
/// <remarks>
/// The argument is in Corridor.cs and KnottedClock.cs. What to refuse is decided by running the online clock over the readings; so both agree on what a step is.
/// O(n log n) at most, memory for the readings given: thin streams of 1 kHz with <see cref="OneWayEnvelope"/>.
/// </remarks>
public static class ClockFit
{
    /// <param name="exchanges">In the order in which they were made; segments ascending.</param>
    /// <exception cref="ArgumentException">The domain or an option is out of range.</exception>
    public static ClockFitResult TwoWay(ReadOnlySpan<ClockExchange> exchanges, ClockDomain domain, FitOptions? options = null)
    {
        options ??= new FitOptions();
        TwoWayClock gate = new(domain, new TwoWayOptions
        {
            MaxDriftPpm = options.MaxDriftPpm,
            MaxWanderPpmPerMinute = options.MaxWanderPpmPerMinute,
            Window = options.Window,
            RestartAfter = options.RestartAfter,
            MaxRoundTrip = options.MaxRoundTrip,
        });
        ClockFitBuilder builder = new(domain, options, twoSided: true);
        List<ClockExchange> doubtful = [];
        foreach (ref readonly ClockExchange e in exchanges)
        {
            if (!builder.Enters(e.Segment))
            {
                doubtful.Clear();
                continue;
            }

            switch (gate.Take(e))
            {
                case ExchangeVerdict.Impossible:
                    builder.Refuse();
                    continue;
                case ExchangeVerdict.Disagrees:
                    doubtful.Add(e);
                    builder.Refuse();
                    continue;
                case ExchangeVerdict.Restarted:
                    // The contradictions before it were the first of the new clock.
                    builder.Step();
                    foreach (ClockExchange d in doubtful)
                    {
                        builder.Unrefuse();
                        builder.Add(d);
                    }

                    break;
            }

            doubtful.Clear();
            builder.Add(e);
        }

        return builder.Finish();
    }

    /// <param name="arrivals">In the order in which they arrived; segments ascending.</param>
    /// <param name="latency">Null: unknown, and no piece has a bound.</param>
    /// <exception cref="ArgumentException">The domain, the latency or an option is out of range.</exception>
    public static ClockFitResult OneWay(ReadOnlySpan<ClockArrival> arrivals, ClockDomain domain, LatencyRange? latency, FitOptions? options = null)
    {
        options ??= new FitOptions();
        OneWayClock gate = new(domain, latency, new OneWayOptions
        {
            MaxDriftPpm = options.MaxDriftPpm,
            MaxWanderPpmPerMinute = options.MaxWanderPpmPerMinute,
            Window = options.Window,
            RestartAfter = options.RestartAfter,
        });
        ClockFitBuilder builder = new(domain, options, twoSided: false);
        List<ClockArrival> doubtful = [];
        foreach (ref readonly ClockArrival a in arrivals)
        {
            if (!builder.Enters(a.Segment))
            {
                doubtful.Clear();
                continue;
            }

            OneWayVerdict verdict = gate.Take(a);
            if (verdict == OneWayVerdict.Refused)
            {
                doubtful.Add(a);
                builder.Refuse();
                continue;
            }

            if (verdict == OneWayVerdict.Restarted)
            {
                builder.Step();
                foreach (ClockArrival d in doubtful)
                {
                    builder.Unrefuse();
                    builder.Add(d, latency, late: false);
                }
            }

            doubtful.Clear();
            builder.Add(a, latency, verdict == OneWayVerdict.Late);
        }

        return builder.Finish();
    }
}
