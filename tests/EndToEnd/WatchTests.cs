using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>
/// One recording of cameras that ffmpeg serves and microphones behind ALSA's file plugin. Each but the quiet ones fails in a way of its own between the seventh and the eleventh second of its life, and
/// recovers. The cameras see a still scene with a sensor's noise.
/// </summary>
internal sealed class WatchTests
{
    private const double FailsAt = 7;
    private const double RecoversAt = 11;
    private static readonly string[] s_cameras = ["frozen", "black", "saturated", "still"];

    private Scratch _scratch = null!;
    private Finished _record = null!;
    private EpisodeReader _episode = null!;

    [OneTimeSetUp]
    public void Record()
    {
        _scratch = new Scratch("watch");
        var serving = new List<Process>();
        using var stop = new CancellationTokenSource();
        var speaking = new List<Thread>();
        try
        {
            var streams = new List<string>();
            foreach (string camera in s_cameras)
            {
                int port = FreePort();
                serving.Add(Serve(camera, port));
                streams.Add(string.Create(CultureInfo.InvariantCulture, $"  {camera}: {{kind: camera, url: \"http://127.0.0.1:{port}/cam.mjpg\", fps: 30}}"));
            }

            foreach (string microphone in (string[])["silent", "clipped"])
            {
                using Process made = Process.Start("mkfifo", [_scratch[microphone]]);
                made.WaitForExit();
                streams.Add($"  {microphone}: {{kind: microphone, device: \"{microphone}mic\", rate: 16000, channels: 1}}");
                var thread = new Thread(() => Speak(microphone, stop.Token)) { IsBackground = true };
                thread.Start();
                speaking.Add(thread);
            }

            File.WriteAllText(_scratch["asound.conf"], $$"""
                </usr/share/alsa/alsa.conf>
                pcm.silentmic {
                type file
                slave.pcm null
                file "/dev/null"
                infile "{{_scratch["silent"]}}"
                format raw
                }
                pcm.clippedmic {
                type file
                slave.pcm null
                file "/dev/null"
                infile "{{_scratch["clipped"]}}"
                format raw
                }
                """);
            File.WriteAllText(_scratch["rig.yaml"], "rig: watch\nstreams:\n" + string.Join('\n', streams) + "\n");
            _record = Programs.Run(
                "dotnet", [Programs.CaptureDll, "record", _scratch["rig.yaml"], "--seconds", "13", "--out", _scratch["out"]], environment: new Dictionary<string, string> { ["ALSA_CONFIG_PATH"] = _scratch["asound.conf"] });
            _episode = EpisodeReader.Open(CaptureProgram.EpisodeOf(_scratch["out"]));
        }
        finally
        {
            stop.Cancel();
            foreach (Process process in serving)
            {
                process.Kill();
                process.WaitForExit();
                process.Dispose();
            }

            speaking.ForEach(thread => thread.Join(1000));
        }

        TestContext.Out.WriteLine(_record);
    }

    [OneTimeTearDown]
    public void Close()
    {
        _episode?.Dispose();
        _scratch?.Dispose();
    }

    [TestCase("frozen")]
    [TestCase("black")]
    [TestCase("saturated")]
    [TestCase("silent")]
    [TestCase("clipped")]
    public void What_fails_is_found_within_two_seconds_shown_and_marked_with_its_end(string name)
    {
        Assert.That(_record.Exit, Is.Zero, _record.ToString());
        ManifestMark mark = (_episode.Manifest.Marks ?? []).Single(m => m.Stream == name);
        TestContext.Out.WriteLine(FormattableString.Invariant($"{name}: from {mark.FromNs / 1e9:F3} to {mark.UntilNs / 1e9:F3} s, found {(mark.FoundNs - mark.FromNs) / 1e9:F3} s after it began"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mark.Mark, Is.EqualTo(name));
            Assert.That((mark.FoundNs - mark.FromNs) / 1e9, Is.InRange(0, 2));
            Assert.That((mark.UntilNs - mark.FromNs) / 1e9, Is.EqualTo(RecoversAt - FailsAt).Within(1.1), "pictures are looked at twice a second, clipping in half seconds; the machine may be busy");
            Assert.That(_record.Errors, Does.Contain($"  {name}: {name}"), "the operator's line");
            Assert.That(_record.Output, Does.Match($" {name} +{name} +from "), "the summary");
        }
    }

    [Test]
    public void A_still_but_noisy_scene_raises_no_alarm_and_the_others_have_one_each()
    {
        string[] marked = [.. (_episode.Manifest.Marks ?? []).Select(m => m.Stream)];
        Assert.That(marked, Is.EquivalentTo(new[] { "frozen", "black", "saturated", "silent", "clipped" }));
    }

    /// <summary>The rows themselves say from where to where the camera repeated itself.</summary>
    [Test]
    public void The_frozen_rows_are_those_that_are_equal()
    {
        ManifestMark mark = _episode.Manifest.Marks!.Single(m => m.Stream == "frozen");
        EpisodeStream stream = _episode.Stream("frozen");
        var pictures = new List<(long Sequence, long Host, byte[] Picture)>();
        foreach (Capture.Arrow.RecordBatch batch in stream.ReadAll())
        {
            for (int i = 0; i < batch.Rows; i++)
            {
                pictures.Add((batch.Column(CommonColumns.Sequence).Values<long>()[i], batch.Column(CommonColumns.HostTime).Values<long>()[i], batch.Column(CameraFrameSchema.Data).Bytes(i).ToArray()));
            }
        }

        int first = pictures.FindIndex(p => p.Sequence == mark.FromSequence);
        int after = pictures.FindIndex(p => p.Sequence == mark.UntilSequence);
        Assert.That(pictures[first].Host - stream.Info.Episode.Anchor.Origin.Nanoseconds, Is.EqualTo(mark.FromNs));
        Assert.That(pictures[first..after].Select(p => p.Picture), Is.All.EqualTo(pictures[first].Picture));
        Assert.That(pictures[first - 1].Picture, Is.Not.EqualTo(pictures[first].Picture));
        Assert.That(pictures[after].Picture, Is.Not.EqualTo(pictures[first].Picture));
    }

    [Test]
    public void Verify_and_info_tell_of_the_marks()
    {
        Finished verify = CaptureProgram.Run("verify", _episode.Folder, "--json");
        Assert.That(verify.Exit, Is.Zero, verify.ToString());
        JsonElement[] findings = [.. JsonDocument.Parse(verify.Output).RootElement.GetProperty("findings").EnumerateArray()];
        Assert.That(
            findings.Where(f => f.GetProperty("severity").GetString() == "warning").Select(f => f.GetProperty("place").GetString()),
            Is.EquivalentTo(new[] { "stream 'frozen'", "stream 'black'", "stream 'saturated'", "stream 'silent'", "stream 'clipped'" }));
        Finished info = CaptureProgram.Run("info", _episode.Folder);
        Assert.That(info.Output, Does.Match(@"black +black +from \d+\.\d{3} s to \d+\.\d{3} s"));
    }

    // A grey scene; noise comes on top of everything, except where the camera freezes. `-re` runs from the moment at which the recorder connects.
    private static Process Serve(string camera, int port)
    {
        string between = string.Create(CultureInfo.InvariantCulture, $"between(t,{FailsAt},{RecoversAt})");
        string fill = camera switch { "black" => $"drawbox=color=black:t=fill:enable='{between}',", "saturated" => $"drawbox=color=white:t=fill:enable='{between}',", _ => "" };
        string noise = camera == "frozen" ? $"noise=alls=10:allf=t:enable='not({between})'" : "noise=alls=10:allf=t";
        Process process = Process.Start(new ProcessStartInfo(
            "ffmpeg",
            [
                "-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", $"color=gray:size=320x240:rate=30,{fill}{noise}", "-c:v", "mjpeg", "-q:v", "4", "-f", "mpjpeg", "-listen", "1",
                $"http://127.0.0.1:{port}/cam.mjpg",
            ]) { UseShellExecute = false })!;
        WaitUntilItListens(port, process);
        return process;
    }

    // ffmpeg serves one client: a probe would be it.
    private static void WaitUntilItListens(int port, Process process)
    {
        string listening = string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4} 00000000:0000 0A");
        for (int i = 0; i < 1500 && !File.ReadAllText("/proc/net/tcp").Contains(listening, StringComparison.Ordinal); i++)
        {
            Assert.That(process.HasExited, Is.False, "ffmpeg ended");
            Thread.Sleep(10);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>10 ms of sound every 10 ms, from the moment at which somebody listens; a constant while the microphone is silent.</summary>
    private void Speak(string microphone, CancellationToken stop)
    {
        const int Rate = 16_000;
        var random = new Random(7);
        byte[] period = new byte[Rate / 100 * 2];
        try
        {
            // Reading and writing: opening does not wait for the other end.
            using var fifo = new FileStream(_scratch[microphone], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            Stopwatch? since = null;
            for (long written = 0; !stop.IsCancellationRequested;)
            {
                double t = written / (double)Rate;
                bool fails = t is >= FailsAt and < RecoversAt;
                for (int i = 0; i < period.Length; i += 2)
                {
                    double sample = fails ? (microphone == "silent" ? 0.001 : Math.Clamp(3 * (random.NextDouble() - 0.5), -1, 0.99997)) : 0.02 * (random.NextDouble() - 0.5);
                    BinaryPrimitives.WriteInt16LittleEndian(period.AsSpan(i), (short)(sample * 32768));
                }

                fifo.Write(period);
                written += period.Length / 2;
                since ??= Stopwatch.StartNew();
                int ahead = (int)((written * 1000 / Rate) - since.ElapsedMilliseconds);
                Thread.Sleep(Math.Max(ahead, 0));
            }
        }
        catch (IOException e)
        {
            TestContext.Out.WriteLine($"{microphone}: {e.Message}");
        }
    }
}
