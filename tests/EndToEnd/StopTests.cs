using System.Text.Json;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>How a recording ends, and that nobody disturbs one that runs.</summary>
internal sealed class StopTests
{
    private Scratch _scratch = null!;
    private RigProcess _rig = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _scratch = new Scratch("stop");
        _rig = new RigProcess(_scratch["rig"], 3);
    }

    [OneTimeTearDown]
    public void End()
    {
        _rig?.Dispose();
        _scratch?.Dispose();
    }

    [TestCase("INT")]
    [TestCase("TERM")]
    public void A_signal_ends_the_recording_cleanly(string signal)
    {
        (RunningProgram recorder, string folder) = CaptureProgram.StartRecording(_rig, _scratch["out-" + signal], "mocap");
        using (recorder)
        {
            Thread.Sleep(500);
            recorder.Signal(signal);
            Finished ended = recorder.WaitForExit(TimeSpan.FromSeconds(5));
            Assert.That(ended.Exit, Is.Zero, ended.ToString());
            Assert.That(JsonDocument.Parse(ended.Output).RootElement.GetProperty("stopped").GetString(), Is.EqualTo("operator"));
        }

        using EpisodeReader episode = EpisodeReader.Open(folder);
        Assert.That(episode.Manifest.State, Is.EqualTo(EpisodeState.Sealed));
        Finished verify = CaptureProgram.Run("verify", folder);
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
    }

    [Test]
    public void While_one_records_recovery_and_a_second_recorder_are_refused()
    {
        (RunningProgram recorder, string folder) = CaptureProgram.StartRecording(_rig, _scratch["out-held"], "mocap");
        using (recorder)
        {
            Finished recover = CaptureProgram.Run("recover", folder);
            Finished second = CaptureProgram.RunWith(_rig, "record", _rig.RigFile, "--seconds", "1", "--out", _scratch["out-second"]);
            Finished info = CaptureProgram.Run("info", folder);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(recover.Exit, Is.EqualTo(3), recover.ToString());
                Assert.That(recover.Errors, Does.Contain(Path.GetFileName(folder)).And.Contain("record"));
                Assert.That(second.Exit, Is.EqualTo(3), second.ToString());
                Assert.That(second.Errors, Does.Contain("board.tty").And.Contain("leader.tty").And.Contain("use"));
                Assert.That(Directory.Exists(_scratch["out-second"]) && Directory.GetDirectories(_scratch["out-second"]).Length > 0, Is.False, "no episode is begun without its devices");
                Assert.That(info.Exit, Is.Zero, info.ToString());
                Assert.That(info.Output, Does.Contain("recording now"));
            }

            recorder.Signal("INT");
            Finished ended = recorder.WaitForExit(TimeSpan.FromSeconds(5));
            Assert.That(ended.Exit, Is.Zero, ended.ToString());
        }

        Finished verify = CaptureProgram.Run("verify", folder);
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
    }
}
