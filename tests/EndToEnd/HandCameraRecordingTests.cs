using Calibration.Results;
using Capture.Episodes.Reading;
using EndToEnd.Processes;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>The other set-up, longer: a fisheye on the hand before a board on the table, a minute of it, and the latency that was found put into the clock model.</summary>
[Category("Long")]
[Explicit]
internal sealed class HandCameraRecordingTests
{
    [Test]
    public void A_camera_on_the_hand_is_found_and_its_latency_leaves_none_after_a_refit([Values(1UL, 2UL, 3UL)] ulong seed)
    {
        using var scratch = new Scratch("wrist");
        using var rig = new RigProcess(scratch["rig"], seed, "--target", "table", "--without", "front,board,mocap,room,leader");
        var truth = new CalibrationTruth(rig.Folder);
        Finished recorded = Programs.Run("dotnet", [Programs.CaptureDll, "record", rig.RigFile, "--seconds", "60", "--out", scratch["out"], "--json"], TimeSpan.FromMinutes(3));
        Assert.That(recorded.Exit, Is.Zero, recorded.ToString());
        string episode = CaptureProgram.EpisodeOf(scratch["out"]);
        rig.End();

        CalibrationResult Calibrate(string verb, params string[] more)
        {
            string result = scratch[verb + ".json"];
            Finished made = Programs.Run("dotnet", [Programs.CalibrateDll, verb, "--episode", episode, "--camera", "wrist", "--target", truth.Target, "--out", result, .. more], TimeSpan.FromMinutes(5));
            Assert.That(made.Exit, Is.Zero, made.ToString());
            TestContext.Out.WriteLine($"{made.Output}\n{made.Errors}");
            return ResultFile.Read(result);
        }

        truth.ExpectLens(Calibrate("intrinsics", "--model", "kannala-brandt").Cameras.Single(), 1.5);
        CalibrationResult hand = Calibrate("hand-eye", "--robot", "follower.state", "--lens", scratch["intrinsics.json"], "--setup", "eye-in-hand");
        truth.ExpectPose(hand.Transforms.Single(t => t.Name == "T_gripper_camera"), truth.CameraPose("wrist"), 1, 3);
        truth.ExpectPose(hand.Transforms.Single(t => t.Name == "T_base_target"), truth.TargetPose, 1.5, 3);

        string[] latency = ["--robot", "follower.state", "--lens", scratch["intrinsics.json"]];
        CalibrationResult found = Calibrate("latency", latency);
        using (EpisodeReader before = EpisodeReader.Open(episode))
        {
            double lag = TrueLag.OfCamera(before, rig.Folder, "wrist", "follower");
            Assert.That(Math.Abs(found.Lags[0].LagNs - lag), Is.LessThan(CalibrationTruth.Reach * found.Lags[0].SigmaNs!.Value));
        }

        string line = found.Findings.Single(f => f.Code == "latency_ms").Sentence;
        Finished refit = CaptureProgram.Run("refit", episode, "--latency", line[(line.LastIndexOf(' ') + 1)..]);
        Assert.That(refit.Exit, Is.Zero, refit.ToString());
        LagResult after = Calibrate("latency", latency).Lags[0];
        Assert.That(Math.Abs(after.LagNs), Is.LessThan(200_000), "ns; none is left");
    }
}
