using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Tests.Support;

/// <summary>One descriptor of every kind.</summary>
internal static class Streams
{
    public static readonly ClockDomain Board = new("board", ClockFeed.TwoWay, 1_000_000, 64);
    public static readonly ClockDomain Tracker = new("mocap", ClockFeed.OneWay, 1_000_000, 64);
    public static readonly ClockDomain Host = new("host", ClockFeed.Host, 1e9, 64);

    public static CameraFrameStream Camera(string name = "front", int maxBytes = 128 * 1024, double rate = 30) => new()
    {
        Name = name,
        Device = new DeviceIdentity("http://127.0.0.1:8101/stream", "test camera", "serial-1"),
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.MidExposure,
        Latency = new LatencyRange(Duration.FromMilliseconds(5), Duration.FromMilliseconds(40)),
        RateHz = rate,
        Counted = false,
        MaxRowBytes = maxBytes,
        BytesPerSecond = 60_000 * rate,
        WidthPx = 640,
        HeightPx = 480,
        Encoding = "mjpeg",
    };

    public static AudioPeriodStream Audio(string name = "room") => new()
    {
        Name = name,
        Device = new DeviceIdentity("hw:0", null, null),
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

    public static ImuStream Imu(string name = "board.imu") => new()
    {
        Name = name,
        Device = new DeviceIdentity("usb:2e8a:000a:E66138", "bridge", "E66138"),
        Clock = Board,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.FirstSample,
        RateHz = 1000,
        Counted = true,
        MaxRowBytes = 64,
        BytesPerSecond = 64_000,
    };

    public static TriggerEdgeStream Trigger(string name = "board.trigger") => new()
    {
        Name = name,
        Device = new DeviceIdentity("usb:2e8a:000a:E66138", "bridge", "E66138"),
        Clock = Board,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.Edge,
        Counted = true,
        MaxRowBytes = 32,
        BytesPerSecond = 1000,
    };

    public static ClockExchangeStream Exchange(string name = "clock.board") => new()
    {
        Name = name,
        Device = new DeviceIdentity("usb:2e8a:000a:E66138", "bridge", "E66138"),
        Clock = Board,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.Unknown,
        Counted = false,
        MaxRowBytes = 44,
        BytesPerSecond = 440,
    };

    public static MocapFrameStream Mocap(string name = "mocap") => new()
    {
        Name = name,
        Device = new DeviceIdentity("127.0.0.1", "NatNet", null),
        Clock = Tracker,
        StampSource = StampSource.Kernel,
        StampInstant = StampInstant.MidExposure,
        Latency = new LatencyRange(Duration.FromMilliseconds(1), Duration.FromMilliseconds(6)),
        RateHz = 120,
        Counted = true,
        MaxRowBytes = 2048,
        BytesPerSecond = 120 * 600,
        Bodies = ["gripper", "cube"],
        MaxMarkers = 32,
        UpAxis = "y",
    };

    public static JointStateStream Joints(string name = "arm") => new()
    {
        Name = name,
        Device = new DeviceIdentity("/dev/ttyUSB0", "dynamixel", null),
        Clock = Host,
        StampSource = StampSource.ExchangeMidpoint,
        StampInstant = StampInstant.RequestProcessed,
        RateHz = 200,
        Counted = true,
        MaxRowBytes = 200,
        BytesPerSecond = 40_000,
        Joints = ["base", "shoulder", "elbow", "wrist", "roll", "tip", "gripper"],
    };

    public static JointCommandStream Command(string name = "arm.command") => new()
    {
        Name = name,
        Device = new DeviceIdentity("/dev/ttyUSB0", "dynamixel", null),
        Clock = Host,
        StampSource = StampSource.ExchangeMidpoint,
        StampInstant = StampInstant.RequestProcessed,
        RateHz = 200,
        Counted = true,
        MaxRowBytes = 80,
        BytesPerSecond = 16_000,
        Joints = ["base", "shoulder", "elbow", "wrist", "roll", "tip", "gripper"],
    };
}
