using System.Collections.Immutable;

namespace Capture.Core.Time;

/// <summary>A clock fitted at the close of a recording.</summary>
/// <param name="Pieces">By segment, then by ticks: what <see cref="ClockPieces"/> searches.</param>
/// <param name="Used">Readings that went in.</param>
/// <param name="Refused">Readings that cannot be true, contradict the rest, or may be of either side of a step.</param>
/// <param name="Late">One-way: readings later than the declared latency allows; in the envelope, not in the bound.</param>
/// <param name="Steps">Unannounced steps of the device's clock within a segment; the fit is broken there, not smoothed over.</param>
/// <param name="DriftPpm">Mean deviation from the nominal rate over the readings (positive: the device counts too slowly); null with less than two.</param>
/// <param name="ResidualP50">Half of the readings lie closer to the fit. Two-way: |middle of the exchange − fit|; one-way: lateness over the fit.</param>
/// <param name="Sigma">Largest of the pieces that lie between readings.</param>
/// <param name="Bound">Largest of the pieces that lie between readings; null where one has none.</param>
public sealed record ClockFitResult(
    ImmutableArray<ClockPiece> Pieces,
    long Used,
    long Refused,
    long Late,
    long Steps,
    double? DriftPpm,
    Duration ResidualP50,
    Duration ResidualP99,
    Duration Sigma,
    Duration? Bound)
{
    /// <summary>The parts between steps, by segment and then by time; each reaches beyond its readings on both sides. What <see cref="FittedClock"/> searches.</summary>
    public ImmutableArray<ClockPart> Parts { get; init; } = [];
}

/// <summary>A stretch of a segment in which the clock neither stepped nor was reset.</summary>
/// <param name="FirstTicks">Of its readings, and so on.</param>
public sealed record ClockPart(int Segment, ImmutableArray<ClockPiece> Pieces, DeviceTicks FirstTicks, DeviceTicks LastTicks, HostTime FirstHost, HostTime LastHost);

/// <summary>Looks instants up in a fitted clock.</summary>
public static class ClockPieces
{
    /// <summary>The host instant of a count. O(log pieces), allocates nothing.</summary>
    /// <param name="pieces">By segment, then by ticks.</param>
    /// <returns>False when the segment is unknown or the count lies before its first piece.</returns>
    public static bool TryToHost(ReadOnlySpan<ClockPiece> pieces, int segment, DeviceTicks ticks, out TimeEstimate estimate)
    {
        int low = 0;
        int high = pieces.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            ref readonly ClockPiece p = ref pieces[middle];
            if (p.Segment < segment || (p.Segment == segment && p.FromTicks <= ticks))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == 0 || pieces[low - 1].Segment != segment)
        {
            estimate = default;
            return false;
        }

        ref readonly ClockPiece piece = ref pieces[low - 1];
        estimate = new TimeEstimate(piece.ToHost(ticks), piece.Sigma, piece.Bound);
        return true;
    }
}
