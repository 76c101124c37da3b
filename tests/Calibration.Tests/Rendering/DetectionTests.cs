using Calibration.Detection;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Tests.Rendering;

/// <summary>Corners found in rendered pictures against where they are. Does not prove anything of lighting, print or paper.</summary>
public sealed class DetectionTests
{
    private static readonly CameraModel Camera = new(LensModel.BrownConrady4, 640, 480, [600, 602, 322, 236, -0.2, 0.05, 1e-3, -5e-4]);

    [TestCase("chessboard:9x6:25mm", 0.4, 54)]
    [TestCase("charuco:7x5:36mm:27mm:4x4_50", 0.4, 24)]
    [TestCase("charuco:5x8:28mm:21mm:5x5_100", 0.42, 28)]
    [TestCase("apriltag:36h11:5x4:36mm:12mm", 0.4, 80)]
    public void Finds_every_corner_where_it_is(string text, double distance, int count)
    {
        Target target = TargetText.Read(text);
        var scene = new BoardScene(target);
        var sum = new double[2];
        int n = 0;
        foreach ((double x, double y, double turn) in new[] { (0.3, -0.2, 0.1), (-0.25, 0.3, -0.2) })
        {
            Pose pose = BoardScene.Looking(target, distance, x, y, turn);
            BoardSighting seen = new BoardDetector([target]).Detect([scene.Picture("a.jpg", Camera, pose, 1)])[0].Sightings[0];
            Assert.That(seen.Corners, Has.Count.EqualTo(count));
            foreach (Corner corner in seen.Corners)
            {
                Assert.That(Camera.Project(pose * target.Points[corner.Id], out double u, out double v));
                Assert.That(Math.Abs(corner.U - u) + Math.Abs(corner.V - v), Is.LessThan(0.5), $"corner {corner.Id}");
                (sum[0], sum[1], n) = (sum[0] + corner.U - u, sum[1] + corner.V - v, n + 1);
            }

            Assert.That(seen.EdgeWidth, Is.InRange(0.5, 3.5));
        }

        TestContext.Out.WriteLine($"{text}: mean error {sum[0] / n:0.000} {sum[1] / n:0.000} px");
        Assert.That(Math.Abs(sum[0] / n), Is.LessThan(0.08), "a pixel origin that is off shows as a shift");
        Assert.That(Math.Abs(sum[1] / n), Is.LessThan(0.08));
    }

    [Test]
    public void Finds_a_board_of_which_half_is_outside_of_the_picture()
    {
        Target target = TargetText.Read("charuco:7x5:36mm:27mm:4x4_50");
        Pose pose = BoardScene.Looking(target, 0.3, 0.2, 0.1, 0, right: 0.55);
        BoardSighting seen = new BoardDetector([target]).Detect([new BoardScene(target).Picture("a.jpg", Camera, pose, 1)])[0].Sightings[0];
        Assert.That(seen.Corners.Count, Is.InRange(8, 20));
    }

    [Test]
    public void Finds_the_layout_of_old_boards_by_itself()
    {
        // The old layout of 5 × 8 is the new one with black and white exchanged: markers one square further. Seen here as markers only.
        var board = (CharucoBoard)TargetText.Read("charuco:5x8:28mm:21mm:5x5_100");
        foreach (bool old in new[] { false, true })
        {
            Pose pose = BoardScene.Looking(board, 0.45, 0.3, -0.2, 0.1);
            MarkerSighting[] markers = [.. Enumerable.Range(0, 20).Select(id => new MarkerSighting(id, [.. board.MarkerCorners(id, old)!.Select(p =>
            {
                Camera.Project(pose * p, out double u, out double v);
                return (u, v);
            })]))];
            var detector = new CharucoDetector(board);
            detector.FindLayout([markers]);
            Assert.That(detector.OldLayout, Is.EqualTo(old));
        }
    }

    [Test]
    public void An_april_tag_grid_that_counts_from_below_is_found_out()
    {
        var grid = (AprilTagGrid)TargetText.Read("apriltag:36h11:6x4:36mm:0.3");
        foreach (bool fromBelow in new[] { false, true })
        {
            Pose pose = BoardScene.Looking(grid, 0.5, 0.3, -0.2, 0.1);
            MarkerSighting[] tags = [.. Enumerable.Range(0, 24).Select(id => new MarkerSighting(id, [.. Enumerable.Range(0, 4).Select(k =>
            {
                Camera.Project(pose * grid.Points[(4 * grid.PlaceOf(id, fromBelow)) + k], out double u, out double v);
                return (u, v);
            })]))];
            var detector = new AprilTagDetector("36h11");
            detector.FindRows(grid, [tags]);
            Assert.That(detector.FromBelow, Is.EqualTo(fromBelow));
        }
    }

    [TestCase("chessboard:9x6", "side of a square")]
    [TestCase("chessboard:9x6:25", "25mm")]
    [TestCase("chessboard:25mm", "COLUMNSxROWS")]
    [TestCase("chess:9x6:25mm", "no target")]
    [TestCase("charuco:5x7:30mm:40mm:4x4_50", "smaller")]
    [TestCase("charuco:5x7:40mm:30mm", "dictionary")]
    [TestCase("apriltag:99h1:6x6:88mm:26.4mm", "36h11")]
    [TestCase("apriltag:36h11:6x6:88mm", "gap")]
    [TestCase("chessboard:900000000000x6:25mm", "out of range")]
    public void A_target_that_is_not_understood_is_refused_with_what_is_missing(string text, string words) =>
        Assert.That(() => TargetText.Read(text), Throws.TypeOf<CalibrationException>().With.Message.Contains(words));

    [Test]
    public void Bytes_that_are_no_picture_are_refused_and_named()
    {
        byte[] noise = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 37))];
        Assert.That(() => GrayImage.Decode(noise, "x.jpg"), Throws.TypeOf<CalibrationException>().With.Message.StartsWith("x.jpg"));
        Assert.That(() => GrayImage.Decode([], "y.png"), Throws.TypeOf<CalibrationException>());
    }
}
