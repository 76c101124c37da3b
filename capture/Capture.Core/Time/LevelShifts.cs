namespace Capture.Core.Time;

/// <summary>
/// Finds, at close, where a one-way clock stepped: where the lower envelope of arrival − device time jumps and stays. Steps of either sign and any size, and readings that lie.
/// </summary>
/// <remarks>
/// A late reading is late alone, or in a stall with others; after a step all are. So a step up is where the least of the readings ahead lies above the least of those behind; a step down is where readings begin
/// to lie below all behind, and go on to. A stall longer than the look ahead rises and falls back to where it was: two shifts that undo each other within <see cref="LongestStall"/> are one.
/// Identifiable is what exceeds 3 ms and five times the usual spread of the three least readings of a look: below, a step and a jitter are one thing, and nothing is claimed.
/// </remarks>
internal static class LevelShifts
{
    private const double Look = 2e9;
    private const double LongestStall = 10e9;
    private const double LeastStep = 3e6;
    private const double UsualSlope = 250e-6;
    private const int FewestInLook = 8;

    /// <summary>So many readings alone below their neighbours lie.</summary>
    private const int MostLiars = 2;

    private const int FewestBehind = 3;

    /// <summary>Which part each reading belongs to, counted from 0; −1 for readings that lie.</summary>
    /// <param name="x">Device time, ns.</param>
    /// <param name="y">Arrival, ns, ascending.</param>
    public static int[] Parts(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        int n = x.Length;
        int[] parts = new int[n];
        if (n < FewestBehind + 1)
        {
            return parts;
        }

        double[] late = new double[n];
        for (int i = 0; i < n; i++)
        {
            late[i] = y[i] - x[i];
        }

        // What a crystal does within a look is far below a step; what a clock does that runs at another rate is not.
        double slope = Slope(x, y, late);
        for (int i = 0; i < n && Math.Abs(slope) > UsualSlope; i++)
        {
            late[i] -= slope * x[i];
        }

        double threshold = Threshold(late, y, out int usual);
        MarkLiars(late, y, threshold, parts);
        int[] kept = [.. Enumerable.Range(0, n).Where(i => parts[i] == 0)];
        List<int> breaks = Breaks([.. kept.Select(i => late[i])], Of(y, kept), threshold, usual);
        int part = 0;
        for (int k = 0; k < kept.Length; k++)
        {
            part += part < breaks.Count && breaks[part] == k ? 1 : 0;
            parts[kept[k]] = part;
        }

        return parts;
    }

    // The median of the slopes from look to look, by the least late reading of each: a step spoils one of them.
    private static double Slope(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double[] late)
    {
        List<double> slopes = [];
        int before = -1;
        for (int from = 0; from < late.Length;)
        {
            int to = End(y, from);
            int least = from;
            for (int i = from; i < to; i++)
            {
                least = late[i] < late[least] ? i : least;
            }

            if (before >= 0 && x[least] > x[before])
            {
                slopes.Add((late[least] - late[before]) / (x[least] - x[before]));
            }

            (before, from) = (least, to);
        }

        slopes.Sort();
        return slopes.Count == 0 ? 0 : slopes[slopes.Count / 2];
    }

    private static double[] Of(ReadOnlySpan<double> y, int[] kept)
    {
        double[] values = new double[kept.Length];
        for (int k = 0; k < kept.Length; k++)
        {
            values[k] = y[kept[k]];
        }

        return values;
    }

    // Five times the median, over looks, of how far the third least lies above the least; and how many readings a look has.
    private static double Threshold(double[] late, ReadOnlySpan<double> y, out int usual)
    {
        int looks = 0;
        List<double> spreads = [];
        List<double> look = [];
        for (int from = 0; from < late.Length;)
        {
            int to = End(y, from);
            looks++;
            look.Clear();
            look.AddRange(late[from..to]);
            look.Sort();
            if (look.Count >= FewestBehind)
            {
                spreads.Add(look[2] - look[0]);
            }

            from = to;
        }

        usual = late.Length / looks;
        spreads.Sort();
        return Math.Max(LeastStep, spreads.Count == 0 ? double.PositiveInfinity : 5 * spreads[spreads.Count / 2]);
    }

    // Behind the last reading of the look that begins at `from`.
    private static int End(ReadOnlySpan<double> y, int from)
    {
        int to = from;
        while (to < y.Length && (to - from < FewestInLook || y[to] <= y[from] + Look))
        {
            to++;
        }

        return to;
    }

    private static void MarkLiars(double[] late, ReadOnlySpan<double> y, double threshold, int[] parts)
    {
        for (int i = 0; i < late.Length; i++)
        {
            int support = 0;
            int others = 0;
            for (int side = -1; side <= 1; side += 2)
            {
                for (int j = i + side, seen = 0; j >= 0 && j < late.Length && support <= MostLiars && (seen < FewestInLook || Math.Abs(y[j] - y[i]) <= Look); j += side, seen++)
                {
                    others++;
                    support += late[j] < late[i] + threshold ? 1 : 0;
                }
            }

            // Itself and at most one more lie this low: they are alone.
            if (support < MostLiars && others >= FewestInLook)
            {
                parts[i] = -1;
            }
        }
    }

    private static List<int> Breaks(double[] late, double[] y, double threshold, int usual)
    {
        List<(int At, double Before, double After)> found = [];
        int from = 0;
        for (int i = FewestBehind; i < late.Length - FewestBehind; i++)
        {
            if (i - from < FewestBehind)
            {
                continue;
            }

            // The least of few readings lies higher than that of many: near an end it takes a larger step.
            (double behind, int before) = LeastBehind(late, y, from, i);
            double needed = threshold * Math.Max(1, (double)usual / before);
            if (late[i] < behind - needed)
            {
                found.Add((i, behind, late[i]));
                from = i;
                continue;
            }

            if (late[i] <= behind + needed)
            {
                continue;
            }

            (double ahead, int after) = LeastAhead(late, y, i);
            if (ahead > behind + (threshold * Math.Max(1, (double)usual / Math.Min(before, after))))
            {
                found.Add((i, behind, ahead));
                from = i;
            }
        }

        for (int k = 0; k + 1 < found.Count; k++)
        {
            (int at, double before, double after) = found[k];
            (int next, _, double level) = found[k + 1];
            if (after > before && y[next] - y[at] < LongestStall && Math.Abs(level - before) < 0.5 * threshold)
            {
                found.RemoveRange(k, 2);
                k = Math.Max(-1, k - 2);
            }
        }

        return [.. found.Select(f => f.At)];
    }

    private static (double Least, int Count) LeastBehind(double[] late, double[] y, int from, int i)
    {
        double least = double.PositiveInfinity;
        int seen = 0;
        for (int j = i - 1; j >= from && (seen < FewestInLook || y[i] - y[j] <= Look); j--, seen++)
        {
            least = Math.Min(least, late[j]);
        }

        return (least, seen);
    }

    private static (double Least, int Count) LeastAhead(double[] late, double[] y, int i)
    {
        double least = double.PositiveInfinity;
        int to = End(y, i);
        for (int j = i; j < to; j++)
        {
            least = Math.Min(least, late[j]);
        }

        return (least, to - i);
    }
}
