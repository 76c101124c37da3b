using Calibration.Latency;
using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Checking;

/// <summary>
/// How the camera is turned on the hand (or against the base), by the arm's own motions and the points that the camera finds again: the one turn, over all motions, after which the points lie on their
/// epipolar lines. Its place is kept: from points alone it is hardly seen.
/// </summary>
internal sealed class HandTurnFit : BlockProblem<Pose>
{
    private const double Step = 1e-6;
    private const int Most = 800;
    private const double LeastRobustPixels = 0.3;

    private readonly IReadOnlyList<(MatchedViews Views, Pose Motion)> _motions;
    private readonly (int Motion, RayPair Pair)[] _points;

    private HandTurnFit(IReadOnlyList<(MatchedViews Views, Pose Motion)> motions)
    {
        _motions = motions;
        int all = motions.Sum(m => m.Views.Pairs.Count), step = Math.Max(1, all / Most);
        _points = [.. motions.SelectMany((m, k) => m.Views.Pairs.Select(p => (k, p))).Where((_, i) => i % step == 0)];
    }

    public override int Unknowns => 3;

    public override int Blocks => _points.Length;

    public override int BlockSize => 1;

    /// <param name="x">T_hand_camera (or T_base_camera) as calibrated.</param>
    /// <param name="motions">With each pair of views the hand's motion between them, T_hand1_hand2.</param>
    /// <returns>The turn along the axes of x's parent, rad, and one deviation of its length; null where the motions leave it open.</returns>
    public static (Vector3d Turn, double Sigma)? Find(Pose x, IReadOnlyList<(MatchedViews Views, Pose Motion)> motions)
    {
        var problem = new HandTurnFit(motions);
        Pose best = x;
        foreach (double robust in (double[])[20, 5, 1.5, LeastRobustPixels])
        {
            best = LevenbergMarquardt.Solve(problem, best, new SolveOptions(robust, 30)).State;
        }

        // A robot errs alike over one picture: a motion counts as one.
        double[]? covariance = ClusteredCovariance.Of(problem, best, LeastRobustPixels, i => problem._points[i].Motion, motions.Count, [1e-9, 1e-9, 1e-9]);
        if (covariance is null)
        {
            return null;
        }

        Vector3d turn = (best.Rotation * x.Rotation.Inverse()).ToRotationVector();
        double largest = Math.Sqrt(covariance[0] + covariance[4] + covariance[8]);
        return (turn, largest);
    }

    public override bool Evaluate(in Pose state, int block, Span<double> residuals, Span<double> jacobian)
    {
        (int motion, RayPair pair) = _points[block];
        MatchedViews views = _motions[motion].Views;
        Pose between = _motions[motion].Motion;
        if (!views.Distance(pair, state.Inverse() * between * state, out residuals[0]))
        {
            return false;
        }

        Span<double> change = stackalloc double[3];
        for (int k = 0; k < jacobian.Length; k++)
        {
            change.Clear();
            change[k] = Step;
            Pose up = Moved(state, change);
            change[k] = -Step;
            Pose down = Moved(state, change);
            jacobian[k] = views.Distance(pair, up.Inverse() * between * up, out double above) && views.Distance(pair, down.Inverse() * between * down, out double below)
                ? (above - below) / (2 * Step)
                : 0;
        }

        return true;
    }

    public override Pose Moved(in Pose state, ReadOnlySpan<double> change) =>
        state with { Rotation = Rotation.FromRotationVector(new(change[0], change[1], change[2])) * state.Rotation };
}
