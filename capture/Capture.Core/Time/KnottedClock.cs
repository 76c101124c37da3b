namespace Capture.Core.Time;

// The fit at close: forward and backward at once. Every knot is solved from the readings on both of its sides (Corridor.cs), and knots are joined by
// straight pieces, so the clock is continuous and follows wander.
//
// Why the bound holds between knots. Let e(x) be fit − truth. The fit is straight between two knots of distance h. The truth leaves its own chord by at most w·h²/8 (A2).
// The chord's error is a convex combination of the errors at the knots. So |e| ≤ max(bound of the two knots) + w·h²/8.
//
// Beyond the first and the last reading each knot's own interval is extended by its range of rates and the wander: the pieces there get longer and their bounds larger,
// until nothing is claimed any more.

/// <summary>What one reading says: θ(LowX) ≥ Low, θ(HighX) ≤ High; −∞ where it says nothing.</summary>
internal readonly record struct Reading(double LowX, double Low, double HighX, double High);

/// <summary>The fitted clock at one device time.</summary>
/// <param name="Bound">Infinite where the latency is unknown.</param>
internal readonly record struct Knot(double X, double Theta, double Sigma, double Bound, Corridor Corridor, EnvelopeLine Line);

internal static class KnottedClock
{
    private const int FewestOnASide = 4;

    /// <summary>Solves the clock at each of <paramref name="knots"/> (ascending device times). O(readings + knots · window).</summary>
    /// <param name="readings">By device time, ascending but for small disorder.</param>
    public static Knot[] Solve(List<Reading> readings, double[] knots, bool twoSided, in CorridorModel model, FitOptions options)
    {
        double stretch = options.Stretch.Nanoseconds;
        Thinned all = Thin(readings, stretch, slope: 0);
        EnvelopeLine overall = all.Line(0, all.Count, all.HighX[0], -model.MaxDrift, model.MaxDrift, model);
        if (all.Count >= EnvelopeLine.FewestForRate)
        {
            // Once more along the mean rate: within a stretch the delay shall decide, not the drift.
            all = Thin(readings, stretch, overall.Slope);
        }

        Knot[] result = new Knot[knots.Length];
        double window = options.Window.Nanoseconds;
        int from = 0;
        int to = 0;
        int at = 0;
        for (int i = 0; i < knots.Length; i++)
        {
            double x = knots[i];
            while (at < all.Count && all.HighX[at] < x)
            {
                at++;
            }

            while (to < all.Count && all.HighX[to] <= x + window)
            {
                to++;
            }

            while (from < all.Count && all.HighX[from] < x - window)
            {
                from++;
            }

            int first = Math.Max(0, Math.Min(from, at - FewestOnASide));
            int last = Math.Min(all.Count, Math.Max(to, at + FewestOnASide));
            result[i] = SolveOne(all, first, last, x, twoSided, model);
        }

        return result;
    }

    private static Knot SolveOne(Thinned all, int first, int last, double x, bool twoSided, in CorridorModel model)
    {
        Corridor corridor = Corridor.Solve(all.Slice(first, last), x, model);
        EnvelopeLine line = all.Line(first, last, x, corridor.RateMin, corridor.RateMax, model);
        double theta = Math.Clamp(line.Value(x, twoSided), corridor.Lower, corridor.Upper);

        // Readings that contradict each other under the assumptions prove one of them wrong: nothing is claimed.
        double bound = corridor.Feasible ? Math.Max(corridor.Upper - theta, theta - corridor.Lower) : double.PositiveInfinity;
        return new Knot(x, theta, Math.Min(bound, line.Sigma(x, twoSided, model)), bound, corridor, line);
    }

    private static Thinned Thin(List<Reading> readings, double stretch, double slope)
    {
        Thinned t = new();
        double start = double.NegativeInfinity;
        foreach (Reading r in readings)
        {
            double x = Math.Max(r.LowX, r.HighX);
            if (x >= start + stretch)
            {
                start = x;
                t.LowX.Add(r.LowX);
                t.Low.Add(r.Low);
                t.HighX.Add(r.HighX);
                t.High.Add(r.High);
                continue;
            }

            int i = t.Count - 1;
            if (r.High - (slope * r.HighX) < t.High[i] - (slope * t.HighX[i]))
            {
                t.HighX[i] = r.HighX;
                t.High[i] = r.High;
            }

            if (r.Low - (slope * r.LowX) > t.Low[i] - (slope * t.LowX[i]))
            {
                t.LowX[i] = r.LowX;
                t.Low[i] = r.Low;
            }
        }

        return t;
    }

    private sealed class Thinned
    {
        private int[] _scratch = [];
        private double[] _heights = [];

        public List<double> LowX { get; } = [];

        public List<double> Low { get; } = [];

        public List<double> HighX { get; } = [];

        public List<double> High { get; } = [];

        public int Count => High.Count;

        public Constraints Slice(int first, int last) => new(Of(HighX, first, last), Of(High, first, last), Of(LowX, first, last), Of(Low, first, last));

        public EnvelopeLine Line(int first, int last, double at, double rateMin, double rateMax, in CorridorModel model)
        {
            if (_scratch.Length < last - first)
            {
                _scratch = new int[Math.Max(last - first, 2 * _scratch.Length)];
                _heights = new double[_scratch.Length];
            }

            return EnvelopeLine.Fit(Slice(first, last), at, rateMin, rateMax, model.PriorDrift, _scratch, _heights);
        }

        private static ReadOnlySpan<double> Of(List<double> list, int first, int last) =>
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list)[first..last];
    }
}
