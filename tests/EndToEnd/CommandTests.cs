using System.Text.Json;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Tests.Foreign;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>The commands that read an episode, on the one that was recorded live.</summary>
internal sealed class CommandTests
{
    private static LiveRecording Live => LiveRecording.Shared;

    [Test]
    public void Verify_finds_nothing_wrong()
    {
        Finished verify = CaptureProgram.Run("verify", Live.Episode, "--pictures", "--json");
        JsonElement json = JsonDocument.Parse(verify.Output).RootElement;
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
        Assert.That(json.GetProperty("good").GetBoolean(), Is.True);
    }

    [Test]
    public void Verify_finds_one_changed_byte()
    {
        string copy = Live["changed.episode"];
        Assert.That(Programs.Run("cp", ["-r", Live.Episode, copy]).Exit, Is.Zero);
        string file = Path.Combine(copy, "streams", "mocap.arrow");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        Finished verify = CaptureProgram.Run("verify", copy);
        Assert.That(verify.Exit, Is.EqualTo(1), verify.ToString());
        Assert.That(verify.Output, Does.Contain("mocap").And.Contain("checksum"));
    }

    [Test]
    public void Info_shows_the_streams()
    {
        Finished info = CaptureProgram.Run("info", Live.Episode, "--json");
        Assert.That(info.Exit, Is.Zero, info.ToString());
        string[] names = [.. JsonDocument.Parse(info.Output).RootElement.GetProperty("files").EnumerateArray().Select(s => s.GetProperty("stream").GetString()!)];
        Assert.That(names, Is.SupersetOf((string[])["front", "wrist", "room", "mocap", "board.imu", "board.trigger", "leader.state", "follower.state", "follower.command", "clock.host", "ledger"]));
        Assert.That(CaptureProgram.Run("info", Live.Episode).Output, Does.Contain("sealed").And.Contain("pick the cube"));
    }

    [Test]
    public void A_recording_says_how_its_calibrations_stood_and_goes_without_only_where_nobody_asked()
    {
        JsonElement calibration = JsonDocument.Parse(File.ReadAllText(Path.Combine(Live.Episode, "episode.json"))).RootElement.GetProperty("calibration");
        using var scratch = new Scratch("required");
        using var rig = new RigProcess(scratch["rig"], LiveRecording.Seed);
        Finished refused = CaptureProgram.RunWith(rig, "record", rig.RigFile, "--seconds", "1", "--out", scratch["out"], "--require-calibration");
        rig.End();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(calibration.GetProperty("state").GetString(), Is.EqualTo("amber"), "the bench rig has none");
            Assert.That(calibration.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("stream").GetString()), Is.EquivalentTo((string[])["front", "wrist"]));
            Assert.That(CaptureProgram.Run("info", Live.Episode).Output, Does.Contain("amber when it began; front has no calibration"));
            Assert.That(refused.Exit, Is.EqualTo(1), refused.ToString());
            Assert.That(refused.Errors, Does.Contain("a calibration is required: front has no calibration"));
            Assert.That(Directory.Exists(scratch["out"]) && Directory.GetDirectories(scratch["out"]).Length > 0, Is.False, "nothing was recorded");
        }
    }

    [Test]
    public void Align_makes_a_grid_and_another_streams_rows()
    {
        string grid = Live["grid.arrow"];
        string front = Live["front.arrow"];
        Finished toGrid = CaptureProgram.Run("align", Live.Episode, "--rate", "30", "--out", grid, "--json");
        Finished toFront = CaptureProgram.Run("align", Live.Episode, "--to", "front", "--out", front, "--json");
        using EpisodeReader episode = Live.Open();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(toGrid.Exit, Is.Zero, toGrid.ToString());
            Assert.That(toFront.Exit, Is.Zero, toFront.ToString());
            Assert.That(Rows(grid), Is.InRange(LiveRecording.Seconds * 30 * 0.9, LiveRecording.Seconds * 30 * 1.1));
            Assert.That(Rows(front), Is.EqualTo(episode.Stream("front").Rows));
        }

        ForeignReaders.Install();
        Assert.That(ForeignReaders.ReadWithArrowJs(front).Single().GetProperty("rows").GetArrayLength(), Is.EqualTo(episode.Stream("front").Rows));
    }

    [Test]
    public void Export_makes_a_video_of_as_many_frames_as_rows()
    {
        string? probe = Programs.Find("ffprobe");
        if (probe is null)
        {
            Assert.Ignore("ffprobe is not installed: the exported video cannot be counted by another program");
        }

        string folder = Live["mp4"];
        Finished export = CaptureProgram.Run("export", Live.Episode, "--as", "mp4", "--out", folder);
        Assert.That(export.Exit, Is.Zero, export.ToString());
        using EpisodeReader episode = Live.Open();
        foreach (string camera in (string[])["front", "wrist"])
        {
            string video = Directory.GetFiles(folder, camera + "*.mp4").Single();
            Finished counted = Programs.Run(probe, ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames,width,height", "-of", "csv=p=0", video]);
            Assert.That(counted.Output.Trim(), Is.EqualTo($"640,480,{episode.Stream(camera).Rows}"), counted.Errors);
        }
    }

    [Test]
    public void Cat_streams_what_another_implementation_reads()
    {
        ForeignReaders.Install();
        foreach (string stream in (string[])["mocap", "ledger"])
        {
            Finished cat = CaptureProgram.Run("cat", Path.Combine(Live.Episode, "streams", stream + ".arrow"));
            Assert.That(cat.Exit, Is.Zero, cat.Errors);
            string file = Live[stream + ".arrows"];
            File.WriteAllBytes(file, cat.OutputBytes);
            using EpisodeReader episode = Live.Open();
            Assert.That(ForeignReaders.ReadWithArrowJs(file).Single().GetProperty("rows").GetArrayLength(), Is.EqualTo(episode.Stream(stream).Rows));
        }
    }

    private static long Rows(string file)
    {
        using ArrowReader reader = ArrowReader.Open(file);
        return reader.Batches.Sum(b => b.Rows);
    }
}
