namespace Capture.Core.Time;

/// <summary>Fits a device's clock at the close of a recording: piecewise straight and continuous, from readings on both sides of every instant.</summary>
/// <remarks>
/// The argument is in Corridor.cs and KnottedClock.cs; where the clock stepped is decided in ExchangeSteps.cs (two-way) and LevelShifts.cs (one-way).
/// O(n log n) at most, memory for the readings given: thin streams of 1 kHz with <see cref="OneWayEnvelope"/>.
/// </remarks>
public static class ClockFit
{
    /// <param name="exchanges">In the order in which they were made; segments ascending.</param>
    /// <exception cref="ArgumentException">The domain or an option is out of range.</exception>
    public static ClockFitResult TwoWay(ReadOnlySpan<ClockExchange> exchanges, ClockDomain domain, FitOptions? options = null)
    {
        options ??= new FitOptions();
        ClockFitBuilder builder = new(domain, options, twoSided: true);
        for (int from = 0; from < exchanges.Length;)
        {
            int to = from + 1;
            while (to < exchanges.Length && exchanges[to].Segment == exchanges[from].Segment)
            {
                to++;
            }

            OneSegment(exchanges[from..to], domain, options, builder);
            from = to;
        }

        return builder.Finish();
    }

    private static void OneSegment(ReadOnlySpan<ClockExchange> exchanges, ClockDomain domain, FitOptions options, ClockFitBuilder builder)
    {
        int[] parts = ExchangeSteps.Parts(exchanges, domain, options);
        int part = 0;
        for (int i = 0; i < exchanges.Length; i++)
        {
            if (!builder.Enters(exchanges[i].Segment))
            {
                continue;
            }

            if (parts[i] < 0)
            {
                builder.Refuse();
                continue;
            }

            if (parts[i] > part)
            {
                builder.Step();
                part = parts[i];
            }

            builder.Add(exchanges[i]);
        }
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
