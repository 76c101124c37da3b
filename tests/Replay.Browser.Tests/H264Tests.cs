using System.Diagnostics;
using System.Text.Json;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Replay.Browser.Tests.Pages;
using Replay.Browser.Tests.Processes;

namespace Replay.Browser.Tests;

/// <summary>
/// A camera whose pictures depend on each other, encoded by x264 with a key frame every 15: picture n is a plane of grey n, and the grey is read out of the canvas.
/// </summary>
internal sealed class H264Tests
{
    private const int Pictures = 90;
    private const int KeyEvery = 15;
    private const long PeriodNs = 33_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("replay-h264-").FullName;
    private ReplayProcess _server = null!;
    private Tab _tab = null!;

    [OneTimeSetUp]
    public async Task Open()
    {
        Record(_folder);
        _server = new ReplayProcess(_folder);
        _tab = await Bench.Chromium.Open(_server.Address);
        await _tab.OpenEpisode("grey");
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_tab is not null)
        {
            await _tab.DisposeAsync();
        }

        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Every_sought_instant_shows_its_picture()
    {
        var random = new Random(7);
        for (int i = 0; i < 15; i++)
        {
            int n = random.Next(Pictures);
            Assert.That(await GreyAt((n * PeriodNs) + random.Next((int)PeriodNs)), Is.EqualTo(n), $"seek {i}");
        }
    }

    [Test]
    public async Task Steps_back_across_key_frames_show_every_picture()
    {
        await _tab.Page.Keyboard.PressAsync("1");
        int n = 50;
        await GreyAt(n * PeriodNs);
        for (int i = 1; i <= 40; i++)
        {
            await _tab.Step("ArrowLeft");
            Assert.That(await Grey(), Is.EqualTo(n - i));
        }

        Assert.That(_tab.Complaints, Is.Empty);
    }

    private async Task<int> GreyAt(long timeNs)
    {
        await _tab.Ask("async (t) => { await window.__replay.seek(t); return 'null'; }", timeNs);
        return await Grey();
    }

    // Video levels: black is 16, white 235, and picture n has 16 + 2n.
    private async Task<int> Grey()
    {
        JsonElement value = await _tab.Ask("() => JSON.stringify(window.__replay.canvas('wide').getContext('2d').getImageData(100, 100, 1, 1).data[1])");
        return (int)Math.Round(value.GetDouble() * 219 / 255 / 2);
    }

    private static void Record(string folder)
    {
        using var recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = folder, Name = "grey", BufferMb = 256 });
        ICameraFrameSink sink = recorder.Open(new CameraFrameStream
        {
            Name = "wide", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.Arrival,
            Counted = false, MaxRowBytes = 100_000, BytesPerSecond = 300_000, WidthPx = 320, HeightPx = 240, Encoding = "h264",
        });
        recorder.Arm();
        List<byte[]> units = Encode();
        Assert.That(units, Has.Count.EqualTo(Pictures));
        for (int n = 0; n < units.Count; n++)
        {
            HostTime at = recorder.Anchor.Origin + new Duration(n * PeriodNs);
            Assert.That(sink.Append(new SampleStamp(n, 0, null, at, at), units[n], n % KeyEvery == 0), Is.True);
        }

        recorder.Stop(StopReason.Operator);
        recorder.Seal();
    }

    /// <summary>Access units in Annex B form. The encoder is told to begin each with a delimiter: there they are cut.</summary>
    private static List<byte[]> Encode()
    {
        using var encoder = Process.Start(new ProcessStartInfo(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "color=size=320x240:rate=30:duration=3", "-vf", "format=yuv420p,geq=lum='16+2*N':cb=128:cr=128",
                "-c:v", "libx264", "-profile:v", "baseline", "-crf", "5", "-x264-params", $"keyint={KeyEvery}:min-keyint={KeyEvery}:scenecut=0:bframes=0:aud=1:repeat-headers=1", "-f", "h264", "-",
            ])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        using var stream = new MemoryStream();
        encoder.StandardOutput.BaseStream.CopyTo(stream);
        encoder.WaitForExit();
        byte[] bytes = stream.ToArray();
        var starts = new List<int>();
        for (int at = 0; at + 5 <= bytes.Length; at++)
        {
            if (bytes.AsSpan(at).StartsWith([(byte)0, (byte)0, (byte)0, (byte)1, (byte)9]))
            {
                starts.Add(at);
            }
        }

        return [.. starts.Select((from, i) => bytes[from..(i + 1 < starts.Count ? starts[i + 1] : bytes.Length)])];
    }
}
