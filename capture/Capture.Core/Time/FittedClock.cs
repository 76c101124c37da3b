using System.Collections.Immutable;

namespace Capture.Core.Time;

/// <summary>Looks up, in a fitted clock, when a sample was taken: by its segment and ticks and, where the clock stepped within the segment, by when it arrived.</summary>
/// <remarks>
/// After a step backwards the same ticks come twice, and between the last reading before a step and the first one after it the ticks do not say on which side a sample lies. Its arrival does: an instant after the
/// arrival is impossible, and of the possible ones the latest needs the least delay. Where two are possible the bound reaches both.
/// </remarks>
public sealed class FittedClock
{
    private readonly ImmutableArray<ClockPart> _parts;
    private readonly Dictionary<int, (int From, int To)> _segments = [];

    // Host instants between which part i ended: it still ran at the first, the next one ran at the second.
    private readonly HostTime[] _ranUntil;
    private readonly HostTime[] _overBy;

    public FittedClock(ClockFitResult fit)
    {
        _parts = fit.Parts;
        for (int i = 0; i < _parts.Length; i++)
        {
            int segment = _parts[i].Segment;
            _segments[segment] = (_segments.TryGetValue(segment, out (int From, int To) range) ? range.From : i, i + 1);
        }

        _ranUntil = new HostTime[_parts.Length];
        _overBy = new HostTime[_parts.Length];
        for (int i = 0; i + 1 < _parts.Length; i++)
        {
            // Readings of both sides, by their own clocks; a reading of before may be taken for one of after when its delay was long, so the two can be the wrong way round.
            HostTime ran = At(_parts[i], _parts[i].LastTicks).Instant;
            HostTime over = At(_parts[i + 1], _parts[i + 1].FirstTicks).Instant;
            _ranUntil[i] = ran < over ? ran : over;
            _overBy[i] = ran < over ? over : ran;
        }
    }

    /// <summary>Whether the clock stepped within a segment: then each sample should be shown to <see cref="Notice"/> before any is looked up.</summary>
    public bool Stepped => _segments.Count < _parts.Length;

    /// <summary>Learns from a sample when a step was: one that cannot have been taken by the clock before it (it would have arrived before its instant) was taken after.</summary>
    public void Notice(int segment, DeviceTicks ticks, HostTime arrival, Duration least)
    {
        if (!_segments.TryGetValue(segment, out (int From, int To) range))
        {
            return;
        }

        for (int i = range.From; i + 1 < range.To; i++)
        {
            TimeEstimate before = At(_parts[i], ticks);
            TimeEstimate after = At(_parts[i + 1], ticks);
            if (after.Instant >= _ranUntil[i] && after.Instant < _overBy[i] && before.Instant > arrival - least + Slack(before))
            {
                _overBy[i] = after.Instant;
            }
        }
    }

    /// <summary>O(log pieces) where a segment has one part.</summary>
    /// <param name="arrival">When the sample reached the host.</param>
    /// <param name="least">The least delay that is possible between the two.</param>
    /// <returns>False when the segment has no readings.</returns>
    public bool TryToHost(int segment, DeviceTicks ticks, HostTime arrival, Duration least, out TimeEstimate estimate)
    {
        estimate = default;
        if (!_segments.TryGetValue(segment, out (int From, int To) range))
        {
            return false;
        }

        if (range.To - range.From == 1)
        {
            estimate = At(_parts[range.From], ticks);
            return true;
        }

        HostTime latest = arrival - least;
        bool any = false;
        bool possible = false;
        for (int i = range.From; i < range.To; i++)
        {
            TimeEstimate here = At(_parts[i], ticks);
            bool tooEarly = i > range.From && here.Instant < _ranUntil[i - 1];
            bool tooLate = i + 1 < range.To && here.Instant > _overBy[i];
            bool canBe = !tooEarly && !tooLate && here.Instant <= latest + Slack(here);
            if (!any || (canBe && !possible) || (canBe == possible && Closer(here, estimate, latest)))
            {
                estimate = any && canBe && possible ? Reaching(here, estimate) : here;
                possible |= canBe;
            }
            else if (canBe)
            {
                estimate = Reaching(estimate, here);
            }

            any = true;
        }

        return true;
    }

    private static Duration Slack(in TimeEstimate e) => e.Sigma + e.Sigma + e.Sigma;

    private static bool Closer(in TimeEstimate a, in TimeEstimate b, HostTime latest) => Distance(a.Instant, latest) < Distance(b.Instant, latest);

    private static long Distance(HostTime a, HostTime b) => Math.Abs((a - b).Nanoseconds);

    // Keeps the first, with a bound that holds if the second is true.
    private static TimeEstimate Reaching(in TimeEstimate kept, in TimeEstimate other)
    {
        if (kept.Bound is not { } a || other.Bound is not { } b)
        {
            return kept with { Bound = null };
        }

        Duration far = new Duration(Distance(kept.Instant, other.Instant)) + b;
        return kept with { Bound = far > a ? far : a };
    }

    private static TimeEstimate At(ClockPart part, DeviceTicks ticks)
    {
        ReadOnlySpan<ClockPiece> pieces = part.Pieces.AsSpan();
        if (ClockPieces.TryToHost(pieces, part.Segment, ticks, out TimeEstimate estimate))
        {
            return estimate;
        }

        // Counted so long before the first reading that nothing is claimed.
        ref readonly ClockPiece first = ref pieces[0];
        return new TimeEstimate(first.ToHost(ticks), TickScale.UnknownSigma, null);
    }
}
