using Calibration.Detection;
using Calibration.Results;
using Calibration.Rigs;
using Calibration.Solving;
using Calibration.Targets;
using Calibration.Tests.Intrinsics;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Tests.Rigs;

/// <summary>Three cameras in a chain (the outer two share no view), and cameras that stamp late.</summary>
public sealed class RigTests
{
    private static readonly Target Board = TargetText.Read("chessboard:8x6:30mm"); // looks the same after half a turn
    private static readonly LensModel Lens = LensModel.BrownConrady4;
    private static readonly double[] Truth = [640, 642, 318, 243, -0.25, 0.08, 1e-3, -5e-4];
    private static readonly Pose SecondFromRig = new Pose(Rotation.FromRotationVector(new(0.02, -0.25, 0.01)), new(0.15, 0.002, 0.01)).Inverse();

    // A picture without a board: the corners are handed in, and the search for a larger board finds nothing.
    private static readonly byte[] Blank = GrayImage.FromPixels(new byte[64 * 64], 64, 64).ToJpeg(64);

    [Test]
    public void Every_sigma_of_a_camera_pose_is_as_large_as_the_error()
    {
        Pose[] places = SimulatedViews.Poses(Board, 8, 0.4, new Random(9));
        Pose rigFromSecond = SecondFromRig.Inverse();
        var errors = new List<double[]>();
        double[] change = new double[6];
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var bundle = new Bundle
            {
                Cameras = [new(Lens, [.. Truth]), new(Lens, [.. Truth]) { FromRig = SecondFromRig }],
                Places = [.. places],
                Sightings = [.. places.SelectMany((p, i) => new[]
                {
                    SimulatedViews.See(0, i, Board, Lens, Truth, p, 0.2, random), SimulatedViews.See(1, i, Board, Lens, Truth, SecondFromRig * p, 0.2, random),
                })],
            };
            BundleSolver.Solve(bundle, null);
            (Pose pose, Matrix<double>? covariance) = RigSolution.Of(bundle).RigFromCamera(1);
            rigFromSecond.ChangeTo(pose, change);
            errors.Add([.. change.Select((e, i) => e / Math.Sqrt(covariance![i, i]))]);
        }

        Calibrated.Check(errors, ["x", "y", "z", "turn x", "turn y", "turn z"]);
    }

    [Test]
    public void A_chain_of_cameras_is_found_though_the_board_looks_alike_both_ways()
    {
        Pose[] rigFromCamera = [Pose.Identity, SecondFromRig.Inverse(), SecondFromRig.Inverse() * SecondFromRig.Inverse()];
        var random = new Random(4);
        var detected = new List<DetectedImage>[] { [], [], [] };
        for (int m = 0; m < 24; m++)
        {
            // First half: cameras 0 and 1 see the board; second half: 1 and 2.
            int[] who = m < 12 ? [0, 1] : [1, 2];
            Pose inFirst = SimulatedViews.Poses(Board, 1, 0.4, random)[0];
            Pose inRig = rigFromCamera[who[0]] * inFirst;
            foreach (int c in who)
            {
                detected[c].Add(Picture(c, m, rigFromCamera[c].Inverse() * inRig, 0.1, random, flip: random.Next(2) == 1, stamp: null));
            }
        }

        CalibrationResult result = Solve(["a", "b", "c"], detected);
        for (int c = 1; c < 3; c++)
        {
            double[] change = new double[6];
            rigFromCamera[c].ChangeTo(RigPose.Of(result.Transforms[c - 1]), change);
            for (int k = 0; k < 6; k++)
            {
                Assert.That(Math.Abs(change[k]), Is.LessThan(4.5 * result.Transforms[c - 1].Sigma![k]), $"camera {c}, {k}");
            }
        }

        Assert.That(result.Verdict.State, Is.EqualTo(Verdict.Green), string.Join(' ', result.Verdict.Sentences));
    }

    [Test]
    public void Cameras_without_a_chain_of_common_views_are_named()
    {
        var random = new Random(4);
        var detected = new List<DetectedImage>[] { [], [] };
        for (int m = 0; m < 12; m++)
        {
            detected[m % 2].Add(Picture(m % 2, m, SimulatedViews.Poses(Board, 1, 0.4, random)[0], 0.1, random, false, m * 1_000_000_000L));
        }

        Assert.That(() => Solve(["a", "b"], detected), Throws.TypeOf<CalibrationException>().With.Message.Contains("no chain of common views reaches b"));
    }

    [Test]
    public void Swapped_pictures_of_left_and_right_are_named()
    {
        var random = new Random(4);
        var detected = new List<DetectedImage>[] { [], [] };
        for (int m = 0; m < 10; m++)
        {
            Pose place = SimulatedViews.Poses(Board, 1, 0.4, random)[0];
            detected[1].Add(Picture(0, m, place, 0.1, random, false, null));
            detected[0].Add(Picture(1, m, SecondFromRig * place, 0.1, random, false, null));
        }

        Assert.That(Solve(["left", "right"], detected).Findings, Has.Some.Matches<Finding>(f => f.Code == "swapped-cameras"));
        Assert.That(Solve(["left", "right"], [detected[1], detected[0]]).Findings, Has.None.Matches<Finding>(f => f.Code == "swapped-cameras"));
    }

    [TestCase(37)]
    [TestCase(-9)]
    [TestCase(1500)]
    public void A_camera_that_stamps_late_is_found_and_its_lag_used(double lagMs)
    {
        var random = new Random(8);
        var detected = new List<DetectedImage>[] { [], [] };
        for (int m = 0; m < 120; m++)
        {
            // Free-running at 30 fps, the second camera a third of a frame off.
            double[] times = [m / 30.0, (m / 30.0) + 0.011];
            for (int c = 0; c < 2; c++)
            {
                Pose place = Moving(times[c]);
                long stamp = 1_700_000_000_000_000_000L + (long)((times[c] + (c == 1 ? lagMs / 1e3 : 0)) * 1e9);
                detected[c].Add(Picture(c, m, c == 0 ? place : SecondFromRig * place, 0.1, random, false, stamp));
            }
        }

        CalibrationResult result = Solve(["a", "b"], detected);
        LagResult lag = result.Lags.Single();
        TestContext.Out.WriteLine($"lag {lag.LagNs / 1e6:0.000} ms ± {lag.SigmaNs / 1e6:0.000}");
        Assert.That(lag.LagNs / 1e6, Is.EqualTo(lagMs).Within(0.5 + (4 * lag.SigmaNs!.Value / 1e6)));
        Assert.That(result.Findings, Has.Some.Matches<Finding>(f => f.Code == "camera-lag"));
        Assert.That(result.Quantities, Has.Some.Matches<Quantity>(q => q.Name == "stamp_spread_median" && q.Value > 1));
        double[] change = new double[6];
        SecondFromRig.Inverse().ChangeTo(RigPose.Of(result.Transforms[0]), change);
        Assert.That(change.Take(3).Max(Math.Abs), Is.LessThan(2e-3), "metres");
    }

    // A hand that waves a board: smooth, of no period that would hide a whole second.
    private static Pose Moving(double t) => BoardScene.Looking(
        Board, 0.42 + (0.05 * Math.Sin(0.9 * t)), 0.35 * Math.Sin((1.7 * t) + 0.3), 0.35 * Math.Sin((1.1 * t) + (0.5 * t * t * 0.3)), 0.3 * Math.Sin((0.7 * t) + 1), 0.1 * Math.Sin(1.3 * t), 0.08 * Math.Cos(1.9 * t));

    private static DetectedImage Picture(int camera, int moment, Pose cameraFromBoard, double sigma, Random random, bool flip, long? stamp)
    {
        Sighting s = SimulatedViews.See(camera, 0, Board, Lens, Truth, cameraFromBoard, sigma, random);
        int n = Board.Points.Count;
        Corner[] corners = [.. Enumerable.Range(0, n).Select(i => new Corner(flip ? n - 1 - i : i, s.Uv[2 * i], s.Uv[(2 * i) + 1])).OrderBy(c => c.Id)];
        return new(new ImageSource($"cam{camera}/img{moment:000}.png", () => Blank, stamp), new InputFile($"cam{camera}/img{moment:000}.png", 0, $"{camera}-{moment}"), 640, 480, [new BoardSighting(corners)]);
    }

    private static CalibrationResult Solve(string[] names, List<DetectedImage>[] detected) =>
        RigCalibration.Solve(names, [.. detected.Select(d => d.Select(i => i.Source).ToArray())], detected, [Board], Lens);
}
