using System.Text.Json;
using System.Text.RegularExpressions;
using Calibration.Results;
using Capture.Episodes.Reading;
using EndToEnd.Processes;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>
/// Calibration from a recording, all of it by the real programs: the bench rig's hand holds a chessboard before two cameras, `capture record` records it, `calibrate` finds lenses, camera poses, hand-eye
/// and latencies, and each is within reach of its σ of the truth. What this does not prove: anything of real lenses, print, light or motion blur; the pictures are rendered, and their noise is white.
/// </summary>
internal sealed class TargetRecordingTests
{
    private const ulong Seed = 7;
    private const int Seconds = 24;
    private const string Model = "brown-conrady-5";

    private readonly Scratch _scratch = new("target");
    private CalibrationTruth _truth = null!;
    private string _episode = "";
    private Finished _live = null!;

    [OneTimeSetUp]
    public void Record()
    {
        using var rig = new RigProcess(_scratch["rig"], Seed, "--target", "hand", "--without", "board,mocap,room,leader");

        // Of the camera at the side nothing is declared: what it is late by is all of its latency.
        string yaml = File.ReadAllText(rig.RigFile);
        File.WriteAllText(rig.RigFile, Regex.Replace(yaml, "(side: .*), latency_ms: {[^}]*}", "$1"));
        _truth = new CalibrationTruth(rig.Folder);
        (RunningProgram recording, _episode) = CaptureProgram.StartRecording(rig, _scratch["out"], "side", "--seconds", $"{Seconds}");
        using (recording)
        {
            using var following = new RunningProgram(
                "dotnet", [Programs.CalibrateDll, "intrinsics", "--episode", _episode, "--camera", "side", "--live", "--target", _truth.Target, "--model", Model, "--out", _scratch["live.json"]]);
            Finished recorded = recording.WaitForExit(TimeSpan.FromSeconds(Seconds + 60));
            Assert.That(recorded.Exit, Is.Zero, recorded.ToString());
            _live = following.WaitForExit(TimeSpan.FromSeconds(60));
        }

        rig.End();
        Finished made = Calibrate(
            "rig", "--camera", "front", "--camera", "side", "--model", Model, "--out", _scratch["rig.json"], "--report", _scratch["rig.html"]);
        Assert.That(made.Exit, Is.Zero, made.ToString());
    }

    [OneTimeTearDown]
    public void Remove() => _scratch.Dispose();

    [Test]
    public void A_lens_is_found_from_a_recording_that_still_grows()
    {
        Assert.That(_live.Exit, Is.Zero, _live.ToString());
        TestContext.Out.WriteLine(_live.Errors);
        Assert.That(Regex.Count(_live.Errors, "pictures looked at"), Is.GreaterThan(2), "it tells how far it is");
        CameraResult lens = ResultFile.Read(_scratch["live.json"]).Cameras.Single();
        Assert.That(lens.Name, Is.EqualTo("side"));
        _truth.ExpectLens(lens, 2);
    }

    [Test]
    public void A_lens_is_found_from_views_that_are_sharp_still_and_apart()
    {
        Finished made = Calibrate("intrinsics", "--camera", "front", "--model", Model, "--out", _scratch["front.json"], "--report", _scratch["front.html"]);
        Assert.That(made.Exit, Is.Zero, made.ToString());
        CalibrationResult result = ResultFile.Read(_scratch["front.json"]);
        _truth.ExpectLens(result.Cameras.Single(), 1.5);
        long[] stamps = [.. result.Views.Select(v => v.StampNs!.Value)];
        string html = File.ReadAllText(_scratch["front.html"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stamps, Has.Length.InRange(15, 40), "one view of each rest, not every picture");
            Assert.That(stamps.Zip(stamps.Skip(1), (a, b) => b - a), Is.All.GreaterThan(200_000_000L));
            Assert.That(result.Settings["views"], Does.Contain("sharp and still"));
            Assert.That(Regex.Count(html, "data:image/jpeg"), Is.GreaterThanOrEqualTo(8), "the views are shown");
        }

        Finished again = Programs.Run("dotnet", [Programs.CalibrateDll, "report", _scratch["front.json"], "--out", _scratch["again.html"]]);
        Assert.That(again.Exit, Is.Zero, again.ToString());
        Assert.That(Regex.Count(File.ReadAllText(_scratch["again.html"]), "data:image/jpeg"), Is.EqualTo(Regex.Count(html, "data:image/jpeg")), "the pictures are found again in the episode");
    }

    [Test]
    public void The_cameras_of_a_rig_are_found()
    {
        CalibrationResult rig = ResultFile.Read(_scratch["rig.json"]);
        foreach (CameraResult camera in rig.Cameras)
        {
            _truth.ExpectLens(camera, 1);
        }

        _truth.ExpectPose(rig.Transforms.Single(), _truth.CameraPose("front").Inverse() * _truth.CameraPose("side"), 1, 3);
    }

    [Test]
    public void The_camera_beside_the_robot_and_the_board_in_its_hand_are_found()
    {
        Finished made = Calibrate("hand-eye", "--camera", "front", "--robot", "follower.state", "--lens", _scratch["rig.json"], "--setup", "eye-to-hand", "--out", _scratch["he.json"]);
        Assert.That(made.Exit, Is.Zero, made.ToString());
        CalibrationResult result = ResultFile.Read(_scratch["he.json"]);
        _truth.ExpectPose(result.Transforms.Single(t => t.Name == "T_base_camera"), _truth.CameraPose("front"), 1, 3);
        _truth.ExpectPose(result.Transforms.Single(t => t.Name == "T_gripper_target"), _truth.TargetPose, 1, 3);
    }

    [TestCase("side", "no latency_ms was declared")]
    public void How_late_a_camera_stamps_is_found_from_its_pictures(string camera, string declared)
    {
        Finished made = Calibrate("latency", "--camera", camera, "--robot", "follower.state", "--lens", _scratch["rig.json"], "--out", _scratch["lag.json"]);
        Assert.That(made.Exit, Is.Zero, made.ToString());
        LagResult lag = ResultFile.Read(_scratch["lag.json"]).Lags.Single();
        using EpisodeReader episode = EpisodeReader.Open(_episode);
        double truth = TrueLag.OfCamera(episode, _scratch["rig"], camera, "follower"), error = lag.LagNs - truth;
        TestContext.Out.WriteLine(FormattableString.Invariant($"{camera}: {lag.LagNs / 1e6:0.00} ± {lag.SigmaNs / 1e6:0.00} ms, truly {truth / 1e6:0.00} ms: {error / lag.SigmaNs:0.0} σ"));
        Assert.That(Math.Abs(error), Is.LessThan(CalibrationTruth.Reach * lag.SigmaNs!.Value));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lag.SigmaNs, Is.LessThan(3e6));
            Assert.That(Math.Abs(error), Is.LessThan(3e6), "the joints' own 2 ms, and room for a busy machine");
        }

        Assert.That(made.Errors, Does.Contain($"For rig.yaml: {camera}: {{latency_ms: {{min: ").And.Contain(declared));
    }

    [Test]
    public void Each_picture_is_told_with_its_time()
    {
        Finished made = Calibrate("detect", "--camera", "side", "--json");
        JsonElement[] images = [.. JsonDocument.Parse(made.Output).RootElement.GetProperty("images").EnumerateArray()];
        Assert.That(images.Count(i => i.GetProperty("corners").GetArrayLength() == 54), Is.GreaterThan(images.Length / 2));
        Assert.That(images.Select(i => i.GetProperty("stamp_ns").GetInt64()), Is.Ordered.Ascending.And.Unique);
    }

    [TestCase(1, "its cameras: ", "intrinsics", "--camera", "none")]
    [TestCase(1, "is no camera", "intrinsics", "--camera", "follower.state")]
    [TestCase(1, "no stream 'leader.state'", "latency", "--camera", "front", "--robot", "leader.state")]
    [TestCase(2, "--episode needs --camera", "intrinsics")]
    public void What_the_episode_has_not_is_said(int exit, string said, params string[] arguments)
    {
        Finished made = Calibrate(arguments);
        Assert.That(made.Errors, Does.Contain(said));
        Assert.That(made.Exit, Is.EqualTo(exit));
    }

    private Finished Calibrate(params string[] arguments)
    {
        Finished made = Programs.Run("dotnet", [Programs.CalibrateDll, arguments[0], "--episode", _episode, "--target", _truth.Target, .. arguments[1..]], TimeSpan.FromMinutes(3));
        TestContext.Out.WriteLine($"calibrate {arguments[0]}: {made.Took.TotalSeconds:0.0} s");
        return made;
    }
}
