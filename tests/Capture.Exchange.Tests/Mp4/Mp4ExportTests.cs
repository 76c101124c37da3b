using System.Diagnostics;
using System.Globalization;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Exchange.Mp4;

namespace Capture.Exchange.Tests.Mp4;

/// <summary>The video against its table, read back by ffprobe.</summary>
public sealed class Mp4ExportTests
{
    private static readonly List<string> _folders = [];

    [OneTimeTearDown]
    public void Remove() => _folders.ForEach(f => Directory.Delete(f, recursive: true));

    [Test]
    public void Every_row_is_one_frame_at_its_own_time()
    {
        string folder = Directory.CreateTempSubdirectory("export-").FullName;
        try
        {
            byte[] jpeg = Jpeg();
            using (EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = folder, Name = "take", BufferMb = 64, BufferSeconds = 0.5 }))
            {
                ICameraFrameSink camera = recorder.Open(Camera());
                recorder.Arm();
                HostTime t = recorder.Anchor.Origin;
                for (int i = 0; i < 40; i++)
                {
                    // Uneven steps, and a gap of half a second: a lost picture is a longer frame.
                    t += new Duration(33_333_333 + (i % 3 * 1_234_567) + (i == 20 ? 500_000_000 : 0));
                    byte[] picture = i == 5 ? [1, 2, 3] : jpeg;
                    camera.Append(new SampleStamp(i, 0, null, t, t), picture, true);
                    Thread.Sleep(2);
                }

                recorder.Stop(StopReason.Operator);
                recorder.Seal();
            }

            using EpisodeReader episode = EpisodeReader.Open(Path.Combine(folder, "take.episode"));
            ExportedVideo video = Mp4Export.Write(episode, Path.Combine(folder, "out")).Single();
            string[] lines = File.ReadAllLines(video.Table);
            long[] table = [.. lines.Skip(1).Select(l => l.Split(',')).Where(f => f[0].Length > 0).Select(f => long.Parse(f[7], CultureInfo.InvariantCulture))];
            (long[] pts, int keys) = Probe(video.Video);
            long[] times = episode.Stream("front").ReadTimes();
            Assert.Multiple(() =>
            {
                Assert.That(lines[0], Is.EqualTo(Mp4Export.Header));
                Assert.That(lines, Has.Length.EqualTo(41));
                Assert.That(video.Frames, Is.EqualTo(39));
                Assert.That(video.Undecodable, Is.EqualTo(1));
                Assert.That(lines[6], Does.StartWith(",5,"), "the picture that is none has a row and no frame");
                Assert.That(pts, Is.EqualTo(table));
                Assert.That(pts[20] * 1000, Is.EqualTo(times[21] - times[0]).Within(1000));
                Assert.That(keys, Is.EqualTo(4), "a key frame every 10");
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void H264_is_copied_unit_by_unit_with_its_own_times()
    {
        byte[] stream = Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=30:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "0", "-g", "10", "-x264-params", "aud=1:repeat-headers=1", "-f", "h264", "-");
        byte[][] units = Units(stream);
        Assert.That(units, Has.Length.EqualTo(30));

        // What is no access unit, and what depends on it, has rows and no frames: they would be others' pictures.
        units[14] = [1, 2, 3];
        (ExportedVideo video, string[] lines, long[] pts, int keys) = Export("h264", units, i => i % 10 == 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((video.Frames, video.Undecodable), Is.EqualTo((24L, 6L)));
            Assert.That(lines, Has.Length.EqualTo(31));
            Assert.That(pts, Is.EqualTo(lines.Skip(1).Select(l => l.Split(',')).Where(f => f[0].Length > 0).Select(f => long.Parse(f[7], CultureInfo.InvariantCulture))));
            Assert.That(keys, Is.EqualTo(3));
            Assert.That(Run("ffmpeg", "-v", "error", "-i", video.Video, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"), Has.Length.EqualTo(24 * 64 * 48), "each decodes");
        }
    }

    [Test]
    public void Depth_stays_lossless()
    {
        byte[] depth = new byte[64 * 48 * 2];
        new Random(9).NextBytes(depth);
        var encoder = new Media.Png.DepthPng(64, 48);
        byte[][] pictures = [.. Enumerable.Range(0, 5).Select(i => { depth[0] = (byte)i; return encoder.Encode(depth, 128).ToArray(); })];
        (ExportedVideo video, _, long[] pts, _) = Export("png", pictures, _ => true);
        byte[] back = Run("ffmpeg", "-v", "error", "-i", video.Video, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray16le", "-");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pts, Has.Length.EqualTo(5));
            Assert.That(back[^depth.Length..], Is.EqualTo(depth));
        }
    }

    private static (ExportedVideo Video, string[] Lines, long[] Pts, int Keys) Export(string encoding, byte[][] pictures, Func<int, bool> isKey)
    {
        string folder = Directory.CreateTempSubdirectory("export-").FullName;
        _folders.Add(folder);
        using (EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = folder, Name = "take", BufferMb = 64, BufferSeconds = 0.5 }))
        {
            ICameraFrameSink camera = recorder.Open(Camera() with { Encoding = encoding });
            recorder.Arm();
            HostTime t = recorder.Anchor.Origin;
            for (int i = 0; i < pictures.Length; i++)
            {
                t += new Duration(33_333_333 + (i % 3 * 1_234_567));
                camera.Append(new SampleStamp(i, 0, null, t, t), pictures[i], isKey(i));
                Thread.Sleep(2);
            }

            recorder.Stop(StopReason.Operator);
            recorder.Seal();
        }

        using EpisodeReader episode = EpisodeReader.Open(Path.Combine(folder, "take.episode"));
        ExportedVideo video = Mp4Export.Write(episode, Path.Combine(folder, "out")).Single();
        (long[] pts, int keys) = Probe(video.Video);
        return (video, File.ReadAllLines(video.Table), pts, keys);
    }

    // Each unit begins with a delimiter: there they are cut.
    private static byte[][] Units(byte[] stream)
    {
        int[] starts = [.. Enumerable.Range(0, stream.Length - 4).Where(at => stream.AsSpan(at).StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 1, 9]))];
        return [.. starts.Select((from, i) => stream[from..(i + 1 < starts.Length ? starts[i + 1] : stream.Length)])];
    }

    private static CameraFrameStream Camera() => new()
    {
        Name = "front",
        Device = new DeviceIdentity("test", null, null),
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.Arrival,
        Counted = false,
        MaxRowBytes = 64 * 1024,
        BytesPerSecond = 100_000,
        WidthPx = 64,
        HeightPx = 48,
        Encoding = "mjpeg",
    };

    private static byte[] Jpeg() => Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:d=1", "-frames:v", "1", "-f", "mjpeg", "-");

    private static (long[] Pts, int Keys) Probe(string path)
    {
        string text = System.Text.Encoding.ASCII.GetString(Run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,flags", "-of", "csv=p=0", path));
        string[][] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim(',').Split(','))];
        return ([.. lines.Select(l => long.Parse(l[0], CultureInfo.InvariantCulture))], lines.Count(l => l[1].StartsWith('K')));
    }

    private static byte[] Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            return bytes.ToArray();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"{program} is not installed: sudo apt-get install ffmpeg");
            throw;
        }
    }
}
