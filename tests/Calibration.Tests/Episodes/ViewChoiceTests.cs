using Calibration.Detection;
using Calibration.Episodes;
using Calibration.Results;
using Calibration.Targets;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;

namespace Calibration.Tests.Episodes;

/// <summary>The rule by which views are taken from a recording, on corners without pictures. Does not prove that the views taken make a good lens: the recordings of the end-to-end tests do.</summary>
internal sealed class ViewChoiceTests
{
    private const long FrameNs = 33_000_000;

    private static readonly Target Board = TargetText.Read("chessboard:9x6:25mm");
    private static readonly CameraModel Camera = new(LensModel.BrownConrady5, 640, 480, [560, 560, 320, 240, -0.2, 0.05, 0, 0, 0]);

    [Test]
    public void Of_each_rest_one_picture_is_taken_and_none_of_the_moves_between()
    {
        // 12 rests of 8 pictures, 10 pictures of moving between two.
        var poses = new List<(Pose Pose, bool Rests)>();
        for (int rest = 0; rest < 12; rest++)
        {
            poses.AddRange(Enumerable.Repeat((At(rest), true), 8));
            poses.AddRange(Enumerable.Range(1, 10).Select(i => (Pose.Interpolate(At(rest), At(rest + 1), i / 11.0), false)));
        }

        ViewChoice choice = ViewChoice.Of([.. poses.Select((p, i) => See(p.Pose, i))], [Board]);
        Assert.That(choice.Chosen, Has.Count.EqualTo(12));
        Assert.That(choice.Chosen.Select(i => i / 18), Is.EqualTo(Enumerable.Range(0, 12)), "one of each rest, in order of time");
        Assert.That(choice.Chosen.All(i => poses[i].Rests));
    }

    [Test]
    public void A_blurred_picture_is_not_taken_however_far_from_the_others_it_is()
    {
        DetectedImage[] images = [.. Enumerable.Range(0, 60).Select(i => See(At(i / 5), i, edgeWidth: i / 5 == 7 ? 4 : 2))];
        Assert.That(ViewChoice.Of(images, [Board]).Chosen.Select(i => i / 5), Does.Not.Contain(7).And.Contain(6).And.Contain(8));
    }

    [Test]
    public void Where_nothing_rests_the_slower_pictures_are_taken()
    {
        // Back and forth, fast in the middle.
        DetectedImage[] images = [.. Enumerable.Range(0, 240).Select(i => See(Pose.Interpolate(At(0), At(3), 0.5 - (0.5 * Math.Cos(i * 0.11))), i))];
        ViewChoice choice = ViewChoice.Of(images, [Board]);
        double fast = Enumerable.Range(0, images.Length).Average(i => choice.MovedPixels(i)!.Value);
        Assert.That(choice.Candidates, Is.EqualTo(120));
        Assert.That(choice.Chosen, Is.Not.Empty);
        Assert.That(choice.Chosen.Average(i => choice.MovedPixels(i)!.Value), Is.LessThan(fast));
    }

    [Test]
    public void No_more_are_taken_than_are_of_use()
    {
        DetectedImage[] images = [.. Enumerable.Range(0, 500).Select(i => See(At(i / 5), i))];
        ViewChoice choice = ViewChoice.Of(images, [Board]);
        Assert.That(choice.Chosen, Has.Count.EqualTo(ViewChoice.MostViews));
        Assert.That(choice.Coverage(), Is.GreaterThan(0.5));
    }

    [Test]
    public void Without_the_target_nothing_is_taken()
    {
        DetectedImage[] images = [.. Enumerable.Range(0, 9).Select(i => See(At(0), i) with { Sightings = [BoardSighting.None] })];
        Assert.That(ViewChoice.Of(images, [Board]).Chosen, Is.Empty);
        Assert.That(ViewChoice.Of([], [Board]).Sentence, Does.StartWith("0 pictures looked at"));
    }

    [Test]
    public void A_target_that_looks_the_same_turned_gives_no_poses()
    {
        Target even = TargetText.Read("chessboard:8x6:25mm");
        var lens = new CameraResult("c", 640, 480, "brown-conrady-5", Camera.Lens.ParameterNames, Camera.Parameters.ToArray(), null);
        Assert.That(() => new TargetTrack(lens, even, 0, []), Throws.TypeOf<CalibrationException>().With.Message.Contains("turned"));
    }

    [Test]
    public void The_sigma_of_a_corner_is_found_from_the_poses_residuals()
    {
        var random = new Random(4);
        DetectedImage[] images = [.. Enumerable.Range(0, 40).Select(i => See(At(i), i, noise: () => 0.2 * Intrinsics.SimulatedViews.Normal(random)))];
        var lens = new CameraResult("c", 640, 480, "brown-conrady-5", Camera.Lens.ParameterNames, Camera.Parameters.ToArray(), null);
        var track = new TargetTrack(lens, Board, 0, images);
        Assert.That(track.CornerSigma, Is.EqualTo(0.2).Within(0.01));

        // The six numbers of a pose scatter as the covariance says.
        double[] change = new double[6];
        double chi2 = 0;
        for (int i = 0; i < images.Length; i++)
        {
            At(i).ChangeTo(track.Sightings[i].Pose, change);
            chi2 += Enumerable.Range(0, 6).Sum(k => change[k] * change[k] / (0.04 * track.Sightings[i].Covariance[(k * 6) + k]));
        }

        Assert.That(chi2 / (6 * images.Length), Is.InRange(0.6, 1.5));
    }

    private static Pose At(int view)
    {
        double Wave(double f, double amplitude) => amplitude * Math.Sin(1 + (f * view));
        return BoardScene.Looking(Board, 0.5 + Wave(1.3, 0.1), Wave(2.1, 0.5), Wave(2.9, 0.5), Wave(0.7, 0.4), Wave(1.7, 0.2), Wave(2.3, 0.15));
    }

    private static DetectedImage See(Pose pose, int frame, double edgeWidth = 2, Func<double>? noise = null)
    {
        Corner[] corners = [.. Board.Points.Select((p, id) => Camera.Project(pose * p, out double u, out double v) ? new Corner(id, u + (noise?.Invoke() ?? 0), v + (noise?.Invoke() ?? 0)) : default)];
        return new DetectedImage(
            new ImageSource($"day.episode:front#{frame}", () => [], frame * FrameNs), new InputFile($"{frame}", 0, ""), 640, 480, [new BoardSighting(corners) { EdgeWidth = edgeWidth }]);
    }
}
