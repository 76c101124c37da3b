namespace Capture.Core.Time;

/// <summary>
/// The final instants of one stream's rows where its clock may have stepped: on which side of each step a row lies, and when it was taken. All rows are shown first (<see cref="Notice"/>), then looked up in the same order.
/// </summary>
/// <remarks>
/// Between the last reading that is surely of before a step and the first that is surely of after it, a row's ticks can mean two instants. What tells, strongest first:
/// <list type="bullet">
/// <item>The arrival: no row arrives before the least delay after its instant, nor later than the longest.</item>
/// <item>The spacing: a periodic stream's ticks lie on an even grid, and a step of the counter shifts it. A row on the grid of one side alone is of that side, to the one sample. This says nothing where the step is
/// a whole number of periods.</item>
/// <item>The order: the rows of the one side come before those of the other, and no two rows of a stream are taken at one instant. A wrong cut makes two rows meet or pass each other, unless just so many were lost there.</item>
/// </list>
/// Where these leave both sides possible, the row keeps the likelier instant and its bound reaches the other; two instants that are closer than 9.5 ms are met in the middle, so that neither is missed by more than 5 ms.
/// </remarks>
/// <param name="latency">From a row's instant to its arrival. <see cref="LatencyRange.Max"/> may be generous: it only has to end the search. Null where it is unknown: nothing to 10 s.</param>
public sealed class SteppedRows(FittedClock clock, LatencyRange? latency)
{
    // No row is looked for later than so long after its instant.
    private static readonly Duration LongestDelay = Duration.FromSeconds(10);

    private readonly Dictionary<int, StepSides> _steps = [];
    private readonly LatencyRange _latency = latency ?? new LatencyRange(Duration.Zero, LongestDelay);
    private long _noticed;
    private long _next;

    /// <summary>Whether rows have to be shown before they are looked up.</summary>
    public bool Needed => clock.Stepped;

    public void Notice(int segment, DeviceTicks ticks, HostTime arrival)
    {
        (int from, int to) = clock.PartsOf(segment);
        for (int i = from; i + 1 < to; i++)
        {
            if (!_steps.TryGetValue(i, out StepSides? step))
            {
                _steps[i] = step = new StepSides(clock, i, _latency);
            }

            step.Notice(_noticed, ticks, arrival);
        }

        _noticed++;
    }

    /// <summary>The instant of the next row, in the order in which they were shown.</summary>
    /// <returns>False when the segment has no readings.</returns>
    public bool TryToHost(int segment, DeviceTicks ticks, HostTime arrival, out TimeEstimate estimate)
    {
        long row = _next++;
        (int part, int to) = clock.PartsOf(segment);
        estimate = default;
        if (part == to)
        {
            return false;
        }

        TimeEstimate? other = null;
        for (; part + 1 < to; part++)
        {
            StepSide side = _steps.TryGetValue(part, out StepSides? step) ? step.SideOf(row, ticks, arrival) : StepSide.Before;
            if (side == StepSide.AfterOrBefore)
            {
                other = clock.At(part, ticks);
            }
            else if (side != StepSide.After)
            {
                other = side == StepSide.BeforeOrAfter ? clock.At(part + 1, ticks) : other;
                break;
            }
        }

        estimate = clock.At(part, ticks);
        if (other is { } o)
        {
            estimate = Reaching(estimate, o);
        }

        return true;
    }

    private static TimeEstimate Reaching(in TimeEstimate kept, in TimeEstimate other)
    {
        Duration apart = other.Instant - kept.Instant;
        bool near = Math.Abs(apart.Nanoseconds) <= 9_500_000;
        HostTime instant = near ? HostTime.Midpoint(kept.Instant, other.Instant) : kept.Instant;
        Duration sigma = new(Math.Max(Math.Max(kept.Sigma.Nanoseconds, other.Sigma.Nanoseconds), Math.Abs(apart.Nanoseconds) / 2));
        Duration? bound = kept.Bound is { } a && other.Bound is { } b ? Larger(Distance(instant, kept.Instant) + a, Distance(instant, other.Instant) + b) : null;
        return new TimeEstimate(instant, bound is { } most && most < sigma ? most : sigma, bound);
    }

    private static Duration Distance(HostTime a, HostTime b) => new(Math.Abs((a - b).Nanoseconds));

    private static Duration Larger(Duration a, Duration b) => a > b ? a : b;
}
