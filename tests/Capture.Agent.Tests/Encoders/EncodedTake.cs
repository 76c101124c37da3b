using System.Diagnostics;
using System.Globalization;
using Capture.Agent.Encoders;
using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Verification;
using Capture.Simulation.Cameras;

namespace Capture.Agent.Tests.Encoders;

/// <summary>One recording of a raw camera through an encoder. Each picture carries its number as a frame code, and has a time of its own.</summary>
internal sealed class EncodedTake : IDisposable
{
    public const int Width = FrameCode.WidthPixels;
    public const int Height = 64;
    private const byte Camera = 7;
    private const long PeriodNs = 10_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("encoded-").FullName;

    /// <summary>Sequence of each row.</summary>
    public long[] Sequence { get; private set; } = [];

    /// <summary>Host time of each row, from the first picture's.</summary>
    public long[] HostNs { get; private set; } = [];

    /// <summary>The number in each picture, as it decodes.</summary>
    public long[] Codes { get; private set; } = [];

    public ManifestStream Stream { get; private set; } = null!;

    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    /// <summary>The time that a picture was given: uneven, so that a shift by one shows.</summary>
    public static long TimeOf(long n) => (n * PeriodNs) + (n % 7 * 311_000);

    /// <summary>Records so many pictures, 100 a second, and reads them back.</summary>
    /// <param name="at">Called before each picture with its number and the encoder.</param>
    public static EncodedTake Record(EncodeOptions options, int pictures, Action<int, EncodedCamera> at)
    {
        var take = new EncodedTake();
        using (EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = take._folder, Name = "take", BufferMb = 128, BufferSeconds = 1 }))
        {
            using var encoders = new EncodingSinks(recorder, new Dictionary<string, EncodeOptions>(StringComparer.Ordinal) { ["front"] = options }, HostClock.System);
            ICameraFrameSink sink = encoders.Open(Raw());
            EncodedCamera camera = encoders.Cameras[0];
            recorder.Arm();
            HostTime begin = recorder.Anchor.Origin;
            byte[] picture = new byte[Width * Height];
            for (int n = 0; n < pictures; n++)
            {
                at(n, camera);
                Draw(picture, (uint)n);
                HostTime time = begin + new Duration(TimeOf(n));
                sink.Append(new SampleStamp(n, 0, null, time, time), picture, keyFrame: true);
                sink.Tick(HostClock.System.Now);
                Thread.Sleep((int)(PeriodNs / 1_000_000));
            }

            encoders.Drain();
            recorder.Stop(StopReason.Operator);
            recorder.Seal();
        }

        take.Read(pictures);
        return take;
    }

    public static void Send(string signal, int process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>What holds whatever happened: rows are pictures, each its own, each at its own time, and the books balance.</summary>
    public void ExpectTruth(int pictures)
    {
        TestContext.Out.WriteLine($"{Sequence.Length} of {pictures} rows; {string.Join(", ", Stream.Counts!.Reasons!.Select(r => $"{r.Count} {r.Stage} {r.Reason} in {r.Entries}"))}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Codes, Is.EqualTo(Sequence), "each row's picture is the one that its sequence names");
            Assert.That(HostNs, Is.EqualTo(Sequence.Select(TimeOf)), "and its time is that picture's");
            Assert.That(Sequence, Is.Ordered.Ascending.And.Unique);
            Assert.That(Stream.Counts.Produced, Is.EqualTo(pictures));
            Assert.That(Stream.Counts.Unknown, Is.Zero);
            Assert.That(Stream.Counts.Reasons, Has.All.Matches<ManifestLoss>(r => r is { Stage: "encoder", Reason: "encoder", Evidence: "counter" }));
            Assert.That(Findings.Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CameraFrameStream Raw() => new()
    {
        Name = "front",
        Device = new DeviceIdentity("test", null, null),
        StampSource = StampSource.Kernel,
        StampInstant = StampInstant.EndOfFrame,
        Clock = new ClockDomain("front", ClockFeed.Host, 1e9, 64),
        Counted = true,
        RateHz = 1e9 / PeriodNs,
        MaxRowBytes = Width * Height,
        BytesPerSecond = Width * Height * 100,
        WidthPx = Width,
        HeightPx = Height,
        Encoding = "grey",
    };

    private static void Draw(byte[] picture, uint number)
    {
        uint[] pixels = new uint[picture.Length];
        Array.Fill(pixels, 0xFF808080);
        FrameCode.Draw(pixels, Width, Camera, number);
        for (int i = 0; i < picture.Length; i++)
        {
            picture[i] = (byte)pixels[i];
        }
    }

    private void Read(int pictures)
    {
        string folder = Path.Combine(_folder, "take.episode");
        Findings = EpisodeVerifier.Verify(folder, new VerifyOptions(DecodePictures: true));
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Stream = episode.Manifest.Streams.Single(s => s.Name == "front");
        var sequence = new List<long>();
        var host = new List<long>();
        using var units = new MemoryStream();
        foreach (RecordBatch batch in episode.Stream("front").ReadAll())
        {
            sequence.AddRange(batch.Column(CommonColumns.Sequence).Values<long>());
            host.AddRange(batch.Column(CommonColumns.HostTime).Values<long>());
            for (int i = 0; i < batch.Rows; i++)
            {
                units.Write(batch.Column(CameraFrameSchema.Data).Bytes(i));
            }
        }

        long origin = episode.Manifest.Anchor.MonotonicNs;
        (Sequence, HostNs, Codes) = ([.. sequence], [.. host.Select(h => h - origin)], Decode(units.ToArray()));
        Assert.That(Sequence, Has.Length.LessThanOrEqualTo(pictures));
    }

    private static long[] Decode(byte[] stream)
    {
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", "-v error -f h264 -i pipe:0 -fps_mode passthrough -f rawvideo -pix_fmt gray pipe:1") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Task feeding = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(stream);
            process.StandardInput.Close();
        });
        using var pixels = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(pixels);
        process.WaitForExit();
        feeding.Wait();
        return [.. pixels.ToArray().Chunk(Width * Height).Select(gray => FrameCode.TryReadGray(gray, Width, Height, out byte camera, out uint frame) && camera == Camera ? frame : -1L)];
    }
}
