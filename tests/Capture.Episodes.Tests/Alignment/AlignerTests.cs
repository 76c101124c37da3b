using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Alignment;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Alignment;

public sealed class AlignerTests
{
    [Test]
    public void A_table_holds_rows_distances_and_values()
    {
        using var rig = new Rig();
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        IJointStateSink joints = rig.Recorder.Open(Streams.Joints());
        IMocapFrameSink mocap = rig.Recorder.Open(Streams.Mocap());
        rig.Recorder.Arm();
        HostTime t0 = rig.Recorder.Anchor.Origin + Duration.FromSeconds(1);
        for (int i = 0; i < 200; i++)
        {
            HostTime t = t0 + Duration.FromMilliseconds(5 * i);
            joints.Append(Rig.Stamp(i, t), t, t, [.. Enumerable.Range(0, 7).Select(j => new JointReading(j != 6, i, 0, 0))]);
            if (i % 6 == 0)
            {
                camera.Append(Rig.Stamp(i / 6, t), Jpegs.Grey8, true);
            }

            if (i % 2 == 0)
            {
                mocap.Append(Rig.Stamp(i / 2, t), [i > 100 ? null : new MocapBody(true, i, 0, 0, 0, 0, 0, 1, 0), null], []);
            }
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        string file = rig.Temp.At("aligned.arrow");
        AlignmentResult result = Aligner.Write(
            episode,
            new AlignmentOptions { RateHz = 100, Streams = [new StreamAlignment("arm", AlignmentMethod.Linear, 20_000_000), new StreamAlignment("mocap", AlignmentMethod.Slerp, 30_000_000)] },
            file);
        using ArrowReader table = ArrowReader.Open(file);
        RecordBatch rows = table.ReadBatch(0);
        long[] armTimes = episode.Stream("arm").ReadTimes();
        ReadOnlySpan<long> times = rows.Column("time_ns").Values<long>();
        double position = rows.Column("arm.position").Item.Values<double>()[7 * 10];
        double expected = (times[10] - armTimes[0]) / 5e6;
        int columns = table.Schema.IndexOf("mocap.gripper.position");
        long step = times[1] - times[0];
        Assert.Multiple(() =>
        {
            Assert.That(result.Rows, Is.EqualTo(rows.Rows));
            Assert.That(step, Is.EqualTo(10_000_000));
            Assert.That(position, Is.EqualTo(expected).Within(1e-6));
            Assert.That(rows.Column("arm.position").Item.IsNull((7 * 10) + 6), Is.True, "the joint that never answered");
            Assert.That(rows.Column("front.row").Field.Type, Is.EqualTo(ArrowType.Int64));
            Assert.That(table.Schema.IndexOf("front.data"), Is.EqualTo(-1), "pictures are named, not copied");
            Assert.That(columns, Is.GreaterThan(0));
            Assert.That(rows.Column("mocap.gripper.position").IsNull(rows.Rows - 1), Is.True, "the body was not listed any more");
            Assert.That(rows.Column("mocap.gripper.position").IsNull(2), Is.False);
            Assert.That(() => Aligner.Write(episode, new AlignmentOptions { RateHz = 100 }, file), Throws.TypeOf<EpisodeException>().With.Message.Contains("exists already"));
            Assert.That(() => Aligner.Write(episode, new AlignmentOptions(), file + "2"), Throws.TypeOf<EpisodeException>().With.Message.Contains("rate or a reference"));
        });
    }

    [Test]
    public void A_reference_stream_gives_its_own_rows()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        rig.Recorder.Arm();
        HostTime t0 = rig.Recorder.Anchor.Origin + Duration.FromSeconds(1);
        for (int i = 0; i < 300; i++)
        {
            imu.Append(Rig.Stamp(i, t0 + Duration.FromMilliseconds(i), i * 1000), [1, 2, 3], [4, 5, 6]);
            if (i % 33 == 0)
            {
                camera.Append(Rig.Stamp(i / 33, t0 + Duration.FromMilliseconds(i)), Jpegs.Grey8, true);
            }
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        string file = rig.Temp.At("aligned.arrow");
        AlignmentResult result = Aligner.Write(episode, new AlignmentOptions { ReferenceStream = "front" }, file);
        using ArrowReader table = ArrowReader.Open(file);
        RecordBatch rows = table.ReadBatch(0);
        Assert.Multiple(() =>
        {
            Assert.That(result.Rows, Is.EqualTo(10));
            Assert.That(rows.Column("front.row").Values<long>().ToArray(), Is.EqualTo(Enumerable.Range(0, 10).Select(i => (long)i)));
            Assert.That(rows.Column("front.distance_ns").Values<long>().ToArray(), Is.All.Zero);
        });
    }
}
