namespace Capture.Core.Time;

/// <summary>Finds, at close, where a two-way clock stepped, and which exchanges are of which side.</summary>
/// <remarks>
/// That there was a step the online clock says (<see cref="TwoWayClock"/>: several exchanges one after the other that contradict it). Where it was is decided here with both sides known: each side has its line, and an
/// exchange can be of a side when its middle lies no further from that line than half of what it took longer than the shortest (and 1.5 ms). One that can be of both is <see cref="LevelShifts.Undecided"/> if it lies
/// between the last that can only be of the one side and the first that can only be of the other: it is in neither fit, because it would be a false reading of one of them.
/// </remarks>
internal sealed class ExchangeSteps
{
    private const double Window = 30e9;

    /// <summary>Fewer exchanges make no rate.</summary>
    private const int FewestForRate = 8;

    private readonly double _tolerance;
    private readonly CorridorModel _model;
    private readonly double[] _x;
    private readonly double[] _middle;
    private readonly double[] _low;
    private readonly double[] _high;
    private readonly double[] _roundTrip;
    private readonly double[] _y;

    private ExchangeSteps(ReadOnlySpan<ClockExchange> exchanges, ClockDomain domain, in CorridorModel model, Duration leastStep)
    {
        _model = model;
        _tolerance = leastStep.Nanoseconds;
        TickScale scale = new(domain.TickRateHz);
        scale.Begin(exchanges[0].DeviceReceive, exchanges[0].HostSend);
        int n = exchanges.Length;
        (_x, _middle, _low, _high, _roundTrip, _y) = (new double[n], new double[n], new double[n], new double[n], new double[n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            ref readonly ClockExchange e = ref exchanges[i];
            (double received, double answered) = (scale.X(e.DeviceReceive), scale.X(e.DeviceSend));
            _y[i] = scale.Y(e.HostSend);
            _x[i] = 0.5 * (received + answered);
            _low[i] = _y[i] - received;
            _high[i] = scale.Y(e.HostReceive) - answered;
            _middle[i] = 0.5 * (_low[i] + _high[i]);
            _roundTrip[i] = _high[i] - _low[i];
        }
    }

    /// <summary>Which part each exchange belongs to, counted from 0; <see cref="LevelShifts.Liar"/> and <see cref="LevelShifts.Undecided"/> to none.</summary>
    /// <param name="exchanges">Of one segment, at least one, in the order in which they were made.</param>
    public static int[] Parts(ReadOnlySpan<ClockExchange> exchanges, ClockDomain domain, FitOptions options)
    {
        TwoWayOptions online = new()
        {
            MaxDriftPpm = options.MaxDriftPpm,
            MaxWanderPpmPerMinute = options.MaxWanderPpmPerMinute,
            Window = options.Window,
            RestartAfter = options.RestartAfter,
            MaxRoundTrip = options.MaxRoundTrip,
        };
        int[] parts = new int[exchanges.Length];
        TwoWayClock gate = new(domain, online);
        gate.BeginSegment(exchanges[0].Segment);
        List<Found> found = [];
        int doubted = -1;
        for (int i = 0; i < exchanges.Length; i++)
        {
            switch (gate.Take(exchanges[i]))
            {
                case ExchangeVerdict.Impossible:
                    parts[i] = LevelShifts.Liar;
                    break;
                case ExchangeVerdict.Disagrees:
                    parts[i] = LevelShifts.Liar;
                    doubted = doubted < 0 ? i : doubted;
                    break;
                case ExchangeVerdict.Restarted:
                    // The contradictions before it were the first of the new clock.
                    found.Add(new Found(doubted < 0 ? i : doubted, i));
                    doubted = -1;
                    break;
                case ExchangeVerdict.Used:
                    doubted = -1;
                    break;
            }
        }

        if (found.Count > 0)
        {
            CorridorModel model = CorridorModel.From(options, 1e9 / domain.TickRateHz);
            new ExchangeSteps(exchanges, domain, model, online.LeastStep).Cut(found, parts);
        }

        return parts;
    }

    private void Cut(List<Found> found, int[] parts)
    {
        int from = 0;
        int number = 0;
        for (int k = 0; k < found.Count; k++)
        {
            int to = k + 1 < found.Count ? found[k + 1].Doubted : parts.Length;
            if (Between(from, found[k], to, parts) is not var (endBefore, startAfter))
            {
                continue;
            }

            for (int i = from; i < startAfter; i++)
            {
                parts[i] = i < endBefore ? parts[i] == LevelShifts.Liar ? LevelShifts.Liar : number : LevelShifts.Undecided;
            }

            number++;
            from = startAfter;
        }

        for (int i = from; i < parts.Length; i++)
        {
            parts[i] = parts[i] == LevelShifts.Liar ? LevelShifts.Liar : number;
        }
    }

    // The cut at which the fewest exchanges are on a side that they cannot be of; where several are as good, what lies between is undecided.
    // Null where both sides have one line after all: the online clock had judged too early.
    private (int EndBefore, int StartAfter)? Between(int from, in Found step, int to, int[] parts)
    {
        int first = step.Doubted;
        while (first > from && _y[first - 1] > _y[step.Doubted] - Window)
        {
            first--;
        }

        int end = step.Restarted;
        while (end < to && _y[end] < _y[step.Restarted] + Window)
        {
            end++;
        }

        if (step.Doubted - first < 1)
        {
            return (step.Doubted, step.Restarted);
        }

        double slope = Slope(first, step.Doubted, parts) ?? Slope(step.Restarted, end, parts) ?? 0;
        Side before = SideOf(first, step.Doubted, slope, parts);
        Side after = SideOf(step.Restarted, end, slope, parts);
        double best = Math.Min(before.RoundTrip, after.RoundTrip);
        if (Math.Abs(after.Middle - before.Middle) <= _tolerance + (0.5 * (before.RoundTrip + after.RoundTrip - (2 * best))))
        {
            for (int i = step.Doubted; i < step.Restarted; i++)
            {
                parts[i] = _roundTrip[i] >= 0 && CanBe(i, after, slope, best) ? 0 : LevelShifts.Liar;
            }

            return null;
        }

        bool[] canBefore = new bool[end - first];
        bool[] canAfter = new bool[end - first];
        int wrong = 0;
        for (int i = first; i < end; i++)
        {
            bool possible = _roundTrip[i] >= 0 && (parts[i] != LevelShifts.Liar || (i >= step.Doubted && i < step.Restarted));
            canBefore[i - first] = !possible || CanBe(i, before, slope, best);
            canAfter[i - first] = !possible || CanBe(i, after, slope, best);
            wrong += canAfter[i - first] ? 0 : 1;
        }

        int least = wrong;
        (int firstCut, int lastCut) = (first, first);
        for (int cut = first + 1; cut <= end; cut++)
        {
            wrong += (canBefore[cut - 1 - first] ? 0 : 1) - (canAfter[cut - 1 - first] ? 0 : 1);
            if (wrong < least)
            {
                (least, firstCut, lastCut) = (wrong, cut, cut);
            }
            else if (wrong == least)
            {
                lastCut = cut;
            }
        }

        for (int i = first; i < end; i++)
        {
            if (i < firstCut ? !canBefore[i - first] : i >= lastCut && !canAfter[i - first])
            {
                parts[i] = LevelShifts.Liar;
            }
            else if (i >= step.Doubted && i < step.Restarted && _roundTrip[i] >= 0)
            {
                parts[i] = 0;
            }
        }

        return (firstCut, lastCut);
    }

    private bool CanBe(int i, in Side side, double slope, double best)
    {
        double width = _tolerance + (0.5 * Math.Max(0, _roundTrip[i] - best)) + (0.5 * (side.RoundTrip - best));
        return Math.Abs(_middle[i] - (side.Middle + (slope * _x[i]))) <= width;
    }

    private double? Slope(int from, int to, int[] parts)
    {
        int[] used = [.. Enumerable.Range(from, to - from).Where(i => parts[i] != LevelShifts.Liar)];
        if (used.Length < FewestForRate)
        {
            return null;
        }

        double[] x = [.. used.Select(i => _x[i])];
        Constraints c = new(x, [.. used.Select(i => _high[i])], x, [.. used.Select(i => _low[i])]);
        return EnvelopeLine.Fit(c, x[0], -_model.MaxDrift, _model.MaxDrift, _model.PriorDrift, new int[used.Length], new double[used.Length]).Slope;
    }

    private Side SideOf(int from, int to, double slope, int[] parts)
    {
        double high = double.PositiveInfinity;
        double low = double.NegativeInfinity;
        double roundTrip = double.PositiveInfinity;
        for (int i = from; i < to; i++)
        {
            if (parts[i] != LevelShifts.Liar)
            {
                high = Math.Min(high, _high[i] - (slope * _x[i]));
                low = Math.Max(low, _low[i] - (slope * _x[i]));
                roundTrip = Math.Min(roundTrip, _roundTrip[i]);
            }
        }

        return new Side(0.5 * (high + low), roundTrip);
    }

    /// <param name="Doubted">The first exchange that contradicted the clock before.</param>
    /// <param name="Restarted">The exchange with which the online clock began anew.</param>
    private readonly record struct Found(int Doubted, int Restarted);

    /// <param name="Middle">Of the side's line at x = 0.</param>
    /// <param name="RoundTrip">Its shortest.</param>
    private readonly record struct Side(double Middle, double RoundTrip);
}
