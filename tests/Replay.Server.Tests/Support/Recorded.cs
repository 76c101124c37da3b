using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Replay.Server.Tests.Support;

/// <summary>Streams and samples for episodes that tests record with the real recorder.</summary>
internal static class Recorded
{
    public const int Joints = 3;
    public const int PeriodFrames = 480;
    public const int AudioRate = 48_000;

    public static CameraFrameStream Front { get; } = new()
    {
        Name = "front", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.MidExposure, RateHz = 30,
        Counted = true, MaxRowBytes = 20_000, BytesPerSecond = 300_000, WidthPx = 64, HeightPx = 48, Encoding = "mjpeg",
    };

    public static AudioPeriodStream Room { get; } = new()
    {
        Name = "room", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.ReadReturn, StampInstant = StampInstant.FirstSample, RateHz = 100,
        Counted = true, MaxRowBytes = PeriodFrames * 4, BytesPerSecond = AudioRate * 4, SampleRateHz = AudioRate, Channels = 2, Format = AudioSampleFormat.S16, PeriodFrames = PeriodFrames,
    };

    public static JointStateStream Arm { get; } = new()
    {
        Name = "arm", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.ExchangeMidpoint, StampInstant = StampInstant.RequestProcessed, RateHz = 200,
        Counted = true, MaxRowBytes = 200, BytesPerSecond = 40_000, Joints = ["base", "elbow", "gripper"],
    };

    public static MocapFrameStream Mocap { get; } = new()
    {
        Name = "mocap", Device = new DeviceIdentity("test", null, null), StampSource = StampSource.Kernel, StampInstant = StampInstant.MidExposure, RateHz = 120,
        Counted = true, MaxRowBytes = 1024, BytesPerSecond = 60_000, Bodies = ["gripper"], MaxMarkers = 4, UpAxis = "y",
    };

    /// <summary>A sealed take of so many seconds, its samples evenly spaced; two arm rows (sequence 100 and 101) are lost and in the ledger.</summary>
    /// <returns>The episode's folder.</returns>
    public static string Sealed(string folder, string name = "take", int seconds = 4)
    {
        using var recorder = EpisodeRecorder.Create(Settings(folder, name));
        var sinks = new Sinks(recorder);
        recorder.Arm();
        HostTime origin = recorder.Anchor.Origin;
        for (long ms = 0; ms < seconds * 1000L; ms++)
        {
            sinks.Append(origin, ms);
        }

        recorder.Stop(StopReason.Operator);
        recorder.Seal();
        return recorder.Folder;
    }

    public static EpisodeSettings Settings(string folder, string name) => new()
    {
        RigName = "bench", EpisodesFolder = folder, Name = name, BufferMb = 512, BufferSeconds = 60,
        Task = new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal) { ["instruction"] = System.Text.Json.JsonSerializer.SerializeToElement("pick the cube") },
    };

    /// <summary>Picture number n: a length that varies, every byte known.</summary>
    public static byte[] Picture(long n)
    {
        byte[] bytes = new byte[1000 + (n * 37 % 5000)];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((n * 31) + i);
        }

        return bytes;
    }

    /// <summary>What joint j of arm row n says; null where it did not answer.</summary>
    public static double? Position(long n, int joint) => joint == 1 && n % 7 == 3 ? null : Math.Sin(n * 0.05) + joint;

    /// <summary>Sample of the first channel.</summary>
    public static short Sound(long frame) => (short)(frame * 7919 % 60_001 - 30_000);

    public sealed class Sinks(ISinkFactory factory)
    {
        private readonly ICameraFrameSink _front = factory.Open(Front);
        private readonly IAudioPeriodSink _room = factory.Open(Room);
        private readonly IJointStateSink _arm = factory.Open(Arm);
        private readonly IMocapFrameSink _mocap = factory.Open(Mocap);
        private long _frames;
        private long _periods;
        private long _armRows;
        private long _mocapFrames;

        public long Frames => _frames;

        /// <summary>What happens in the millisecond <paramref name="ms"/> after the origin.</summary>
        public void Append(HostTime origin, long ms)
        {
            HostTime Now(long ns) => origin + new Duration(ns);
            for (; _frames * 1000 / 30 <= ms; _frames++)
            {
                Require(_front.Append(Stamp(_frames, Now(_frames * 1_000_000_000 / 30)), Picture(_frames), keyFrame: true));
            }

            for (; _periods * 10 <= ms; _periods++)
            {
                Require(_room.Append(Stamp(_periods, Now(_periods * 10_000_000)), Period(_periods)));
            }

            for (; _armRows * 5 <= ms; _armRows++)
            {
                AppendArm(Now(_armRows * 5_000_000));
            }

            for (; _mocapFrames * 1000 / 120 <= ms; _mocapFrames++)
            {
                MocapBody? body = _mocapFrames % 10 == 9 ? null : new MocapBody(true, _mocapFrames * 0.001f, 1, 2, 0, 0, 0, 1, 0.0001f);
                Require(_mocap.Append(Stamp(_mocapFrames, Now(_mocapFrames * 1_000_000_000 / 120)), [body], []));
            }
        }

        public void Tick(HostTime now)
        {
            _front.Tick(now);
            _room.Tick(now);
            _arm.Tick(now);
            _mocap.Tick(now);
        }

        private static SampleStamp Stamp(long sequence, HostTime at) => new(sequence, 0, null, at, at);

        private static byte[] Period(long period)
        {
            byte[] bytes = new byte[PeriodFrames * 4];
            for (int i = 0; i < PeriodFrames; i++)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(i * 4), Sound((period * PeriodFrames) + i));
                BitConverter.TryWriteBytes(bytes.AsSpan((i * 4) + 2), (short)-1);
            }

            return bytes;
        }

        private static void Require(bool taken) => Assert.That(taken, "the recorder dropped a sample of the test");

        private void AppendArm(HostTime at)
        {
            if (_armRows == 100)
            {
                _arm.Book(new Loss(at, LossStage.Transport, LossReason.Timeout, LossEvidence.Counter, 2, 100));
            }

            if (_armRows is 100 or 101)
            {
                return;
            }

            var joints = new JointReading[Joints];
            for (int j = 0; j < Joints; j++)
            {
                joints[j] = Position(_armRows, j) is { } p ? new JointReading(true, p, 0.1, 0.2f) : new JointReading(false, 0, 0, 0);
            }

            Require(_arm.Append(Stamp(_armRows, at), at, at, joints));
        }
    }
}
