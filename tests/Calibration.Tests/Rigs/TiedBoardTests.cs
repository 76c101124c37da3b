using Calibration.Detection;
using Calibration.Results;
using Calibration.Rigs;
using Calibration.Solving;
using Calibration.Targets;
using Calibration.Tests.Intrinsics;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;

namespace Calibration.Tests.Rigs;

/// <summary>Two boards that are fixed to each other: one camera sees one of them while the other camera sees the other one. Corners are simulated; pictures take no part.</summary>
public sealed class TiedBoardTests
{
    private static readonly Target First = TargetText.Read("chessboard:9x6:25mm");
    private static readonly Target Second = TargetText.Read("chessboard:8x5:30mm");
    private static readonly LensModel Lens = LensModel.BrownConrady4;
    private static readonly double[] Truth = [640, 642, 318, 243, -0.25, 0.08, 1e-3, -5e-4];
    private static readonly Pose FirstFromSecond = new(Rotation.FromRotationVector(new(0.05, -0.5, 0.1)), new(0.3, 0.02, 0.05));
    private static readonly Pose RigFromB = new(Rotation.FromRotationVector(new(0.02, -0.15, 0.01)), new(0.35, 0.01, 0.03));
    private static readonly byte[] Blank = GrayImage.FromPixels(new byte[64 * 64], 64, 64).ToJpeg(64);

    [Test]
    public void Cameras_that_see_different_boards_of_one_arrangement_are_placed([Values(1, 2, 3)] int seed)
    {
        CalibrationResult result = Solve(seed, moving: false);
        double[] change = new double[6];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Findings, Has.Some.Matches<Finding>(f => f.Code == "tied-boards"));
            foreach ((string name, Pose truth) in new[] { ("T_a_b", RigFromB), ("T_board0_board1", FirstFromSecond) })
            {
                TransformResult found = result.Transforms.Single(t => t.Name == name);
                truth.ChangeTo(RigPose.Of(found), change);
                TestContext.Out.WriteLine($"{name}: off by {string.Join(' ', change.Select((c, k) => $"{c / found.Sigma![k]:0.0}"))} sigma, sigma {found.Sigma!.Take(3).Max() * 1e3:0.00} mm");
                for (int k = 0; k < 6; k++)
                {
                    Assert.That(Math.Abs(change[k]), Is.LessThan(4.5 * found.Sigma![k]), $"{name}, {k}");
                }
            }

            Assert.That(result.Verdict.State, Is.Not.EqualTo(Verdict.Red), string.Join(' ', result.Verdict.Sentences));
        }
    }

    [Test]
    public void Boards_that_move_against_each_other_are_not_tied() =>
        Assert.That(() => Solve(1, moving: true), Throws.TypeOf<CalibrationException>().With.Message.Contains("no chain of common views reaches b"));

    // Camera a sees both boards in a third of its pictures, and the first one alone in the others; b sees the second one alone, and only then: no board is ever seen by both at once.
    private static CalibrationResult Solve(int seed, bool moving)
    {
        var random = new Random(seed);
        var detected = new List<DetectedImage>[] { [], [] };
        for (int m = 0; m < 24; m++)
        {
            Pose second = moving ? FirstFromSecond * new Pose(Rotation.FromRotationVector(new(0.2 * random.NextDouble(), 0, 0.3 * random.NextDouble())), new(0.05 * random.NextDouble(), 0, 0)) : FirstFromSecond;
            Pose place = BoardScene.Looking(First, 0.7 + (0.2 * random.NextDouble()), (random.NextDouble() - 0.5) * 0.9, (random.NextDouble() - 0.5) * 0.7, (random.NextDouble() - 0.5) * 0.5, -0.15 + (0.2 * (random.NextDouble() - 0.5)), 0.2 * (random.NextDouble() - 0.5));
            detected[0].Add(Picture("a", m, See(First, place, random), m % 3 == 0 ? See(Second, place * second, random) : []));
            detected[1].Add(Picture("b", m, [], m % 3 == 0 ? [] : See(Second, RigFromB.Inverse() * place * second, random)));
        }

        return RigCalibration.Solve(["a", "b"], [.. detected.Select(d => d.Select(i => i.Source).ToArray())], detected, [First, Second], Lens);
    }

    private static Corner[] See(Target target, Pose pose, Random random)
    {
        Sighting s = SimulatedViews.See(0, 0, target, Lens, Truth, pose, 0.15, random);
        return [.. Enumerable.Range(0, target.Points.Count).Select(i => new Corner(i, s.Uv[2 * i], s.Uv[(2 * i) + 1]))];
    }

    private static DetectedImage Picture(string camera, int moment, Corner[] first, Corner[] second) => new(
        new ImageSource($"{camera}/img{moment:000}.png", () => Blank), new InputFile($"{camera}/img{moment:000}.png", 0, $"{camera}-{moment}"), 640, 480, [new BoardSighting(first), new BoardSighting(second)]);
}
