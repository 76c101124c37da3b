using Calibration.Intrinsics;
using Calibration.Solving;
using Calibration.Targets;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Tests.Intrinsics;

/// <summary>200 seeds of perturbed corners, re-solved: errors are as large as σ says. Does not prove it for noise that is not Gaussian, boards that are bent, or a model that is wrong.</summary>
public sealed class LensSigmaTests
{
    private const int Seeds = 200;

    private static readonly Target Board = TargetText.Read("chessboard:8x6:30mm");

    private static IEnumerable<TestCaseData> Lenses()
    {
        yield return new TestCaseData("brown-conrady-5", new double[] { 640, 642, 318, 243, -0.25, 0.08, 1e-3, -5e-4, -0.01 }).SetArgDisplayNames("brown-conrady-5");
        yield return new TestCaseData("kannala-brandt", new double[] { 400, 401, 318, 243, 0.02, -0.01, 0.005, -0.001 }).SetArgDisplayNames("kannala-brandt");
    }

    [TestCaseSource(nameof(Lenses))]
    public void Every_sigma_of_a_lens_is_as_large_as_the_error(string model, double[] truth)
    {
        LensModel lens = LensModel.Named(model);
        Pose[] poses = SimulatedViews.Poses(Board, 9, 0.35, new Random(5));
        var errors = new List<double[]>();
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var bundle = new Bundle
            {
                Cameras = [new(lens, [.. truth])],
                Places = [.. poses],
                Sightings = [.. poses.Select((p, i) => SimulatedViews.See(0, i, Board, lens, truth, p, 0.2, random))],
            };
            LensFit fit = LensFit.Exactly(bundle);
            Assert.That(fit.Covariance, Is.Not.Null);
            errors.Add([.. truth.Select((t, i) => (fit.Intrinsics[i] - t) / Math.Sqrt(fit.Covariance![i, i]))]);
        }

        Calibrated.Check(errors, [.. lens.ParameterNames]);
    }

    [Test]
    public void The_projection_uncertainty_is_as_large_as_the_error()
    {
        LensModel lens = LensModel.BrownConrady4;
        double[] truth = [640, 642, 318, 243, -0.25, 0.08, 1e-3, -5e-4];
        Pose[] poses = SimulatedViews.Poses(Board, 9, 0.35, new Random(6));
        (double U, double V)[] pixels = [(20, 20), (320, 240), (600, 430)];
        var ratios = pixels.Select(_ => new List<double>()).ToArray();
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(1000 + seed);
            var bundle = new Bundle
            {
                Cameras = [new(lens, [.. truth])],
                Places = [.. poses],
                Sightings = [.. poses.Select((p, i) => SimulatedViews.See(0, i, Board, lens, truth, p, 0.2, random))],
            };
            LensFit fit = LensFit.Exactly(bundle);
            Matrix<double> joint = ProjectionUncertainty.JointCovariance(fit)!;

            // The mean turn of the boards against the truth is the freedom that is taken out.
            Vector3d turn = Vector3d.Zero;
            for (int i = 0; i < poses.Length; i++)
            {
                turn += (fit.Bundle.Places[i].Rotation * poses[i].Rotation.Inverse()).ToRotationVector() / poses.Length;
            }

            for (int k = 0; k < pixels.Length; k++)
            {
                lens.Unproject(truth, pixels[k].U, pixels[k].V, out Vector3d ray);
                lens.Project(fit.Intrinsics, Rotation.FromRotationVector(turn) * ray, out double u, out double v, [], []);
                double worst = ProjectionUncertainty.At(fit, joint, pixels[k].U, pixels[k].V)!.Value;
                ratios[k].Add((((u - pixels[k].U) * (u - pixels[k].U)) + ((v - pixels[k].V) * (v - pixels[k].V))) / (worst * worst));
            }
        }

        for (int k = 0; k < pixels.Length; k++)
        {
            double mean = ratios[k].Average();
            TestContext.Out.WriteLine($"({pixels[k].U}, {pixels[k].V}): mean of error²/σ² along the larger axis {mean:0.00}");
            Assert.That(mean, Is.InRange(0.75, 2.4), "between one axis of the ellipse and two equal ones");
        }
    }
}
