using System.Diagnostics;
using System.Globalization;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using EndToEnd.Processes;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>The real program with an encoder behind a camera, and with a file as a camera.</summary>
internal sealed class EncodingTests
{
    [Test]
    public void A_camera_recorded_as_h264_keeps_its_times_over_a_killed_encoder()
    {
        using var scratch = new Scratch("encoded");
        using var rig = new RigProcess(scratch["rig"], 11, "--without", "room,mocap,leader,follower");
        File.WriteAllText(rig.RigFile, File.ReadAllText(rig.RigFile).Replace("fps:", "encode: {quality: 18, key_every: 15}, fps:", StringComparison.Ordinal));
        (RunningProgram program, string folder) = CaptureProgram.StartRecording(rig, scratch["out"], "wrist", "--seconds", "6");
        using (program)
        {
            Thread.Sleep(1500);
            int[] encoders = EncodersOf(program.Id);
            Assert.That(encoders, Has.Length.EqualTo(2), "one a camera");
            Process.GetProcessById(encoders[0]).Kill();
            Finished record = program.WaitForExit(TimeSpan.FromSeconds(60));

            // 1: it says that it lost pictures of its own, where any were inside.
            Assert.That(record.Exit, Is.LessThanOrEqualTo(1), record.ToString());
        }

        rig.End();
        Finished verify = CaptureProgram.Run("verify", folder, "--pictures");
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
        foreach ((string name, byte camera) in ((string, byte)[])[("front", 1), ("wrist", 2)])
        {
            var stream = new RecordedStream(episode, name);
            long[] frames = FrameCodes.ReadH264(stream, camera);
            var truth = TruthLines.Read(rig.Folder, name).ToDictionary(l => l.Long("frame"), l => l.Long("exposure_start_ns"));
            ManifestStream listed = episode.Manifest.Streams.Single(s => s.Name == name);
            TestContext.Out.WriteLine($"{name}: {stream.Rows} rows; {string.Join(", ", listed.Counts!.Reasons!.Select(r => $"{r.Count} {r.Reason}"))}");
            using (Assert.EnterMultipleScope())
            {
                Assert.That(frames, Has.Length.EqualTo(stream.Rows), "rows are pictures");
                Assert.That(frames, Is.Ordered.Ascending.And.Unique);
                Assert.That(stream.Rows, Is.GreaterThan(100));
                Assert.That(listed.EncoderDepthFrames, Is.Positive);
            }

            stream.ExpectTimes(row => truth[frames[row]]);
        }

        Assert.That(
            episode.Manifest.Streams.Sum(s => s.Counts?.Reasons?.Where(r => r.Reason == "encoder").Sum(r => r.Count ?? 0) ?? 0), Is.LessThanOrEqualTo(4), "what was inside the killed one");
    }

    [Test]
    public void A_file_is_imported_whole_and_exported_with_its_own_times()
    {
        const string Video = "/usr/share/doc/opencv-doc/examples/data/tree.avi";
        if (!File.Exists(Video))
        {
            Assert.Ignore($"{Video} is not here: sudo apt-get install opencv-doc");
        }

        using var scratch = new Scratch("file");
        File.Copy(Video, Path.Combine(scratch.Folder, "tree.avi"));
        File.WriteAllText(scratch["rig.yaml"], """
            rig: import
            streams:
              clip:    {kind: camera, device: "ffmpeg:tree.avi", pace: fast}
              encoded: {kind: camera, device: "ffmpeg:./tree.avi", pace: fast, encode: h264}
            """);

        // No --seconds: it ends when the files do.
        Finished record = CaptureProgram.Run("record", scratch["rig.yaml"], "--out", scratch["out"], "--json");
        Assert.That(record.Exit, Is.Zero, record.ToString());
        string folder = CaptureProgram.EpisodeOf(scratch["out"]);
        Finished verify = CaptureProgram.Run("verify", folder, "--pictures");
        Finished export = CaptureProgram.Run("export", folder, "--as", "mp4", "--out", scratch["mp4"]);
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
        Assert.That(export.Exit, Is.Zero, export.ToString());
        long[] wanted = PtsUs(Video);
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Assert.That(episode.Manifest.Stopped, Is.EqualTo("sources-ended"));
        foreach (string name in (string[])["clip", "encoded"])
        {
            var stream = new RecordedStream(episode, name);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(stream.TimeNs.Select(t => (t - stream.TimeNs[0] + 500) / 1000), Is.EqualTo(wanted), name);
                Assert.That(stream.BoundNs, Has.All.Zero, "the file's own times are exact");
                Assert.That(PtsUs(Path.Combine(scratch["mp4"], name + ".mp4")), Is.EqualTo(wanted), name);
                Assert.That(episode.Stream(name).Schema.Metadata.Find(MetadataKeys.StampSource), Is.EqualTo("file"));
            }
        }
    }

    private static int[] EncodersOf(int program) =>
    [
        .. Directory.GetDirectories($"/proc/{program}/task").Select(task => Path.Combine(task, "children")).Where(File.Exists)
            .SelectMany(file => File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(id => File.Exists($"/proc/{id}/cmdline") && File.ReadAllText($"/proc/{id}/cmdline").Contains("libx264", StringComparison.Ordinal))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
    ];

    /// <summary>Times of a file's pictures by ffprobe, µs from the first.</summary>
    private static long[] PtsUs(string path)
    {
        Finished probe = Programs.Run("ffprobe", ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=time_base:packet=pts", "-of", "default=noprint_wrappers=1", path]);
        string[] lines = probe.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        decimal[] tick = [.. lines.Single(l => l.StartsWith("time_base=", StringComparison.Ordinal))[10..].Split('/').Select(n => decimal.Parse(n, CultureInfo.InvariantCulture))];
        long[] pts = [.. lines.Where(l => l.StartsWith("pts=", StringComparison.Ordinal)).Select(l => long.Parse(l[4..], CultureInfo.InvariantCulture))];
        return [.. pts.Select(p => (long)Math.Round((p - pts[0]) * 1_000_000m * tick[0] / tick[1]))];
    }
}
