using Calibration.Solving;
using Calibration.Targets;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;

namespace Calibration.Tests.Intrinsics;

/// <summary>Corners as a known camera sees them, with Gaussian noise.</summary>
internal static class SimulatedViews
{
    public static Pose[] Poses(Target target, int count, double distance, Random random) =>
        [.. Enumerable.Range(0, count).Select(i => BoardScene.Looking(
            target, distance * (0.8 + (0.4 * random.NextDouble())), (random.NextDouble() - 0.5) * 1.1, (random.NextDouble() - 0.5) * 1.1, (random.NextDouble() - 0.5) * 0.8,
            (random.NextDouble() - 0.5) * 0.35, (random.NextDouble() - 0.5) * 0.25))];

    public static Sighting See(int camera, int place, Target target, LensModel lens, double[] k, Pose cameraFromBoard, double sigma, Random random, double after = 0)
    {
        var points = new List<Vector3d>();
        var uv = new List<double>();
        foreach (Vector3d p in target.Points)
        {
            if (lens.Project(k, cameraFromBoard * p, out double u, out double v, [], []))
            {
                points.Add(p);
                uv.Add(u + (sigma * Normal(random)));
                uv.Add(v + (sigma * Normal(random)));
            }
        }

        return new(camera, place, [.. points], [.. uv]) { SecondsAfterPlace = after };
    }

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>Gates for "every σ is calibrated".</summary>
internal static class Calibrated
{
    /// <param name="errors">Per seed the errors over their σ, one per quantity.</param>
    /// <param name="names">Of the quantities.</param>
    /// <remarks>χ² of independent sums has variance 2n; correlated quantities of one seed are pooled seed by seed through each quantity on its own, so each has n degrees of freedom.</remarks>
    public static void Check(IReadOnlyList<double[]> errors, IReadOnlyList<string> names)
    {
        for (int q = 0; q < names.Count; q++)
        {
            double[] z = [.. errors.Select(e => e[q])];
            double inside = z.Count(x => Math.Abs(x) < 1) / (double)z.Length, chi2 = z.Sum(x => x * x);
            TestContext.Out.WriteLine($"{names[q],-12} inside 1 σ {inside:0.00}, χ²/n {chi2 / z.Length:0.00}");
            Assert.That(inside, Is.InRange(0.55, 0.80), names[q]);

            // Wilson-Hilferty: the 99.9 % interval of χ² with n degrees of freedom.
            double n = z.Length, spread = Math.Sqrt(2 / (9 * n)), centre = 1 - (2 / (9 * n));
            Assert.That(chi2, Is.InRange(n * Math.Pow(centre - (3.29 * spread), 3), n * Math.Pow(centre + (3.29 * spread), 3)), $"χ² of {names[q]}");
        }
    }
}
