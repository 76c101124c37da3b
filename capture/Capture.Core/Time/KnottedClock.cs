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
/// <param name="Shape">Where the smoother had it, before it was moved into the corridor.</param>
internal readonly record struct Knot(double X, double Theta, double Sigma, double Bound, Corridor Corridor, ShapePoint Shape);

internal static class KnottedClock
{
    private const int FewestOnASide = 4;

    /// <summary>The wander is doubled so often, at most, until the readings agree with each other.</summary>
    private const int MostDoublings = 7;

    /// <summary>Solves the clock at each of <paramref name="knots"/> (ascending device times). O(readings + knots · window).</summary>
    /// <param name="readings">By device time, ascending but for small disorder.</param>
    /// <param name="model">On return with the wander that the readings need: more than assumed where they contradicted each other.</param>
    public static Knot[] Solve(List<Reading> readings, double[] knots, bool twoSided, ref CorridorModel model, FitOptions options)
    {
        double stretch = options.Stretch.Nanoseconds;
        Thinned all = Thin(readings, stretch, slope: 0);
        if (all.Count >= EnvelopeLine.FewestForRate)
        {
            // Once more along the mean rate: within a stretch the delay shall decide, not the drift.
            all = Thin(readings, stretch, all.Line(all.HighX[0], model).Slope);
        }

        ShapePoint[] points = ClockShape.Solve(all.Slice(0, all.Count), knots, twoSided, LowerEdge.IsPolled(readings), model);
        Corridor[] corridors = new Corridor[knots.Length];
        for (int i = 0; !SolveAll(all, knots, options.Window.Nanoseconds, corridors, model) && i < MostDoublings; i++)
        {
            // A2 was wrong of this crystal: a rate that changes faster explains the readings.
            model = model with { WanderPerNanosecond = 2 * model.WanderPerNanosecond };
        }

        Knot[] result = new Knot[knots.Length];
        for (int i = 0; i < knots.Length; i++)
        {
            Corridor corridor = corridors[i];
            double theta = Math.Clamp(points[i].Theta, corridor.Lower, corridor.Upper);

            // Readings that contradict each other under the assumptions prove one of them wrong: nothing is claimed.
            double bound = corridor.Feasible ? Math.Max(corridor.Upper - theta, theta - corridor.Lower) : double.PositiveInfinity;
            result[i] = new Knot(knots[i], theta, Math.Min(bound, Math.Sqrt(points[i].Variance)), bound, corridor, points[i]);
        }

        return result;
    }

    // False when readings somewhere contradict each other.
    private static bool SolveAll(Thinned all, double[] knots, double window, Corridor[] corridors, in CorridorModel model)
    {
        bool feasible = true;
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
            corridors[i] = Corridor.Solve(all.Slice(first, last), x, model);
            feasible &= corridors[i].Feasible;
        }

        return feasible;
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
        public List<double> LowX { get; } = [];

        public List<double> Low { get; } = [];

        public List<double> HighX { get; } = [];

        public List<double> High { get; } = [];

        public int Count => High.Count;

        public Constraints Slice(int first, int last) => new(Of(HighX, first, last), Of(High, first, last), Of(LowX, first, last), Of(Low, first, last));

        public EnvelopeLine Line(double at, in CorridorModel model) =>
            EnvelopeLine.Fit(Slice(0, Count), at, -model.MaxDrift, model.MaxDrift, model.PriorDrift, new int[Count], new double[Count]);

        private static ReadOnlySpan<double> Of(List<double> list, int first, int last) =>
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list)[first..last];
    }
}
