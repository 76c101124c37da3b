using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Alignment;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Alignment;

public sealed class CursorTests
{
    private static readonly AlignmentOptions s_all = new()
    {
        RateHz = 50,
        Times = AlignmentOptions.Online,
        Streams =
        [
            new StreamAlignment("arm", AlignmentMethod.Linear, 20_000_000),
            new StreamAlignment("mocap", AlignmentMethod.Slerp, 30_000_000),
            new StreamAlignment("board.imu", AlignmentMethod.Mean),
        ],
    };

    private Rig _rig = null!;
    private IImuSink _imu = null!;
    private IJointStateSink _joints = null!;
    private IMocapFrameSink _mocap = null!;
    private HostTime _start;

    [SetUp]
    public void Open()
    {
        _rig = new Rig();
        _imu = _rig.Recorder.Open(Streams.Imu());
        _joints = _rig.Recorder.Open(Streams.Joints());
        _mocap = _rig.Recorder.Open(Streams.Mocap());
        _rig.Recorder.Arm();
        _start = _rig.Recorder.Anchor.Origin + Duration.FromSeconds(1);
    }

    [TearDown]
    public void Close() => _rig.Dispose();

    [TestCase("nearest")]
    [TestCase("previous")]
    [TestCase("reference")]
    [TestCase("all methods")]
    public void Rows_are_the_same_live_and_in_replay(string what)
    {
        AlignmentOptions options = what switch
        {
            "all methods" => s_all,
            "reference" => new AlignmentOptions { ReferenceStream = "mocap", Times = AlignmentOptions.Online },
            "previous" => new AlignmentOptions { RateHz = 73, Times = AlignmentOptions.Online, Default = AlignmentMethod.Previous },
            _ => new AlignmentOptions { RateHz = 200, Times = AlignmentOptions.Online },
        };
        var live = new List<string>();
        using EpisodeReader growing = EpisodeReader.Open(_rig.Folder);
        var cursor = new AlignmentCursor(growing, options);
        int beforeTheEnd = 0;
        for (int ms = 0; ms < 1600; ms++)
        {
            Append(ms);
            if (ms % 100 == 99)
            {
                foreach (IStreamSink sink in new IStreamSink[] { _imu, _joints, _mocap })
                {
                    sink.Tick(At(ms) + Duration.FromSeconds(1));
                }

                Thread.Sleep(20);
                cursor.Refresh();
                Take(cursor, live);
                beforeTheEnd = live.Count;
            }
        }

        Seal();
        cursor.Refresh();
        Take(cursor, live);
        using EpisodeReader closed = EpisodeReader.Open(_rig.Folder);
        var replayed = new List<string>();
        Take(new AlignmentCursor(closed, options), replayed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cursor.IsAtEnd, Is.True);
            Assert.That(beforeTheEnd, Is.GreaterThan(10), "rows came while it was recorded");
            Assert.That(beforeTheEnd, Is.LessThan(live.Count), "and the last ones after it");
            Assert.That(live, Is.EqualTo(replayed));
        }
    }

    [Test]
    public void Mean_and_window_hold_what_lies_in_the_window()
    {
        for (int ms = 0; ms < 300; ms++)
        {
            Append(ms);
        }

        Seal();
        using EpisodeReader episode = EpisodeReader.Open(_rig.Folder);
        RecordBatch mean = Table(episode, new StreamAlignment("board.imu", AlignmentMethod.Mean) { BeforeNs = 5_000_000, AfterNs = 4_000_000 });
        RecordBatch window = Table(episode, new StreamAlignment("board.imu", AlignmentMethod.Window) { BeforeNs = 10_000_000, AfterNs = 0 });
        int first = (int)window.Column("board.imu.row").Values<long>()[5];
        int count = window.Column("board.imu.count").Values<int>()[5];
        (int start, int items) = window.Column("board.imu.acceleration").Items(5);
        ReadOnlySpan<float> x = window.Column("board.imu.acceleration").Item.Item.Values<float>();
        float averaged = mean.Column("board.imu.acceleration").Item.Values<float>()[5 * 3];
        int middle = (int)mean.Column("board.imu.row").Values<long>()[5] + 4;
        Assert.Multiple(() =>
        {
            Assert.That((count, items), Is.EqualTo((10, 10)));
            Assert.That(mean.Column("board.imu.count").Values<int>()[5], Is.EqualTo(9));
            Assert.That(averaged, Is.EqualTo(middle).Within(1e-3), "the samples count up, so their mean is the one in the middle");
        });
        for (int i = 0; i < count; i++)
        {
            Assert.That(x[(start + i) * 3], Is.EqualTo(first + i));
        }
    }

    [Test]
    public void A_stream_without_rows_one_with_one_and_one_of_nulls()
    {
        for (int ms = 0; ms < 100; ms++)
        {
            HostTime t = At(ms);
            _imu.Append(Rig.Stamp(ms, t, ms * 1000), [ms, 0, 0], [0, 0, 0]);
        }

        _mocap.Append(Rig.Stamp(0, At(50)), [null, null], []);
        Seal();
        using EpisodeReader episode = EpisodeReader.Open(_rig.Folder);
        string file = _rig.Temp.At("odd.arrow");
        AlignmentResult result = Aligner.Write(
            episode,
            new AlignmentOptions { ReferenceStream = "board.imu", Streams = [new StreamAlignment("mocap", AlignmentMethod.Slerp, 3_000_000)] },
            file);
        using ArrowReader table = ArrowReader.Open(file);
        RecordBatch rows = table.ReadBatch(0);
        Assert.Multiple(() =>
        {
            Assert.That(result.Rows, Is.EqualTo(100));
            Assert.That(rows.Column("arm.row").NullCount, Is.EqualTo(100), "no rows at all");
            Assert.That(rows.Column("mocap.row").NullCount, Is.EqualTo(93), "one row answers 3 ms around it");
            Assert.That(rows.Column("mocap.gripper.orientation").NullCount, Is.EqualTo(100), "its bodies are null");
            Assert.That(result.Streams.Single(s => s.Stream == "arm").Nulls, Is.EqualTo(100));
        });
    }

    [Test]
    public void A_row_whose_time_crosses_its_neighbours_is_put_in_order_and_one_far_behind_is_left_out()
    {
        for (int ms = 0; ms < 1000; ms++)
        {
            long estimate = ms switch { 500 => 502, 800 => 100, _ => ms };
            HostTime t = At(ms);
            _imu.Append(new SampleStamp(ms, 0, new DeviceTicks(ms * 1000), t, At(0) + Duration.FromMilliseconds(estimate)), [ms, 0, 0], [0, 0, 0]);
        }

        Seal();
        using EpisodeReader episode = EpisodeReader.Open(_rig.Folder);
        var cursor = new AlignmentCursor(episode, new AlignmentOptions { ReferenceStream = "board.imu", Only = ["board.imu"], Times = AlignmentOptions.Online });
        Assert.That(cursor.MoveNext());
        int[] rows = cursor.Tracks[0].Rows.ToArray();
        long[] times = cursor.Times.ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(times, Is.Ordered);
            Assert.That(times, Has.Length.EqualTo(999));
            Assert.That(rows[499..503], Is.EqualTo(new[] { 499, 501, 502, 502 }), "of two at one time the last");
            Assert.That(cursor.Tracks[0].Result.Late, Is.EqualTo(1));
        });
    }

    [Test]
    public void Blocks_allocate_nothing_for_a_row()
    {
        for (int ms = 0; ms < 1500; ms++)
        {
            Append(ms);
        }

        Seal();
        using EpisodeReader episode = EpisodeReader.Open(_rig.Folder);
        long Allocated(double rate)
        {
            var cursor = new AlignmentCursor(episode, s_all with { RateHz = rate });
            using var builder = new BatchBuilder(cursor.Schema, new BatchCapacity { Rows = AlignmentCursor.RowsPerBlock });
            long before = GC.GetAllocatedBytesForCurrentThread();
            while (cursor.MoveNext())
            {
                builder.Clear();
                cursor.AppendTo(builder, 0, cursor.Times.Length);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        _ = Allocated(100);
        long few = Allocated(100);
        long many = Allocated(2500);
        Assert.That(many - few, Is.LessThan(64 * 1024), $"{few} bytes for some 120 rows, {many} for some 3,000");
    }

    private static void Take(AlignmentCursor cursor, List<string> rows)
    {
        using var builder = new BatchBuilder(cursor.Schema, new BatchCapacity { Rows = AlignmentCursor.RowsPerBlock });
        while (cursor.MoveNext())
        {
            builder.Clear();
            cursor.AppendTo(builder, 0, cursor.Times.Length);
            for (int i = 0; i < cursor.Times.Length; i++)
            {
                rows.Add($"{cursor.Times[i]} " + string.Join(' ', builder.Columns.Select(c => Text(c, i))));
            }
        }
    }

    private static string Text(ColumnBuilder column, int row) => column switch
    {
        Int64Column c => $"{c.Values[row]}",
        Int32Column c => $"{c.Values[row]}",
        Float64Column c => $"{c.Values[row]:R}",
        Float32Column c => $"{c.Values[row]:R}",
        FixedSizeListColumn { Item: Float64Column c } l => string.Join(',', c.Values.Slice(row * l.ListSize, l.ListSize).ToArray()),
        FixedSizeListColumn { Item: Float32Column c } l => string.Join(',', c.Values.Slice(row * l.ListSize, l.ListSize).ToArray()),
        _ => "-",
    };

    private RecordBatch Table(EpisodeReader episode, StreamAlignment how)
    {
        string file = _rig.Temp.At($"{how.Method}.arrow");
        Aligner.Write(episode, new AlignmentOptions { RateHz = 100, Streams = [how], Only = ["board.imu", "arm"], Times = AlignmentOptions.Online }, file);
        return ArrowReader.Open(File.ReadAllBytes(file)).ReadBatch(0);
    }

    private HostTime At(int ms) => _start + Duration.FromMilliseconds(ms);

    private void Append(int ms)
    {
        HostTime t = At(ms);
        _imu.Append(Rig.Stamp(ms, t, ms * 1000), [ms, 2, 3], [4, 5, 6]);
        if (ms % 5 == 0)
        {
            _joints.Append(Rig.Stamp(ms / 5, t), t, t, [.. Enumerable.Range(0, 7).Select(j => new JointReading(j != ms % 7, ms, 0, 0))]);
        }

        if (ms % 8 == 0)
        {
            double angle = ms * 0.001;
            _mocap.Append(Rig.Stamp(ms / 8, t), [ms % 200 < 8 ? null : new MocapBody(true, ms, 0, 0, 0, 0, (float)Math.Sin(angle), (float)Math.Cos(angle), 0), null], []);
        }
    }

    private void Seal()
    {
        _rig.Recorder.Stop(StopReason.Operator);
        _rig.Recorder.Seal();
    }
}
