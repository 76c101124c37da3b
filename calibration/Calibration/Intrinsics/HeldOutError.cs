using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Intrinsics;

/// <summary>Error in views that took no part in the fit.</summary>
internal static class HeldOutError
{
    private const int Folds = 5;

    /// <summary>√(mean of du² + dv²), pixels; null with fewer than four views.</summary>
    /// <remarks>Every view is held out once. Its pose is solved on every other corner, and the error is taken on the rest.</remarks>
    public static double? Of(LensFit fit)
    {
        Sighting[] views = fit.Bundle.Sightings;
        if (views.Length < 4)
        {
            return null;
        }

        int folds = Math.Min(Folds, views.Length);
        double sum = 0;
        int corners = 0;
        for (int fold = 0; fold < folds; fold++)
        {
            int[] train = [.. Enumerable.Range(0, views.Length).Where(i => i % folds != fold)];
            var bundle = new Bundle
            {
                Cameras = [new(fit.Lens, [.. fit.Intrinsics])],
                Places = [.. train.Select(i => fit.Bundle.Places[views[i].Place])],
                Sightings = [.. train.Select((i, place) => Copy(views[i], place))],
            };
            BundleSolver.Solve(bundle, null, 25);
            for (int i = fold; i < views.Length; i += folds)
            {
                Score(fit.Lens, bundle.Cameras[0].Intrinsics, views[i], fit.Bundle.Places[views[i].Place], ref sum, ref corners);
            }
        }

        return corners > 0 ? Math.Sqrt(sum / corners) : null;
    }

    private static void Score(LensModel lens, double[] intrinsics, Sighting view, Pose start, ref double sum, ref int corners)
    {
        int[] used = [.. Enumerable.Range(0, view.Points.Length).Where(i => view.Use[i])];
        int[] solve = [.. used.Where((_, k) => k % 2 == 0)], score = [.. used.Where((_, k) => k % 2 == 1)];
        if (solve.Length < 6)
        {
            return;
        }

        (Pose pose, _) = PlanarPose.Refine(lens, intrinsics, [.. solve.Select(i => view.Points[i])], [.. solve.SelectMany(i => new[] { view.Uv[2 * i], view.Uv[(2 * i) + 1] })], start);
        foreach (int i in score)
        {
            if (lens.Project(intrinsics, pose * view.Points[i], out double u, out double v, [], []))
            {
                sum += ((u - view.Uv[2 * i]) * (u - view.Uv[2 * i])) + ((v - view.Uv[(2 * i) + 1]) * (v - view.Uv[(2 * i) + 1]));
                corners++;
            }
        }
    }

    private static Sighting Copy(Sighting view, int place)
    {
        var copy = new Sighting(0, place, view.Points, view.Uv);
        view.Use.CopyTo(copy.Use, 0);
        return copy;
    }
}
