using Calibration.Detection;
using Calibration.Intrinsics;
using Calibration.Results;
using Calibration.Targets;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;

namespace Calibration.Tests.Intrinsics;

/// <summary>Rendered pictures of a board by a known camera, with one thing wrong at a time: each is found and named.</summary>
public sealed class InjectedErrorTests
{
    private static readonly CameraModel Camera = new(LensModel.BrownConrady4, 640, 480, [600, 602, 322, 236, -0.2, 0.05, 1e-3, -5e-4]);
    private static readonly Target Board = TargetText.Read("chessboard:9x6:25mm");
    private static readonly BoardScene Scene = new(Board);
    private static readonly Lazy<ImageSource[]> Good = new(() =>
        [.. SimulatedViews.Poses(Board, 7, 0.42, new Random(3)).Select((p, i) => Scene.Picture($"img{i:00}.jpg", Camera, p, i))]);

    [Test]
    public void A_good_set_gives_the_camera_within_its_sigma()
    {
        CalibrationResult result = IntrinsicsCalibration.Run("cam", Good.Value, [Board], LensModel.BrownConrady4);
        CameraResult camera = result.Cameras[0];
        for (int i = 0; i < 4; i++)
        {
            // Corners of rendered pictures carry a bias of hundredths of a pixel beside their noise: 5 σ and half a pixel.
            Assert.That(camera.Parameters[i], Is.EqualTo(Camera.Parameters[i]).Within((5 * camera.Sigma![i]) + 0.5), camera.ParameterNames[i]);
        }

        Assert.That(camera.RmsPixels, Is.LessThan(0.2));
        Assert.That(result.Verdict.State, Is.Not.EqualTo(Verdict.Red));
        Assert.That(result.Findings.Where(f => f.Severity != Finding.Note && f.Code != "low-coverage"), Is.Empty);
        CalibrationResult again = System.Text.Json.JsonSerializer.Deserialize<CalibrationResult>(ResultFile.ToJson(result), ResultFile.Json)!;
        Assert.That(ResultFile.ToJson(again), Is.EqualTo(ResultFile.ToJson(result)), "the file holds all of it");
    }

    [Test]
    public void A_blurred_and_a_duplicate_view_are_named_and_left_out()
    {
        ImageSource blurred = Scene.Picture("blurred.jpg", Camera, BoardScene.Looking(Board, 0.4, 0.2, 0.3, 0.1), 77, blurPixels: 9);
        ImageSource twice = new("twice.jpg", Good.Value[2].Read);
        CalibrationResult result = IntrinsicsCalibration.Run("cam", [.. Good.Value, blurred, twice], [Board], LensModel.BrownConrady4);
        Assert.That(result.Findings, Has.Some.Matches<Finding>(f => f.Code == "blurred-view" && f.Subject == "blurred.jpg"));
        Assert.That(result.Findings, Has.Some.Matches<Finding>(f => f.Code == "duplicate-view" && f.Subject == "twice.jpg"));
        Assert.That(result.Views.Where(v => v.Image is "blurred.jpg" or "twice.jpg").Select(v => v.State), Is.EquivalentTo(new[] { "blurred", "duplicate" }));
    }

    [Test]
    public void A_view_by_another_camera_is_named_as_spoiled()
    {
        var other = new CameraModel(LensModel.BrownConrady4, 640, 480, [600, 602, 322, 236, 0.35, 0.3, 1e-2, 1e-2]);
        ImageSource odd = Scene.Picture("odd.jpg", other, BoardScene.Looking(Board, 0.36, 0.2, 0.3, 0.1), 78);
        CalibrationResult result = IntrinsicsCalibration.Run("cam", [.. Good.Value, odd], [Board], LensModel.BrownConrady4);
        Assert.That(result.Findings, Has.Some.Matches<Finding>(f => f.Code == "spoiled-view" && f.Subject == "odd.jpg"));
    }

    [TestCase("chessboard:10x7:25mm")]
    [TestCase("chessboard:8x6:25mm")]
    public void A_wrong_size_is_named_and_the_right_one_proposed(string text)
    {
        string said;
        try
        {
            CalibrationResult result = IntrinsicsCalibration.Run("cam", Good.Value, [TargetText.Read(text)], LensModel.BrownConrady4);
            Assert.That(result.Verdict.State, Is.EqualTo(Verdict.Red));
            said = string.Join(' ', result.Findings.Select(f => f.Sentence));
        }
        catch (CalibrationException e)
        {
            said = e.Message;
        }

        Assert.That(said, Does.Contain("chessboard:9x6:25mm"));
    }

    [Test]
    public void A_wrong_gap_between_tags_is_named_with_the_right_one()
    {
        Target printed = TargetText.Read("apriltag:36h11:5x4:36mm:12mm"), named = TargetText.Read("apriltag:36h11:5x4:36mm:9mm");
        var scene = new BoardScene(printed);
        ImageSource[] pictures = [.. SimulatedViews.Poses(printed, 5, 0.45, new Random(3)).Select((p, i) => scene.Picture($"tag{i}.jpg", Camera, p, i))];
        CalibrationResult result = IntrinsicsCalibration.Run("cam", pictures, [named], LensModel.BrownConrady4);
        Finding finding = result.Findings.Single(f => f.Code == "wrong-board");
        Assert.That(finding.Sentence, Does.Match(@"gap would be (11\.[5-9]|12\.[0-4]) mm"));
        Assert.That(result.Verdict.State, Is.EqualTo(Verdict.Red));
    }

    // What is printed, what is named, what is said. Columns, rows, dictionary or family, and the marker's part of a square.
    [TestCase("charuco:7x5:36mm:27mm:5x5_100", "charuco:6x5:36mm:27mm:5x5_100", "charuco:7x5:36mm:27mm:5x5_100")]
    [TestCase("charuco:7x5:36mm:27mm:5x5_100", "charuco:7x4:36mm:27mm:5x5_100", "charuco:7x5:36mm:27mm:5x5_100")]
    [TestCase("charuco:7x5:36mm:27mm:5x5_100", "charuco:5x7:36mm:27mm:5x5_100", "charuco:7x5:36mm:27mm:5x5_100")]
    [TestCase("charuco:7x5:36mm:27mm:5x5_100", "charuco:7x5:36mm:27mm:4x4_50", "charuco:7x5:36mm:27mm:5x5_")]
    [TestCase("charuco:7x5:36mm:27mm:5x5_100", "charuco:7x5:36mm:30mm:5x5_100", "charuco:7x5:36mm:27mm:5x5_100")]
    [TestCase("apriltag:36h11:5x4:36mm:12mm", "apriltag:36h11:6x4:36mm:12mm", "apriltag:36h11:5x4:36mm:12mm")]
    [TestCase("apriltag:36h11:5x4:36mm:12mm", "apriltag:36h11:4x5:36mm:12mm", "apriltag:36h11:5x4:36mm:12mm")]
    [TestCase("apriltag:36h11:5x4:36mm:12mm", "apriltag:36h11:5x3:36mm:12mm", "apriltag:36h11:5x4:36mm:12mm")]
    [TestCase("apriltag:36h11:5x4:36mm:12mm", "apriltag:25h9:5x4:36mm:12mm", "apriltag:36h11:5x4:36mm:12mm")]
    public void Another_board_of_markers_than_the_named_one_is_named_with_the_right_one(string printed, string named, string proposed)
    {
        Assert.That(MarkerBoardAdvice.Find(TargetText.Read(printed), Pictures(printed)), Is.Null, "the right board raises no suspicion");
        string said;
        try
        {
            CalibrationResult result = IntrinsicsCalibration.Run("cam", Pictures(printed), [TargetText.Read(named)], LensModel.BrownConrady4);
            Assert.That(result.Verdict.State, Is.EqualTo(Verdict.Red));
            said = string.Join(' ', result.Findings.Select(f => f.Sentence));
        }
        catch (CalibrationException e)
        {
            said = e.Message;
        }

        Assert.That(said, Does.Contain("--target").And.Contain(proposed));
    }

    [TestCase("charuco:7x5:36mm:27mm:5x5_100")]
    [TestCase("apriltag:36h11:5x4:36mm:12mm")]
    public void Blurred_and_duplicate_views_of_markers_are_named_too(string text)
    {
        Target board = TargetText.Read(text);
        ImageSource blurred = new BoardScene(board).Picture("blurred.jpg", Camera, BoardScene.Looking(board, 0.42, 0.2, 0.25, 0.1), 77, blurPixels: 9);
        CalibrationResult result = IntrinsicsCalibration.Run("cam", [.. Pictures(text), blurred, new("twice.jpg", Pictures(text)[2].Read)], [board], LensModel.BrownConrady4);
        Assert.That(result.Views.Single(v => v.Image == "twice.jpg").State, Is.EqualTo("duplicate"));
        string state = result.Views.Single(v => v.Image == "blurred.jpg").State;
        TestContext.Out.WriteLine(state);
        Assert.That(state, Is.Not.EqualTo("used"), "a blurred marker is not read at all, or its edges are wide, or its corners are off");
        Assert.That(state == "no-target" || result.Findings.Any(f => f.Subject == "blurred.jpg"), "and it is named");
        Assert.That(result.Findings, Has.Some.Matches<Finding>(f => f.Code == "duplicate-view" && f.Subject == "twice.jpg"));
    }

    private static readonly Dictionary<string, ImageSource[]> s_markers = [];

    private static ImageSource[] Pictures(string text)
    {
        lock (s_markers)
        {
            if (!s_markers.TryGetValue(text, out ImageSource[]? made))
            {
                Target board = TargetText.Read(text);
                var scene = new BoardScene(board);
                made = s_markers[text] = [.. SimulatedViews.Poses(board, 6, 0.45, new Random(3)).Select((p, i) => scene.Picture($"marker{i}.jpg", Camera, p, i))];
            }

            return made;
        }
    }

    [Test]
    public void Pictures_of_two_sizes_are_refused_with_the_odd_one_named()
    {
        var small = new CameraModel(LensModel.Pinhole, 320, 240, [300, 300, 160, 120]);
        ImageSource odd = Scene.Picture("small.jpg", small, BoardScene.Looking(Board, 0.5, 0.1, 0.1, 0), 1);
        Assert.That(() => IntrinsicsCalibration.Run("cam", [.. Good.Value, odd], [Board], null), Throws.TypeOf<CalibrationException>().With.Message.StartsWith("small.jpg"));
    }
}
