using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>
/// Records and closes a small episode in a temporary folder, once a process, on a thread of its own while the sources connect: the close of the first real one would otherwise wait
/// for its own code to be compiled (a quarter of a second was measured). It has ended before a recorder is armed, so that nothing of it falls into a recording.
/// </summary>
internal static class CloseRehearsal
{
    // Enough rows for the runtime to see which loops are hot.
    private const int Milliseconds = 3000;

    private static readonly Lock s_gate = new();
    private static Thread? s_thread;

    /// <summary>Starts the rehearsal unless this process had it.</summary>
    public static void Begin()
    {
        lock (s_gate)
        {
            if (s_thread is null)
            {
                s_thread = new Thread(Run) { IsBackground = true, Name = "episode rehearsal" };
                s_thread.Start();
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    public static void End() => s_thread?.Join();

    private static void Run()
    {
        string? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("capture-rehearsal-").FullName;
            Record(folder);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EpisodeException)
        {
            // No room or no right to write there: the first close takes longer, and says what it has to say itself.
        }
    }

    private static void Record(string folder)
    {
        var settings = new EpisodeSettings { RigName = "rehearsal", EpisodesFolder = folder, Name = "rehearsal", BufferMb = 64, BufferSeconds = 1, RehearseClose = false };
        using var recorder = EpisodeRecorder.Create(settings);
        ICameraFrameSink camera = recorder.Open(new CameraFrameStream
        {
            Name = "camera",
            Device = new DeviceIdentity("rehearsal", null, null),
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.MidExposure,
            Latency = new LatencyRange(Duration.FromMilliseconds(1), Duration.FromMilliseconds(5)),
            RateHz = 100,
            Counted = false,
            MaxRowBytes = 1024,
            BytesPerSecond = 1600,
            WidthPx = 1,
            HeightPx = 1,
            Encoding = "mjpeg",
        });
        IImuSink imu = recorder.Open(Imu("imu", new ClockDomain("counted", ClockFeed.OneWay, 1e6, 64)));
        IImuSink asked = recorder.Open(Imu("asked", new ClockDomain("asked", ClockFeed.TwoWay, 1e6, 64)));
        IImuSink bare = recorder.Open(Imu("bare", null));
        IClockExchangeSink exchanges = recorder.Open(new ClockExchangeStream
        {
            Name = "clock.asked",
            Device = new DeviceIdentity("rehearsal", null, null),
            Clock = new ClockDomain("asked", ClockFeed.TwoWay, 1e6, 64),
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.Unknown,
            Counted = false,
            MaxRowBytes = 44,
            BytesPerSecond = 440,
        });
        recorder.Arm();
        HostTime origin = recorder.Anchor.Origin;
        Span<float> vector = [0, 0, 0];
        for (int i = 0; i < Milliseconds; i++)
        {
            HostTime t = origin + Duration.FromMilliseconds(i);
            var stamp = new SampleStamp(i, 0, new DeviceTicks(i * 1000L), t, t);
            imu.Append(stamp, vector, vector);
            asked.Append(stamp, vector, vector);
            bare.Append(stamp with { Ticks = null }, vector, vector);
            if (i % 10 == 0)
            {
                camera.Append(stamp with { Sequence = i / 10, Ticks = null }, "a picture"u8, keyFrame: true);
                exchanges.Append(i / 10, new ClockExchange(t, stamp.Ticks!.Value, stamp.Ticks!.Value, t + Duration.FromMilliseconds(1), 0));
            }
        }

        imu.Book(new Loss(origin, LossStage.Device, LossReason.SequenceGap, LossEvidence.Counter, 1, Milliseconds));
        recorder.Stop(StopReason.Operator);
        recorder.Seal();
    }

    private static ImuStream Imu(string name, ClockDomain? clock) => new()
    {
        Name = name,
        Device = new DeviceIdentity("rehearsal", null, null),
        Clock = clock,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.FirstSample,
        RateHz = 1000,
        Counted = clock is not null,
        MaxRowBytes = 64,
        BytesPerSecond = 64_000,
    };
}
