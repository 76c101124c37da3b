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
            TypicalDriftPpm = options.TypicalDriftPpm,
            MaxWanderPpmPerMinute = options.MaxWanderPpmPerMinute,
            Window = options.Window,
            RestartAfter = options.RestartAfter,
            MaxRoundTrip = options.MaxRoundTrip,
        });
        ClockFitBuilder builder = new(domain, options, twoSided: true);
        List<(ClockExchange Exchange, bool Refused)> doubtful = [];
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
                    doubtful.Add((e, true));
                    builder.Refuse();
                    continue;
                case ExchangeVerdict.Undecided:
                    doubtful.Add((e, false));
                    continue;
                case ExchangeVerdict.Restarted:
                    // The contradictions before it were the first of the new clock.
                    builder.Step();
                    foreach ((ClockExchange d, bool refused) in doubtful)
                    {
                        builder.Take(d, refused);
                    }

                    doubtful.Clear();
                    break;
            }

            Settle(builder, doubtful);
            builder.Add(e);
        }

        Settle(builder, doubtful);
        return builder.Finish();
    }

    // No step after all: what contradicted lied, what decided nothing stays.
    private static void Settle(ClockFitBuilder builder, List<(ClockExchange Exchange, bool Refused)> doubtful)
    {
        foreach ((ClockExchange d, bool refused) in doubtful)
        {
            if (!refused)
            {
                builder.Add(d);
            }
        }

        doubtful.Clear();
    }

    /// <param name="arrivals">In the order in which they arrived; segments ascending.</param>
    /// <param name="latency">Null: unknown, and no piece has a bound.</param>
    /// <exception cref="ArgumentException">The domain, the latency or an option is out of range.</exception>
    public static ClockFitResult OneWay(ReadOnlySpan<ClockArrival> arrivals, ClockDomain domain, LatencyRange? latency, FitOptions? options = null)
    {
        options ??= new FitOptions();
        LatencyChecks.Require(latency);
        ClockFitBuilder builder = new(domain, options, twoSided: false);
        for (int from = 0; from < arrivals.Length;)
        {
            int to = from + 1;
            while (to < arrivals.Length && arrivals[to].Segment == arrivals[from].Segment)
            {
                to++;
            }

            OneSegment(arrivals[from..to], domain, latency, options, builder);
            from = to;
        }

        return builder.Finish();
    }

    // Steps are found from both sides; what is later than declared, by the online clock of each part.
    private static void OneSegment(ReadOnlySpan<ClockArrival> arrivals, ClockDomain domain, LatencyRange? latency, FitOptions options, ClockFitBuilder builder)
    {
        ClockArrival[] ordered = arrivals.ToArray();
        Array.Sort(ordered, (a, b) => a.Arrival.CompareTo(b.Arrival));
        TickScale scale = new(domain.TickRateHz);
        scale.Begin(ordered[0].Ticks, ordered[0].Arrival);
        int[] parts = LevelShifts.Parts(
            [.. ordered.Select(a => scale.X(a.Ticks))],
            [.. ordered.Select(a => scale.Y(a.Arrival))]);
        OneWayClock? gate = null;
        int part = -1;
        for (int i = 0; i < ordered.Length; i++)
        {
            if (!builder.Enters(ordered[i].Segment))
            {
                continue;
            }

            if (parts[i] < 0)
            {
                builder.Refuse();
                continue;
            }

            if (parts[i] != part)
            {
                if (part >= 0)
                {
                    builder.Step();
                }

                part = parts[i];
                gate = new OneWayClock(domain, latency, new OneWayOptions
                {
                    MaxDriftPpm = options.MaxDriftPpm,
                    TypicalDriftPpm = options.TypicalDriftPpm,
                    MaxWanderPpmPerMinute = options.MaxWanderPpmPerMinute,
                    Window = options.Window,
                    RestartAfter = int.MaxValue,
                    StepsWithin = null,
                });
            }

            OneWayVerdict verdict = gate!.Take(ordered[i] with { Segment = 0 });
            if (verdict == OneWayVerdict.Refused)
            {
                builder.Refuse();
                continue;
            }

            builder.Add(ordered[i], latency, verdict == OneWayVerdict.Late);
        }
    }
}
