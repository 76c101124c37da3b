using Calibration.HandEye;
using Calibration.Solving;
using Calibration.Targets;
using Calibration.Tests.Intrinsics;
using Capture.Core.Geometry;

namespace Calibration.Tests.HandEye;

/// <summary>
/// Hand-eye on pixels: are the reported σ right, with noise of the corners alone and with noise of the robot? What this does not prove: that the lens is right (it is taken as known), or that the robot errs
/// independently from pose to pose.
/// </summary>
internal sealed class PixelSigmaTests
{
    private const double CornerPixels = 0.3;

    private static readonly CameraModel Camera = new(LensModel.BrownConrady4, 640, 480, [600, 602, 322, 236, -0.2, 0.05, 1e-3, -5e-4]);
    private static readonly Target Board = TargetText.Read("chessboard:9x6:25mm");

    [TestCase(HandEyeSetup.EyeInHand, 0.0)]
    [TestCase(HandEyeSetup.EyeToHand, 0.0015)]
    public void Sigma_is_right_over_200_seeds(HandEyeSetup setup, double robotRad)
    {
        var errors = new List<double[]>();
        double[] change = new double[6];
        for (int seed = 0; seed < 200; seed++)
        {
            (PosePair[] pairs, HandEyePoses truth) = Simulate(seed, setup, robotRad, 18);
            HandEyeResult result = HandEyeSolver.Solve(pairs, setup);
            double[] sigma = result.Sigma;
            result.Poses.X.ChangeTo(truth.X, change);
            double[] x = [.. change.Select((e, i) => e / sigma[i])];
            result.Poses.Z.ChangeTo(truth.Z, change);
            errors.Add([.. x, .. change.Select((e, i) => e / sigma[6 + i])]);
        }

        Calibrated.Check(errors, [.. new[] { "X", "Z" }.SelectMany(t => new[] { "x", "y", "z", "turn x", "turn y", "turn z" }.Select(n => $"{t} {n}"))]);
    }

    [Test]
    public void Pixels_say_more_than_poses_that_all_count_alike()
    {
        double pixels = 0, poses = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            (PosePair[] pairs, HandEyePoses truth) = Simulate(seed, HandEyeSetup.EyeInHand, 0.0003, 18);
            PosePair[] without = [.. pairs.Select(p => p with { Pixels = null, Target = PlanarPose.Solve(Camera.Lens, Camera.Parameters, p.Pixels!.Points, p.Pixels.Uv)!.Value.Pose })];
            pixels += (HandEyeSolver.Solve(pairs, HandEyeSetup.EyeInHand).Poses.X.Translation - truth.X.Translation).Length;
            poses += (HandEyeSolver.Solve(without, HandEyeSetup.EyeInHand).Poses.X.Translation - truth.X.Translation).Length;
        }

        TestContext.Out.WriteLine($"mean error of the place: {pixels / 30 * 1e3:0.000} mm on pixels, {poses / 30 * 1e3:0.000} mm on poses");
        Assert.That(pixels, Is.LessThan(0.95 * poses));
    }

    [Test]
    public void The_noise_of_the_corners_is_found_and_a_picture_of_another_moment_is_named()
    {
        (PosePair[] pairs, _) = Simulate(3, HandEyeSetup.EyeInHand, 0.0005, 18);
        pairs[4] = pairs[4] with { Pixels = pairs[11].Pixels, Label = "img04.png" };
        HandEyeResult result = HandEyeSolver.Solve(pairs, HandEyeSetup.EyeInHand);
        Assert.That(result.CornerSigma, Is.EqualTo(CornerPixels).Within(0.02));
        Assert.That(result.Outliers.Select(o => o.Label), Is.EqualTo(new[] { "img04.png" }));
    }

    // Poses from which the board is seen; the robot follows from them. Tilts of one sign each way: a board nearly parallel to the picture has two poses, and chance decides.
    internal static (PosePair[] Pairs, HandEyePoses Truth) Simulate(int seed, HandEyeSetup setup, double robotRad, int count)
    {
        var random = new Random(seed);
        var hand = new SimulatedHand(seed, setup);
        HandEyePoses truth = hand.Truth;
        Pose[] seen = SimulatedViews.Poses(Board, count, 0.5, random);
        var pairs = new PosePair[count];
        for (int i = 0; i < count; i++)
        {
            Pose a = truth.Z * seen[i].Inverse() * truth.X.Inverse();
            Pose robot = setup == HandEyeSetup.EyeInHand ? a : a.Inverse();
            Sighting s = SimulatedViews.See(0, i, Board, Camera.Lens, Camera.Parameters.ToArray(), seen[i], CornerPixels, random);
            pairs[i] = new PosePair(new Pose(hand.Turn(robotRad) * robot.Rotation, robot.Translation + hand.Jitter(robotRad / 5)), Pose.Identity, $"img{i:00}.png")
            {
                Pixels = new TargetPixels(Camera, s.Points, s.Uv),
            };
        }

        return (pairs, truth);
    }
}
