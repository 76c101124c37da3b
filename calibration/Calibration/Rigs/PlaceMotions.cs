using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Rigs;

/// <summary>How boards move around each moment: a parabola through the places before and after.</summary>
internal static class PlaceMotions
{
    private const double LongestGapSeconds = 0.5;

    /// <param name="keys">Target and moment's time (s) of each place.</param>
    public static PlaceMotion[] Of(Pose[] places, IReadOnlyList<(int Target, double Time)> keys)
    {
        var motions = new PlaceMotion[places.Length];
        foreach (var track in Enumerable.Range(0, places.Length).GroupBy(k => keys[k].Target))
        {
            int[] order = [.. track.OrderBy(k => keys[k].Time)];
            for (int i = 0; i < order.Length; i++)
            {
                int here = order[i];
                double before = i > 0 ? keys[here].Time - keys[order[i - 1]].Time : double.MaxValue;
                double after = i + 1 < order.Length ? keys[order[i + 1]].Time - keys[here].Time : double.MaxValue;
                bool hasBefore = before is > 0 and < LongestGapSeconds, hasAfter = after is > 0 and < LongestGapSeconds;
                double[] down = new double[6], up = new double[6];
                if (hasBefore)
                {
                    places[here].ChangeTo(places[order[i - 1]], down);
                }

                if (hasAfter)
                {
                    places[here].ChangeTo(places[order[i + 1]], up);
                }

                double[] speed = new double[6], change = new double[6];
                for (int k = 0; k < 6; k++)
                {
                    change[k] = hasBefore && hasAfter ? 2 * ((up[k] / after) + (down[k] / before)) / (after + before) : 0;
                    speed[k] = hasAfter ? (up[k] / after) - (change[k] * after / 2) : hasBefore ? -down[k] / before : 0;
                }

                motions[here] = new(new(speed[0], speed[1], speed[2]), new(change[0], change[1], change[2]), new(speed[3], speed[4], speed[5]), new(change[3], change[4], change[5]));
            }
        }

        return motions;
    }
}
