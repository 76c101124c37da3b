using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Recording;

/// <summary>Every kind goes in and comes out. What these do not prove: that foreign readers agree (see ForeignReaderTests).</summary>
public sealed class RoundTripTests
{
    [Test]
    public void Every_kind_comes_back_as_it_was_appended()
    {
        using var rig = new Rig();
        EpisodeRecorder r = rig.Recorder;
        ICameraFrameSink camera = r.Open(Streams.Camera());
        IAudioPeriodSink audio = r.Open(Streams.Audio());
        IImuSink imu = r.Open(Streams.Imu());
        ITriggerEdgeSink trigger = r.Open(Streams.Trigger());
        IClockExchangeSink exchange = r.Open(Streams.Exchange());
        IMocapFrameSink mocap = r.Open(Streams.Mocap());
        IJointStateSink joints = r.Open(Streams.Joints());
        IJointCommandSink command = r.Open(Streams.Command());
        r.Arm();
        HostTime t0 = r.Anchor.Origin;
        short[] sound = [.. Enumerable.Range(0, 960).Select(i => (short)(i - 400))];
        byte[] picture = [.. Jpegs.Grey8];
        for (int i = 0; i < 500; i++)
        {
            HostTime host = t0 + Duration.FromMilliseconds(i);
            Assert.That(imu.Append(Rig.Stamp(i, host, 1000L * i), [i, 1, 2], [3, 4, i]), Is.True);
            if (i % 10 == 0)
            {
                int n = i / 10;
                picture[4] = 0;
                Assert.Multiple(() =>
                {
                    Assert.That(camera.Append(Rig.Stamp(n, host), picture, true), Is.True);
                    Assert.That(audio.Append(Rig.Stamp(n, host, 480L * n), System.Runtime.InteropServices.MemoryMarshal.AsBytes<short>(sound)), Is.True);
                    Assert.That(trigger.Append(Rig.Stamp(n, host, 1000L * i), 1, n, n % 2 == 0), Is.True);
                    Assert.That(exchange.Append(n, new ClockExchange(host, new DeviceTicks((1000L * i) + 100), new DeviceTicks((1000L * i) + 110), host + Duration.FromMicroseconds(210), 0)), Is.True);
                    Assert.That(
                        mocap.Append(Rig.Stamp(n, host, 1000L * i), [n % 2 == 0 ? null : new MocapBody(true, 1, 2, 3, 0, 0, 0, 1, 0.5f), new MocapBody(false, 0, 0, 0, 0, 0, 0, 1, 0)], [new MocapMarker(n, 1, 2, 3, 0.014f, 0.001f, n % 3 == 0)]),
                        Is.True);
                    Assert.That(joints.Append(Rig.Stamp(n, host), host - Duration.FromMicroseconds(400), host + Duration.FromMicroseconds(400), JointsOf(n)), Is.True);
                    Assert.That(command.Append(Rig.Stamp(n, host), [n, 1, 2, double.NaN, 4, 5, 6]), Is.True);
                });
            }
        }

        r.Stop(StopReason.Operator);
        EpisodeManifest manifest = r.Seal();

        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        Assert.Multiple(() =>
        {
            Assert.That(episode.Faults, Is.Empty);
            Assert.That(manifest.State, Is.EqualTo(EpisodeState.Sealed));
            Assert.That(episode.Stream("board.imu").Rows, Is.EqualTo(500));
            foreach (string name in new[] { "front", "room", "board.trigger", "clock.board", "mocap", "arm", "arm.command" })
            {
                Assert.That(episode.Stream(name).Rows, Is.EqualTo(50), name);
            }

            Assert.That(episode.Streams, Has.All.Property(nameof(EpisodeStream.IsSealed)).True);
            Assert.That(episode.Stream("clock.host").Rows, Is.GreaterThanOrEqualTo(2));
        });

        RecordBatch imuRows = episode.Stream("board.imu").ReadBatch(0);
        RecordBatch mocapRows = episode.Stream("mocap").ReadBatch(0);
        RecordBatch jointRows = episode.Stream("arm").ReadBatch(0);
        RecordBatch commandRows = episode.Stream("arm.command").ReadBatch(0);
        RecordBatch audioRows = episode.Stream("room").ReadBatch(0);
        Assert.Multiple(() =>
        {
            Assert.That(imuRows.Column("acceleration").Item.Values<float>()[..6].ToArray(), Is.EqualTo(new float[] { 0, 1, 2, 1, 1, 2 }));
            Assert.That(imuRows.Column("device_ticks").Values<long>()[1], Is.EqualTo(1000));
            Assert.That(imuRows.Column("episode_time_ns").Values<long>()[3], Is.EqualTo(1_000_000), "3 ms less the 2 ms of the online estimate");
            Assert.That(episode.Stream("front").ReadBatch(0).Column("data").Bytes(0).ToArray(), Is.EqualTo(picture));
            Assert.That(episode.Stream("front").ReadBatch(0).Column("device_ticks").IsNull(0), Is.True);
            Assert.That(audioRows.Column("samples").Item.Values<short>()[..960].ToArray(), Is.EqualTo(sound));
            Assert.That(mocapRows.Column("gripper").IsNull(0), Is.True);
            Assert.That(mocapRows.Column("gripper").IsNull(1), Is.False);
            Assert.That(mocapRows.Column("cube").Child("tracked").Bool(0), Is.False);
            Assert.That(mocapRows.Column("gripper").Child("position").Item.Values<float>()[3..6].ToArray(), Is.EqualTo(new float[] { 1, 2, 3 }));
            Assert.That(mocapRows.Column("markers").Items(1), Is.EqualTo((1, 1)));
            Assert.That(mocapRows.Column("markers").Item.Child("id").Values<int>()[1], Is.EqualTo(1));
            Assert.That(jointRows.Column("position").Item.IsNull(3), Is.True, "the joint that did not answer");
            Assert.That(jointRows.Column("position").Item.Values<double>()[8], Is.EqualTo(1.5));
            Assert.That(commandRows.Column("position").Item.IsNull(3), Is.True);
        });
    }

    [Test]
    public void A_sealed_episode_verifies_without_a_finding()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        IClockExchangeSink exchange = rig.Recorder.Open(Streams.Exchange());
        rig.Recorder.Arm();
        HostTime t0 = rig.Now;
        for (int i = 0; i < 1000; i++)
        {
            HostTime host = t0 + Duration.FromMilliseconds(i);
            imu.Append(Rig.Stamp(i, host, 1000L * i), [1, 2, 3], [4, 5, 6]);
            if (i % 100 == 0)
            {
                exchange.Append(i / 100, new ClockExchange(host, new DeviceTicks((1000L * i) + 100), new DeviceTicks((1000L * i) + 110), host + Duration.FromMicroseconds(210), 0));
            }
        }

        rig.Recorder.Stop(StopReason.Seconds);
        EpisodeManifest manifest = rig.Recorder.Seal();
        IReadOnlyList<Finding> findings = EpisodeVerifier.Verify(rig.Folder);
        CertifiedStream certified = manifest.Certificate!.Streams.Single(s => s.Stream == "board.imu");
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        FinalTimes times = episode.Stream("board.imu").Times!;
        Assert.Multiple(() =>
        {
            Assert.That(findings, Is.Empty, string.Join('\n', findings));
            Assert.That(manifest.Stopped, Is.EqualTo("seconds"));
            Assert.That(manifest.Streams.Single(s => s.Name == "board.imu").Counts, Is.EqualTo(new ManifestCounts("rows", 1000, 1000, 0, 0, [])).Using<ManifestCounts>((a, b) => a.Produced == b.Produced && a.Stored == b.Stored && a.Unknown == b.Unknown));
            Assert.That(certified.Feed, Is.EqualTo("two-way"));
            Assert.That(certified.BoundNs!.Max, Is.LessThan(1_000_000), "round trips of 0.2 ms");
            Assert.That(times.Rows, Is.EqualTo(1000));
            Assert.That(times.ReadInt64("episode_time_ns")[500], Is.EqualTo((t0 - rig.Recorder.Anchor.Origin).Nanoseconds + 500_000_000).Within(1_000_000));
        });
    }

    private static JointReading[] JointsOf(int n) => [.. Enumerable.Range(0, 7).Select(j => new JointReading(j != 3, n + (j * 0.5), 0.1 * j, 0.01f * j))];
}
