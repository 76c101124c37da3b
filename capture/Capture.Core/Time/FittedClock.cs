using System.Collections.Immutable;

namespace Capture.Core.Time;

/// <summary>Looks instants up in a fitted clock, part by part. Where it stepped within a segment, the ticks alone do not say which part a sample is of: <see cref="SteppedRows"/> decides.</summary>
public sealed class FittedClock
{
    private readonly ImmutableArray<ClockPart> _parts;
    private readonly Dictionary<int, (int From, int To)> _segments = [];

    public FittedClock(ClockFitResult fit)
    {
        _parts = fit.Parts;
        for (int i = 0; i < _parts.Length; i++)
        {
            int segment = _parts[i].Segment;
            _segments[segment] = (_segments.TryGetValue(segment, out (int From, int To) range) ? range.From : i, i + 1);
        }
    }

    /// <summary>Whether the clock stepped within a segment.</summary>
    public bool Stepped => _segments.Count < _parts.Length;

    internal IReadOnlyList<ClockPart> Parts => _parts;

    /// <summary>The parts of a segment, by time; empty where it has no readings.</summary>
    internal (int From, int To) PartsOf(int segment) => _segments.GetValueOrDefault(segment);

    /// <summary>O(log pieces).</summary>
    internal TimeEstimate At(int part, DeviceTicks ticks)
    {
        ReadOnlySpan<ClockPiece> pieces = _parts[part].Pieces.AsSpan();
        if (ClockPieces.TryToHost(pieces, _parts[part].Segment, ticks, out TimeEstimate estimate))
        {
            return estimate;
        }

        // Counted so long before the first reading that nothing is claimed.
        ref readonly ClockPiece first = ref pieces[0];
        return new TimeEstimate(first.ToHost(ticks), TickScale.UnknownSigma, null);
    }
}
