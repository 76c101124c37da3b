using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Benchmarks.Episodes;

/// <summary>The streams that are recorded here.</summary>
internal static class BenchStreams
{
    public static EpisodeIdentity Identity { get; } = new(new Guid("6f1b2d8e-3c47-4f0a-9d15-8a7be0c4d911"), new EpisodeAnchor(new HostTime(0)), 1_763_828_400_000_000_000, "bench");

    public static CameraFrameStream Camera(string name, int maxBytes, double rateHz = 30, double bytesPerSecond = 0) => new()
    {
        Name = name,
        Device = new DeviceIdentity("bench", null, null),
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.MidExposure,
        Latency = new LatencyRange(Duration.FromMilliseconds(5), Duration.FromMilliseconds(40)),
        RateHz = rateHz,
        Counted = false,
        MaxRowBytes = maxBytes,
        BytesPerSecond = bytesPerSecond > 0 ? bytesPerSecond : maxBytes * rateHz,
        WidthPx = 1280,
        HeightPx = 720,
        Encoding = "mjpeg",
    };

    public static ImuStream Imu(string name, double rateHz = 1000) => new()
    {
        Name = name,
        Device = new DeviceIdentity("bench", null, null),
        Clock = new ClockDomain("board", ClockFeed.OneWay, 1_000_000, 64),
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.FirstSample,
        RateHz = rateHz,
        Counted = true,
        MaxRowBytes = 64,
        BytesPerSecond = 64 * rateHz,
    };

    public static JointStateStream Joints(string name) => new()
    {
        Name = name,
        Device = new DeviceIdentity("bench", null, null),
        Clock = new ClockDomain("host", ClockFeed.Host, 1e9, 64),
        StampSource = StampSource.ExchangeMidpoint,
        StampInstant = StampInstant.RequestProcessed,
        RateHz = 200,
        Counted = true,
        MaxRowBytes = 200,
        BytesPerSecond = 40_000,
        Joints = ["base", "shoulder", "elbow", "wrist", "roll", "tip", "gripper"],
    };

    public static AudioPeriodStream Audio(string name) => new()
    {
        Name = name,
        Device = new DeviceIdentity("bench", null, null),
        Clock = new ClockDomain("room", ClockFeed.OneWay, 48_000, 64),
        StampSource = StampSource.Kernel,
        StampInstant = StampInstant.FirstSample,
        RateHz = 100,
        Counted = true,
        MaxRowBytes = 480 * 2 * 2,
        BytesPerSecond = 48_000 * 4,
        SampleRateHz = 48_000,
        Channels = 2,
        Format = AudioSampleFormat.S16,
        PeriodFrames = 480,
    };

    /// <summary>An IMU's schema and a temperature: 64 bytes a row, and one bit.</summary>
    public static ArrowSchema ImuOf64Bytes(string name)
    {
        ArrowSchema imu = ImuSchema.For(Imu(name), Identity);
        return new ArrowSchema([.. imu.Fields, new ArrowField("temperature", ArrowType.Float32) { Metadata = ArrowMetadata.Of(("unit", "K")) }], imu.Metadata);
    }
}
