using Calibration.Checking;
using Calibration.Results;
using Calibration.Tests.Episodes;
using Calibration.Tests.Rendering;
using Capture.Core.Geometry;
using Capture.Episodes.Schema;

namespace Calibration.Tests.Checking;

/// <summary>Rendered ordinary episodes of two and three cameras, one of which was turned by a known small angle after the calibration.</summary>
[NonParallelizable]
internal sealed class RigCheckTests
{
    private const int Moments = 2;

    private static readonly CameraModel Lens = new(LensModel.BrownConrady4, 640, 480, [600, 602, 322, 236, -0.2, 0.05, 1e-3, -5e-4]);
    private static readonly Pose[] Places = [Pose.Identity, new(Rotation.FromRotationVector(new(0.01, -0.08, 0.02)), new(0.12, 0.005, 0.01)), new(Rotation.FromRotationVector(new(-0.08, 0.01, 0.01)), new(0.03, 0.14, 0.02))];
    private static readonly string[] Names = ["left", "right", "below"];
    private static readonly Dictionary<string, byte[]> s_pictures = [];

    private string _folder = "";

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("rig-check").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Cameras_that_stand_as_calibrated_are_green()
    {
        CheckedCalibration found = Check(3, -1, default);
        TestContext.Out.WriteLine(string.Join('\n', found.Measures.Select(m => m.Sentence)));
        Assert.That(found.State, Is.EqualTo(Verdict.Green), found.Sentence);
        Assert.That(found.Measures, Has.Count.EqualTo(3));
        foreach (CheckedMeasure m in found.Measures)
        {
            Assert.That(m.Value, Is.LessThan(0.6), m.Sentence);
            Assert.That(m.Low95, Is.LessThanOrEqualTo(m.Value));
            Assert.That(m.High95, Is.GreaterThanOrEqualTo(m.Value));
        }
    }

    // One degree up at 600 px of focal length is 10 px.
    [TestCase(1, 1.0, 0.0, 0.0, Verdict.Red)]
    [TestCase(1, 0.0, 0.0, 1.5, Verdict.Red)]
    [TestCase(0, -1.0, 0.0, 0.0, Verdict.Red)]
    [TestCase(1, 0.2, 0.0, 0.0, Verdict.Amber)]
    public void A_camera_that_was_turned_is_named(int camera, double upDeg, double rightDeg, double clockwiseDeg, string state)
    {
        CheckedCalibration found = Check(3, camera, new Vector3d(upDeg, rightDeg, clockwiseDeg) * (Math.PI / 180));
        TestContext.Out.WriteLine(found.Sentence + "\n" + string.Join('\n', found.Measures.Select(m => m.Sentence)));
        Assert.That(found.State, Is.EqualTo(state), found.Sentence);
        Assert.That(found.Sentence, Does.StartWith($"{Names[camera]} {(state == Verdict.Red ? "has" : "may have")} moved"));
        CheckedMeasure whole = found.Measures.Single(m => !m.Name.Contains(Names[camera], StringComparison.Ordinal));
        Assert.That(whole.State, Is.EqualTo(Verdict.Green), "the pair without it");
    }

    [Test]
    public void Of_two_cameras_alone_both_are_named_and_the_turn_is_measured()
    {
        CheckedCalibration found = Check(2, 1, new Vector3d(Math.PI / 180, 0, 0));
        Assert.That(found.State, Is.EqualTo(Verdict.Red));
        Assert.That(found.Sentence, Does.Contain("left or right has moved").And.Contain("right seems turned by").And.Contain("mostly up"));
        double turned = double.Parse(System.Text.RegularExpressions.Regex.Match(found.Sentence, @"turned by ([\d.]+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(turned, Is.EqualTo(1).Within(0.1), found.Sentence);
    }

    // Side by side, a turn to the right moves points along their epipolar lines: only its second order shows.
    [Test]
    public void A_turn_along_the_epipolar_lines_is_seen_by_the_fit()
    {
        CheckedCalibration found = Check(2, 1, new Vector3d(0, 2 * Math.PI / 180, 0));
        Assert.That(found.State, Is.EqualTo(Verdict.Amber).Or.EqualTo(Verdict.Red), found.Sentence);
        Assert.That(found.Sentence, Does.Contain("to the right"));
    }

    [Test]
    public void What_cannot_be_told_says_why()
    {
        CalibrationResult rig = Rig(2);
        string other = Episode(2, -1, default, width: 320);
        string away = Write(rig with { Cameras = [rig.Cameras[0], rig.Cameras[1] with { Name = "top" }], Transforms = [rig.Transforms[0] with { Child = "top" }] }, "away.json");
        string blind = Episode(2, 1, new Vector3d(0, Math.PI, 0), name: "blind");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(EpisodeCheck.Run(other, [Write(rig, "rig.json")])[0], Has.Property("State").EqualTo(Verdict.Red).And.Property("Sentence").Contains("320 × 240 pixels, and its calibration holds for 640 × 480"));
            Assert.That(EpisodeCheck.Run(other, [away])[0], Has.Property("State").EqualTo(EpisodeCheck.Unknown).And.Property("Sentence").Contains("no stream 'top'"));
            Assert.That(EpisodeCheck.Run(blind, [Write(rig, "rig.json")])[0], Has.Property("State").EqualTo(EpisodeCheck.Unknown).And.Property("Sentence").Contains("too little in common"));
        }
    }

    private CheckedCalibration Check(int cameras, int turned, Vector3d turn) => EpisodeCheck.Run(Episode(cameras, turned, turn), [Write(Rig(cameras), "rig.json")])[0];

    private static CalibrationResult Rig(int cameras) => new()
    {
        Kind = "rig",
        Verdict = new Verdict(Verdict.Green, ["Good to use."]),
        Cameras = [.. Enumerable.Range(0, cameras).Select(c => new CameraResult(Names[c], Lens.Width, Lens.Height, Lens.Lens.Name, Lens.Lens.ParameterNames, Lens.Parameters.ToArray(), null))],
        Transforms = [.. Enumerable.Range(1, cameras - 1).Select(c => RigPose.Write(Names[0], Names[c], Places[c], null))],
    };

    private string Write(CalibrationResult result, string name)
    {
        string path = Path.Combine(_folder, name);
        ResultFile.Write(path, result);
        return path;
    }

    // The rig as a whole is carried along a little: the pictures of its moments differ.
    private string Episode(int cameras, int turned, Vector3d turn, int width = 640, string name = "day")
    {
        using var episode = new RecordedEpisode(_folder, name);
        CameraModel lens = width == 640 ? Lens : new(LensModel.Pinhole, width, width * 3 / 4, [300, 300, 160, 120]);
        ICameraFrameSink[] sinks = [.. Names.Take(cameras).Select(n => episode.Camera(n, lens.Width, lens.Height, 30))];
        episode.Arm();
        for (int m = 0; m < Moments; m++)
        {
            for (int c = 0; c < cameras; c++)
            {
                Pose place = c == turned ? Places[c] with { Rotation = Rotation.FromRotationVector(turn) * Places[c].Rotation } : Places[c];
                Pose carried = new(Rotation.FromRotationVector(new(0, 0.05 * m, 0)), new(0.08 * m, 0, 0.05 * m));
                string key = $"{width} {m} {carried * place}";
                byte[] picture = s_pictures.TryGetValue(key, out byte[]? made) ? made : s_pictures[key] = TexturedScene.Bench(7).Picture(lens, carried * place, (10 * m) + c);
                sinks[c].Append(episode.At(m + (0.004 * c)), picture, keyFrame: true);
            }
        }

        return episode.Finish();
    }
}
