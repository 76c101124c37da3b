using System.Runtime.InteropServices;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Simulation.Arms;
using Capture.Simulation.Cameras;
using Capture.Simulation.Clocks;
using Capture.Simulation.Microphone;
using Capture.Simulation.Scene;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.SyncCheck;

/// <summary>
/// An episode of the bench scene, made quicker than it would take: rendered pictures, sound, servo counts, motion capture with noise, gyroscope with noise. Each stream's times can be moved by a known
/// shift, as a clock that is wrong would.
/// </summary>
internal static class BenchEpisode
{
    public const string Front = "front";
    public const string Room = "room";
    public const string Follower = "follower.state";
    public const string Mocap = "mocap";
    public const string Imu = "board.imu";
    public const string Trigger = "board.trigger";

    private const int PeriodFrames = 480;
    private static readonly Dictionary<(ulong, int, bool), byte[][]> s_pictures = [];

    /// <summary>Records the scene and returns the episode's folder.</summary>
    /// <param name="shiftMs">By stream; streams that are not named are right.</param>
    /// <param name="seen">False: the camera looks at a scene that stands.</param>
    /// <param name="moves">False: the scene stands as before its beginning.</param>
    public static string Record(string folder, ulong seed, int seconds, IReadOnlyDictionary<string, double> shiftMs, bool moves = true, bool seen = true)
    {
        var scene = new BenchScene(seed);
        using var recorder = EpisodeRecorder.Create(new EpisodeSettings { RigName = "bench", EpisodesFolder = folder, Name = $"s{seed}", BufferMb = 256, BufferSeconds = 10, DurableEveryMs = 60_000 });
        var latency = new LatencyRange(Duration.Zero, Duration.FromMilliseconds(1));
        IJointStateSink arm = recorder.Open(Streams.Joints(Follower) with { Joints = ArmGeometry.JointNames });
        IMocapFrameSink mocap = recorder.Open(Streams.Mocap(Mocap) with { Clock = null, Latency = latency });
        IImuSink imu = recorder.Open(Streams.Imu(Imu) with { Clock = null, Latency = latency });
        ICameraFrameSink front = recorder.Open(Streams.Camera(Front) with { Latency = latency });
        IAudioPeriodSink room = recorder.Open(Streams.Audio(Room) with { Clock = null, Latency = latency, Channels = 1, MaxRowBytes = PeriodFrames * 2 });
        ITriggerEdgeSink trigger = recorder.Open(Streams.Trigger(Trigger) with { Clock = null, Latency = latency, Exposes = new Dictionary<string, int> { [Front] = 1 } });
        recorder.Arm();
        HostTime origin = recorder.Anchor.Origin + Duration.FromSeconds(2);
        HostTime At(string stream, long ns) => origin + new Duration(ns + (long)(shiftMs.GetValueOrDefault(stream) * 1e6));
        long Scene(long ns) => moves ? ns : -1_000_000_000;
        byte[][] pictures = Pictures(seed, seconds, moves && seen);
        var sound = new BenchSound(scene);
        var random = Xoshiro256.For(seed, "sync-check");
        short[] samples = new short[PeriodFrames];
        JointReading[] joints = new JointReading[JointState.Count];
        for (long ms = 0; ms < seconds * 1000L; ms++)
        {
            long ns = ms * 1_000_000;
            ImuReading felt = scene.Imu(Scene(ns));
            imu.Append(
                Stamp(ms, At(Imu, ns)),
                [(float)felt.Acceleration.X, (float)felt.Acceleration.Y, (float)felt.Acceleration.Z],
                [Noisy(felt.AngularRate.X, 0.01), Noisy(felt.AngularRate.Y, 0.01), Noisy(felt.AngularRate.Z, 0.01)]);
            if (ms % 5 == 0)
            {
                JointState state = scene.FollowerJoints(Scene(ns));
                for (int j = 0; j < joints.Length; j++)
                {
                    joints[j] = new JointReading(true, BenchArmModel.Value(j, Math.Round(BenchArmModel.Counts(j, state))), 0, 0);
                }

                HostTime t = At(Follower, ns);
                arm.Append(Stamp(ms / 5, t), t - new Duration(300_000), t + new Duration(300_000), joints);
            }

            if (ms % 10 == 0)
            {
                sound.Fill(samples, Scene(ns), Scene(ns) + 10_000_000, ms * 48);
                room.Append(Stamp(ms / 10, At(Room, ns)), MemoryMarshal.AsBytes(samples.AsSpan()));
            }

            for (long n = (ms * 120 + 999) / 1000; n * 1000 < (ms + 1) * 120; n++)
            {
                long at = n * 1_000_000_000 / 120;
                mocap.Append(Stamp(n, At(Mocap, at)), [Body(scene.Gripper(Scene(at))), Body(scene.Cube(Scene(at)))], []);
            }

            for (long n = (ms * 30 + 999) / 1000; n * 1000 < (ms + 1) * 30; n++)
            {
                trigger.Append(Stamp(n, At(Trigger, (n * 1_000_000_000 / 30) - 2_000_000)), 1, n, rising: true);
                front.Append(Stamp(n, At(Front, n * 1_000_000_000 / 30)), pictures[n], keyFrame: true);
            }

            Pace(recorder, ms);
        }

        Directory.CreateDirectory(Path.Combine(recorder.Folder, EpisodeFolder.Models));
        File.WriteAllText(Path.Combine(recorder.Folder, EpisodeFolder.Models, "follower.urdf"), ArmUrdf.Write());
        recorder.Stop(StopReason.Seconds);
        EpisodeManifest manifest = recorder.Seal();
        Assert.That(manifest.Streams.Sum(s => s.Counts?.Dropped ?? 0), Is.Zero, "the recorder kept up");
        return recorder.Folder;

        float Noisy(double value, double sigma) => (float)(value + (sigma * random.Normal()));
        MocapBody? Body(Pose p) => new MocapBody(
            true, (float)p.Position.X, (float)p.Position.Y, (float)p.Position.Z, Noisy(p.Rotation.X, 2e-4), Noisy(p.Rotation.Y, 2e-4), Noisy(p.Rotation.Z, 2e-4), Noisy(p.Rotation.W, 2e-4), 0);
    }

    private static SampleStamp Stamp(long sequence, HostTime host) => new(sequence, 0, null, host, host);

    private static void Pace(EpisodeRecorder recorder, long ms)
    {
        if (ms % 50 != 0)
        {
            return;
        }

        foreach (StreamStatistics stream in recorder.Statistics)
        {
            while (stream.Read(recorder.Anchor.Origin) is var status && status.QueuedBatches > status.PoolBatches / 2)
            {
                Thread.Sleep(1);
            }
        }
    }

    private static byte[][] Pictures(ulong seed, int seconds, bool moves)
    {
        lock (s_pictures)
        {
            if (!s_pictures.TryGetValue((seed, seconds, moves), out byte[][]? pictures))
            {
                var renderer = new SceneRenderer(new BenchScene(seed), Viewpoint.Front);
                using var encoder = new JpegEncoder(SceneRenderer.Width, SceneRenderer.Height);
                pictures = new byte[seconds * 30][];
                for (int n = 0; n < pictures.Length; n++)
                {
                    renderer.Draw(moves ? n * 1_000_000_000L / 30 : -1_000_000_000, 1, (uint)n);
                    pictures[n] = encoder.Encode(renderer.Pixels, 80).ToArray();
                }

                s_pictures.Clear();
                s_pictures[(seed, seconds, moves)] = pictures;
            }

            return pictures;
        }
    }
}
