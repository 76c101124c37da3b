using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Checking;

/// <summary>How far matched points lie from where a calibration lets them lie.</summary>
/// <param name="MedianPixels">Median of the symmetric epipolar distance.</param>
/// <param name="FloorPixels">The same after the relative pose was fitted to the matches: what pictures, points and lenses explain.</param>
/// <param name="Turn">How far b is turned against the calibration, along a's axes, rad; of the only pair of views, null where there are several.</param>
/// <param name="TurnSigma">One deviation of its length, rad.</param>
internal sealed record EpipolarError(double MedianPixels, double Low95, double High95, double FloorPixels, int Matches, Vector3d? Turn, double TurnSigma)
{
    /// <summary>Matches below which nothing is said.</summary>
    public const int FewestMatches = 40;

    private const int FewestCells = 6;
    private const int Columns = 8;
    private const int Rows = 6;
    private const int Draws = 400;
    private const int MostForFit = 300;
    private const double RobustPixels = 1.5;
    private const double LeastRobustPixels = 0.2;

    /// <summary>What the calibration itself is off by: the part of the median that the floor does not explain.</summary>
    public double ExcessPixels => Math.Sqrt(Math.Max(0, (MedianPixels * MedianPixels) - (FloorPixels * FloorPixels)));

    /// <summary>Null, and why, where the matches cannot say anything.</summary>
    public static EpipolarError? Of(IReadOnlyList<MatchedViews> all, out string why)
    {
        int matches = all.Sum(v => v.Pairs.Count);
        int cells = all.SelectMany(v => v.Pairs.Select(p => Cell(v, p))).Distinct().Count();
        why = "";
        if (matches < FewestMatches)
        {
            why = $"only {matches} points were found in both pictures that agree with one rigid scene ({FewestMatches} are the least): the cameras see too little in common, or too little texture";
            return null;
        }

        if (cells < FewestCells)
        {
            why = $"the {matches} points that both see lie in {cells} of {Columns * Rows} parts of the picture ({FewestCells} are the least): they would not show a turn";
            return null;
        }

        var clusters = new Dictionary<int, List<double>>();
        var fitted = new List<double>();
        Vector3d? turn = null;
        double turnSigma = double.NaN;
        for (int s = 0; s < all.Count; s++)
        {
            MatchedViews views = all[s];
            (Pose best, double sigma) = Fit(views);
            foreach (RayPair pair in views.Pairs)
            {
                // A point of a scene at rest is the same one at every moment, and a robot errs alike over one picture: neither counts as many.
                int cluster = all.Count >= FewestCells ? s : Cell(views, pair);
                if (views.Distance(pair, views.AFromB, out double d))
                {
                    (clusters.TryGetValue(cluster, out List<double>? list) ? list : clusters[cluster] = []).Add(Math.Abs(d));
                }

                if (views.Distance(pair, best, out double left))
                {
                    fitted.Add(Math.Abs(left));
                }
            }

            if (all.Count == 1)
            {
                (turn, turnSigma) = ((best.Rotation * views.AFromB.Rotation.Inverse()).ToRotationVector(), sigma);
            }
        }

        (double low, double high) = Interval([.. clusters.Values.Select(c => c.ToArray())]);
        return new EpipolarError(
            HandEyeStart.Median([.. clusters.Values.SelectMany(c => c)]), low, high, HandEyeStart.Median([.. fitted]), matches, turn, turnSigma);
    }

    private static int Cell(MatchedViews views, in RayPair pair) =>
        ((int)Math.Clamp(pair.At.Va / views.A.Height * Rows, 0, Rows - 1) * Columns) + (int)Math.Clamp(pair.At.Ua / views.A.Width * Columns, 0, Columns - 1);

    private static (Pose Best, double TurnSigma) Fit(MatchedViews views)
    {
        if (views.Pairs.Count < 8)
        {
            return (views.AFromB, double.NaN);
        }

        int step = Math.Max(1, views.Pairs.Count / MostForFit);
        MatchedViews some = views with { Pairs = [.. views.Pairs.Where((_, i) => i % step == 0)] };
        var problem = new RelativePoseFit(some);
        Pose best = views.AFromB;
        double robust = 20;
        foreach (double next in (double[])[5, RobustPixels, 0])
        {
            best = LevenbergMarquardt.Solve(problem, best, new SolveOptions(robust, 40)).State;

            // The last round weighs by what the points themselves scatter: a few false ones agree with RANSAC's two pixels.
            robust = next > 0 ? next : Math.Clamp(2 * Median(some, best), LeastRobustPixels, RobustPixels);
        }

        best = LevenbergMarquardt.Solve(problem, best, new SolveOptions(robust, 80)).State;

        double[]? covariance = ClusteredCovariance.Of(problem, best, robust, i => Cell(some, some.Pairs[i]), Columns * Rows, [1e-9, 1e-9, 1e-9, 1e-9, 1e-9]);
        Vector3d axis = (best.Rotation * views.AFromB.Rotation.Inverse()).ToRotationVector();
        axis = axis.Length > 1e-12 ? axis.Normalized() : Vector3d.UnitX;
        double[] n = [axis.X, axis.Y, axis.Z];
        double variance = covariance is null ? double.NaN : Enumerable.Range(0, 9).Sum(k => n[k / 3] * n[k % 3] * covariance[((k / 3) * 5) + (k % 3)]);
        return (best, Math.Sqrt(variance));
    }

    private static double Median(MatchedViews views, Pose aFromB) =>
        HandEyeStart.Median([.. views.Pairs.Select(p => views.Distance(p, aFromB, out double d) ? Math.Abs(d) : double.NaN).Where(double.IsFinite)]);

    // 95 % of the medians of clusters that are drawn anew, with repetition. Source: Efron and Tibshirani (1993), chapter 8.
    internal static (double Low, double High) Interval(double[][] clusters)
    {
        // A fixed walk: the same pictures give the same interval.
        ulong walk = 0x9E3779B97F4A7C15;
        int Next()
        {
            walk ^= walk << 13;
            walk ^= walk >> 7;
            walk ^= walk << 17;
            return (int)(walk % (ulong)clusters.Length);
        }

        double[] medians = new double[Draws];
        for (int d = 0; d < Draws; d++)
        {
            medians[d] = HandEyeStart.Median([.. Enumerable.Range(0, clusters.Length).SelectMany(_ => clusters[Next()])]);
        }

        Array.Sort(medians);
        return (medians[Draws / 40], medians[Draws - 1 - (Draws / 40)]);
    }
}
