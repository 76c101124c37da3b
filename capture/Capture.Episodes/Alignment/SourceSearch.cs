using System.Runtime.InteropServices;

namespace Capture.Episodes.Alignment;

/// <summary>Which samples of a stream answer for a time.</summary>
/// <param name="Row">The sample that counts for row index and distance; −1: none within the tolerance.</param>
/// <param name="Before">For interpolation: the sample at or before the time; −1: not both are near enough.</param>
/// <param name="Weight">Share of the sample after <paramref name="Before"/>, 0 to 1.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SourceSamples(long Row, long Before, double Weight);

/// <summary>Finds the samples of one stream for ascending times: two pointers, no search.</summary>
/// <param name="times">Of the stream, ascending.</param>
public sealed class SourceSearch(ReadOnlyMemory<long> times, AlignmentMethod method, long toleranceNs)
{
    private int _next;

    /// <summary>The samples for a time that is not before the last one asked for.</summary>
    public SourceSamples At(long time)
    {
        ReadOnlySpan<long> all = times.Span;
        while (_next < all.Length && all[_next] <= time)
        {
            _next++;
        }

        int before = _next - 1;
        int row = before;
        if (method != AlignmentMethod.Previous && _next < all.Length && (before < 0 || all[_next] - time < time - all[before]))
        {
            row = _next;
        }

        if (row < 0 || Math.Abs(all[row] - time) > toleranceNs)
        {
            return new SourceSamples(-1, -1, 0);
        }

        if (before >= 0 && all[before] == time)
        {
            return new SourceSamples(row, before, 0);
        }

        bool between = before >= 0 && _next < all.Length && time - all[before] <= toleranceNs && all[_next] - time <= toleranceNs;
        return between ? new SourceSamples(row, before, (time - all[before]) / (double)(all[_next] - all[before])) : new SourceSamples(row, -1, 0);
    }
}
