namespace Capture.Core.Time;

internal enum StepSide
{
    Before,
    After,

    /// <summary>Both are possible; before is likelier.</summary>
    BeforeOrAfter,

    /// <summary>Both are possible; after is likelier.</summary>
    AfterOrBefore,
}

/// <summary>One step of a clock and one stream: which rows were taken before it. The argument is in <see cref="SteppedRows"/>.</summary>
internal sealed class StepSides
{
    // Rows so far from the step still teach the spacing.
    private static readonly Duration Context = Duration.FromSeconds(2);

    // So many rows on either side say which order is usual.
    private const int Neighbours = 100;

    private readonly FittedClock _clock;
    private readonly int _before;
    private readonly LatencyRange _latency;
    private readonly HostTime _ranUntil;
    private readonly HostTime _overBy;
    private readonly List<Row> _rows = [];
    private readonly Dictionary<long, StepSide> _decided = [];
    private bool _settled;

    /// <param name="before">The part before the step.</param>
    public StepSides(FittedClock clock, int before, LatencyRange latency)
    {
        (_clock, _before, _latency) = (clock, before, latency);

        // Readings of both sides, by their own clocks: it still ran at the one, the next ran at the other.
        HostTime ran = clock.At(before, clock.Parts[before].LastTicks).Instant;
        HostTime over = clock.At(before + 1, clock.Parts[before + 1].FirstTicks).Instant;
        (_ranUntil, _overBy) = ran < over ? (ran, over) : (over, ran);
    }

    public void Notice(long number, DeviceTicks ticks, HostTime arrival)
    {
        if (arrival < _ranUntil - Context || arrival > _overBy + _latency.Max + Context)
        {
            return;
        }

        Row row = Judge(number, ticks, arrival);
        HostTime instant = row.Side == StepSide.Before ? row.Before : row.After;
        if (row.Side is not (StepSide.Before or StepSide.After) || (instant > _ranUntil - Context && instant < _overBy + Context))
        {
            _rows.Add(row);
        }
    }

    public StepSide SideOf(long number, DeviceTicks ticks, HostTime arrival)
    {
        if (!_settled)
        {
            Settle();
            _settled = true;
        }

        return _decided.TryGetValue(number, out StepSide side) ? side : Judge(number, ticks, arrival).Side;
    }

    // By the arrival alone.
    private Row Judge(long number, DeviceTicks ticks, HostTime arrival)
    {
        TimeEstimate before = _clock.At(_before, ticks);
        TimeEstimate after = _clock.At(_before + 1, ticks);
        bool canBefore = before.Instant <= _overBy + Slack(before) && InTime(before, arrival);
        bool canAfter = after.Instant >= _ranUntil - Slack(after) && InTime(after, arrival);
        StepSide side = canBefore == canAfter
            ? canBefore ? Likelier(before, after) : Distance(before, arrival) <= Distance(after, arrival) ? StepSide.Before : StepSide.After
            : canBefore ? StepSide.Before : StepSide.After;
        if (arrival - _latency.Min < _ranUntil)
        {
            side = StepSide.Before;
        }
        else if (arrival - _latency.Max > _overBy)
        {
            side = StepSide.After;
        }

        return new Row(number, ticks, arrival, before.Instant, after.Instant, side);
    }

    private bool InTime(in TimeEstimate e, HostTime arrival) => e.Instant <= arrival - _latency.Min + Slack(e) && e.Instant >= arrival - _latency.Max - Slack(e);

    // The later instant needs the shorter delay.
    private static StepSide Likelier(in TimeEstimate before, in TimeEstimate after) => before.Instant > after.Instant ? StepSide.BeforeOrAfter : StepSide.AfterOrBefore;

    private static long Distance(in TimeEstimate e, HostTime arrival) => Math.Abs((arrival - e.Instant).Nanoseconds);

    private static Duration Slack(in TimeEstimate e) => e.Sigma + e.Sigma + e.Sigma + e.Sigma + new Duration(20_000);

    private void Settle()
    {
        int[] open = [.. Enumerable.Range(0, _rows.Count).Where(i => _rows[i].Side is not (StepSide.Before or StepSide.After))];
        if (open.Length == 0)
        {
            return;
        }

        TickGrid? gridBefore = Grid(StepSide.Before);
        TickGrid? gridAfter = Grid(StepSide.After);
        int from = Math.Max(0, open[0] - Neighbours);
        int to = Math.Min(_rows.Count, open[^1] + 1 + Neighbours);
        if (to - from > StepCut.MostRows)
        {
            return;
        }

        double[] before = new double[to - from];
        double[] after = new double[to - from];
        for (int i = from; i < to; i++)
        {
            Row row = _rows[i];
            before[i - from] = row.Side == StepSide.After || Off(gridBefore, row) ? double.NaN : (row.Before - _ranUntil).Nanoseconds;
            after[i - from] = row.Side == StepSide.Before || Off(gridAfter, row) ? double.NaN : (row.After - _ranUntil).Nanoseconds;
        }

        int[] fitting = StepCut.Fitting(before, after, 0.5 * PeriodNs(gridBefore ?? gridAfter));
        int most = fitting.Max();
        int best = _rows[open[0]].Before > _rows[open[0]].After ? Array.LastIndexOf(fitting, most) : Array.IndexOf(fitting, most);

        // One row more is no proof.
        int first = Array.FindIndex(fitting, f => f >= most - 1);
        int last = Array.FindLastIndex(fitting, f => f >= most - 1);
        HostTime ended = _ranUntil;
        for (int i = from; i < from + best; i++)
        {
            ended = _rows[i].Side != StepSide.After && _rows[i].Before > ended && !Off(gridBefore, _rows[i]) ? _rows[i].Before : ended;
        }

        HostTime newest = new(long.MinValue);
        double same = gridAfter is { } g ? g.Tolerance : 0;
        foreach (int i in open)
        {
            Row row = _rows[i];
            bool earlier = i - from < best;
            StepSide side = Decide(row, earlier, i - from >= first && i - from < last, gridBefore, gridAfter, ended);
            if (!earlier && row.After <= newest && row.Before <= ended && side != StepSide.Before)
            {
                // Out of order after the step, with a count that both sides have: an overtaken row of before if that count is missing there and another row has it here; else of here, or a copy of either.
                bool there = _rows.Take(from + best).Any(r => r.Side != StepSide.After && Math.Abs(r.Ticks - row.Ticks) <= same);
                bool here = _rows.Skip(from + best).Any(r => r.Number != row.Number && r.Side != StepSide.Before && Math.Abs(r.Ticks - row.Ticks) <= same);
                side = here && !there ? StepSide.BeforeOrAfter : StepSide.AfterOrBefore;
            }

            newest = !earlier && row.After > newest ? row.After : newest;
            _decided[row.Number] = side;
        }
    }

    private static StepSide Decide(in Row row, bool before, bool open, TickGrid? gridBefore, TickGrid? gridAfter, HostTime ended)
    {
        bool offBefore = Off(gridBefore, row);
        bool offAfter = Off(gridAfter, row);
        if (offBefore != offAfter)
        {
            return offBefore ? StepSide.After : StepSide.Before;
        }

        if (!before && row.After < ended && row.Before <= ended)
        {
            // Overtaken: it came after the step and was taken before it.
            return StepSide.Before;
        }

        return before ? open ? StepSide.BeforeOrAfter : StepSide.Before : open ? StepSide.AfterOrBefore : StepSide.After;
    }

    private TickGrid? Grid(StepSide side) => TickGrid.Of([.. _rows.Where(r => r.Side == side).Select(r => r.Ticks)]);

    private double PeriodNs(TickGrid? grid) => grid is { } g ? (_clock.At(_before, g.Origin + (long)g.Period).Instant - _clock.At(_before, g.Origin).Instant).Nanoseconds : 0;

    private static bool Off(TickGrid? grid, in Row row) => grid is { } g && !g.Has(row.Ticks);

    /// <param name="Before">When it was taken if it was taken before the step.</param>
    /// <param name="After">When, if after.</param>
    private readonly record struct Row(long Number, DeviceTicks Ticks, HostTime Arrival, HostTime Before, HostTime After, StepSide Side);
}
