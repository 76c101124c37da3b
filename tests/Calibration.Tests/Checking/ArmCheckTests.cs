using Calibration.Checking;
using Calibration.Results;
using Calibration.Targets;
using Calibration.Tests.Episodes;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;
using Capture.Episodes.Schema;

namespace Calibration.Tests.Checking;

/// <summary>
/// Rendered ordinary episodes of an arm: a camera on the hand, or one beside it that sees the gripper. The arm's poses come as a tracked body's; an arm with a URDF gives the same stream of poses.
/// </summary>
[NonParallelizable]
internal sealed class ArmCheckTests
{
    private const double Degree = Math.PI / 180;
    private const int Frames = 16;

    private static readonly CameraModel Lens = new(LensModel.BrownConrady4, 480, 360, [430, 432, 241, 178, -0.15, 0.03, 1e-3, -5e-4]);
    private static readonly Pose HandFromCamera = new(Rotation.FromRotationVector(new(0.1, -0.2, 1.4)), new(0.04, -0.03, 0.07));
    private static readonly Pose BaseFromCamera = new(Rotation.FromRotationVector(new(0.2, 0.3, -0.1)), new(0.1, -0.2, -0.3));

    private string _folder = "";

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("arm-check").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_camera_on_the_hand_is_judged_by_the_scene_that_it_passes([Values(0, 2)] double turnDeg)
    {
        string episode = Episode(t => TexturedScene.Bench(3).Picture(Lens, InHand(t) * HandFromCamera, (int)(100 * t)), InHand);
        Pose stored = HandFromCamera with { Rotation = Rotation.FromRotationVector(new(turnDeg * Degree, 0, 0)) * HandFromCamera.Rotation };
        CheckedMeasure seen = Check(episode, "eye-in-hand", stored, Pose.Identity);
        TestContext.Out.WriteLine(seen.Sentence);
        Assert.That(seen.State, Is.EqualTo(turnDeg == 0 ? Verdict.Green : Verdict.Red), seen.Sentence);
        Assert.That(seen.Sentence, Does.Contain("Points of the scene"));
        Assert.That(seen.Low95, Is.LessThanOrEqualTo(seen.Value!.Value));
    }

    [Test]
    public void A_camera_beside_the_arm_is_judged_by_the_gripper_and_not_by_the_wall([Values(0, 6)] double turnDeg)
    {
        string episode = Episode(t => Beside(t).Picture(Lens, BaseFromCamera, (int)(100 * t)), Hand);
        Pose stored = BaseFromCamera with { Rotation = BaseFromCamera.Rotation * Rotation.FromRotationVector(new(0, 0, turnDeg * Degree)) };
        CheckedMeasure seen = Check(episode, "eye-to-hand", stored, Pose.Identity);
        TestContext.Out.WriteLine(seen.Sentence);
        Assert.That(seen.State, Is.EqualTo(turnDeg == 0 ? Verdict.Green : Verdict.Red), seen.Sentence);
        Assert.That(seen.Sentence, Does.Contain("Points of the gripper"));
    }

    [Test]
    public void A_target_in_view_is_judged_corner_by_corner([Values(0, 1)] double turnDeg)
    {
        Target board = TargetText.Read("chessboard:7x5:40mm");
        var scene = new BoardScene(board);
        Pose baseFromBoard = InHand(1) * HandFromCamera * BoardScene.Looking(board, 0.7, 0.2, -0.1, 0.1);
        string episode = Episode(t => scene.Picture("p", Lens, (InHand(t) * HandFromCamera).Inverse() * baseFromBoard, (int)(100 * t)).Read(), InHand);
        Pose stored = HandFromCamera with { Rotation = Rotation.FromRotationVector(new(turnDeg * Degree, 0, 0)) * HandFromCamera.Rotation };
        CheckedMeasure seen = Check(episode, "eye-in-hand", stored, baseFromBoard, board.Text);
        TestContext.Out.WriteLine(seen.Sentence);
        Assert.That(seen.Sentence, Does.StartWith("The target is"));
        Assert.That(seen.State, Is.EqualTo(turnDeg == 0 ? Verdict.Green : Verdict.Red), seen.Sentence);
    }

    [Test]
    public void Without_motion_or_without_the_cameras_name_it_says_why()
    {
        string still = Episode(_ => TexturedScene.Bench(3).Picture(Lens, InHand(0) * HandFromCamera, 1), _ => InHand(0));
        CheckedMeasure seen = Check(still, "eye-in-hand", HandFromCamera, Pose.Identity);
        Assert.That(seen.State, Is.EqualTo(EpisodeCheck.Unknown));
        Assert.That(seen.Sentence, Does.Contain("hardly moved"));
        CheckedMeasure unnamed = Check(still, "eye-in-hand", HandFromCamera, Pose.Identity, camera: null);
        Assert.That(unnamed.Sentence, Does.Contain("does not say which camera"));
    }

    // In front of the scene's things, turning by some degrees and moving by some cm.
    private static Pose InHand(double t) =>
        new Pose(Rotation.FromRotationVector(new(0.12 * Math.Sin(1.3 * t), 0.15 * Math.Sin((0.9 * t) + 0.4), 0.1 * Math.Sin(1.1 * t))), new(0.12 * Math.Sin(0.8 * t), 0.08 * Math.Cos(1.2 * t), 0.1 * Math.Sin(0.6 * t)))
        * HandFromCamera.Inverse();

    private static Pose Hand(double t) => BaseFromCamera * new Pose(
        Rotation.FromRotationVector(new(0.3 * Math.Sin(1.3 * t), 0.3 * Math.Sin((0.9 * t) + 0.4), 0.4 * Math.Sin(1.1 * t))), new(0.1 * Math.Sin(0.8 * t), 0.07 * Math.Cos(1.2 * t), 0.62 + (0.1 * Math.Sin(0.6 * t))));

    // A gripper with two patterned faces before the wall of the bench.
    private static TexturedScene Beside(double t)
    {
        Pose hand = Hand(t);
        return new TexturedScene(
            new Sheet(BaseFromCamera * new Pose(Rotation.Identity, new(0, 0, 1.8)), 6, 5, 90),
            new Sheet(hand * new Pose(Rotation.FromRotationVector(new(0, 0.5, 0)), new(0.05, 0, 0)), 0.12, 0.16, 91),
            new Sheet(hand * new Pose(Rotation.FromRotationVector(new(0, -0.5, 0)), new(-0.05, 0, 0)), 0.12, 0.16, 92));
    }

    private CheckedMeasure Check(string episode, string setup, Pose x, Pose z, string? board = null, string? camera = "eye")
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["setup"] = setup, ["robot"] = "elsewhere.episode:mocap/hand" };
        if (camera is not null)
        {
            settings["camera"] = camera;
        }

        if (board is not null)
        {
            settings["board"] = board;
        }

        string path = Path.Combine(_folder, "he.json");
        ResultFile.Write(path, new CalibrationResult
        {
            Kind = "hand-eye",
            Verdict = new Verdict(Verdict.Green, ["Good to use."]),
            Settings = settings,
            Cameras = [new CameraResult("eye", Lens.Width, Lens.Height, Lens.Lens.Name, Lens.Lens.ParameterNames, Lens.Parameters.ToArray(), null)],
            Transforms = [RigPose.Write("a", "camera", x, null), RigPose.Write("b", "target", z, null)],
        });
        return EpisodeCheck.Run(episode, [path])[0].Measures.Single(m => m.Name == "arm in the picture");
    }

    private string Episode(Func<double, byte[]> picture, Func<double, Pose> hand)
    {
        using var episode = new RecordedEpisode(_folder);
        ICameraFrameSink eye = episode.Camera("eye", Lens.Width, Lens.Height, 4);
        IMocapFrameSink mocap = episode.Mocap("mocap", "hand");
        episode.Arm();
        for (int i = 0; i < Frames * 25; i++)
        {
            double t = i * 0.01;
            Pose p = hand(t);
            mocap.Append(
                episode.At(t),
                [new MocapBody(true, (float)p.Translation.X, (float)p.Translation.Y, (float)p.Translation.Z, (float)p.Rotation.X, (float)p.Rotation.Y, (float)p.Rotation.Z, (float)p.Rotation.W, 0)],
                []);
            if (i % 25 == 12)
            {
                eye.Append(episode.At(t), picture(t), keyFrame: true);
            }
        }

        return episode.Finish();
    }
}
