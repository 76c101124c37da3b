using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Calibration.Tests.Episodes;

/// <summary>An episode made of pictures, joints and sound that a test made: recorded by the real recorder, at times that the test says.</summary>
internal sealed class RecordedEpisode : IDisposable
{
    private static readonly LatencyRange s_latency = new(Duration.Zero, Duration.FromMilliseconds(1));

    private readonly EpisodeRecorder _recorder;
    private readonly HostTime _origin;
    private long _rows;

    public RecordedEpisode(string folder, string name = "day")
    {
        _recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = folder, Name = name, BufferMb = 256, BufferSeconds = 20, DurableEveryMs = 60_000 });
        _origin = _recorder.Anchor.Origin + Duration.FromSeconds(1);
    }

    public string Folder => _recorder.Folder;

    public ICameraFrameSink Camera(string name, int width, int height, double rate, string encoding = "mjpeg") => _recorder.Open(new CameraFrameStream
    {
        Name = name, Device = Device(name), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.MidExposure, Latency = s_latency, RateHz = rate, Counted = false,
        MaxRowBytes = 256 * 1024, BytesPerSecond = 100_000 * rate, WidthPx = width, HeightPx = height, Encoding = encoding,
    });

    public IMocapFrameSink Mocap(string name, string body) => _recorder.Open(new MocapFrameStream
    {
        Name = name, Device = Device(name), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.MidExposure, Latency = s_latency, RateHz = 100, Counted = false,
        MaxRowBytes = 512, BytesPerSecond = 20_000, Bodies = [body], MaxMarkers = 1, UpAxis = "z",
    });

    public IAudioPeriodSink Sound(string name, int periodFrames) => _recorder.Open(new AudioPeriodStream
    {
        Name = name, Device = Device(name), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.FirstSample, Latency = s_latency, RateHz = 48_000.0 / periodFrames, Counted = false,
        MaxRowBytes = periodFrames * 2, BytesPerSecond = 96_000, SampleRateHz = 48_000, Channels = 1, Format = AudioSampleFormat.S16, PeriodFrames = periodFrames,
    });

    public void Arm() => _recorder.Arm();

    public SampleStamp At(double seconds)
    {
        HostTime t = _origin + new Duration((long)(seconds * 1e9));
        return new SampleStamp(_rows++, 0, null, t, t);
    }

    /// <summary>Waits until the writer has caught up: nothing is lost on a busy machine.</summary>
    public void Pace()
    {
        foreach (StreamStatistics stream in _recorder.Statistics)
        {
            while (stream.Read(_recorder.Anchor.Origin) is var status && status.QueuedBatches > status.PoolBatches / 2)
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Seals it; the folder stays.</summary>
    public string Finish()
    {
        _recorder.Stop(StopReason.Seconds);
        EpisodeManifest manifest = _recorder.Seal();
        Assert.That(manifest.Streams.Sum(s => s.Counts?.Dropped ?? 0), Is.Zero, "the recorder kept up");
        return Folder;
    }

    public void Dispose() => _recorder.Dispose();

    private static DeviceIdentity Device(string name) => new($"test:{name}", "rendered", name);
}
