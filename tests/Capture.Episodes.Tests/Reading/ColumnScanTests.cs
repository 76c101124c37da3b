using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Reading.Scanning;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Reading;

/// <summary>A pass over one column gives what reading batch by batch gives, and finds every damaged batch.</summary>
public sealed class ColumnScanTests
{
    [Test]
    public void Gives_every_value_in_order_of_small_and_of_large_batches()
    {
        using Rig rig = Recorded();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        foreach (EpisodeStream stream in new[] { episode.Stream("board.imu"), episode.Stream("front") })
        {
            var values = new List<long>();
            ColumnScan<long> scan = stream.Scan<long>(CommonColumns.HostTime);
            while (scan.MoveNext())
            {
                Assert.That(scan.Values.Length, Is.EqualTo(stream.RowsOf(scan.Batch)));
                values.AddRange(scan.Values);
            }

            Assert.That(stream.Batches, Is.GreaterThan(1), "more than one batch");
            Assert.That(values, Is.EqualTo(stream.ReadInt64(CommonColumns.HostTime)));
        }
    }

    [Test]
    public void Allocates_nothing_a_batch()
    {
        using Rig rig = Recorded();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        EpisodeStream stream = episode.Stream("board.imu");
        Pass();
        ColumnScan<long> scan = stream.Scan<long>(CommonColumns.HostTime);
        scan.MoveNext();
        long before = GC.GetAllocatedBytesForCurrentThread();

        // The last batch is shorter than the others, so that it is decoded.
        while (scan.Batch < stream.Batches - 2)
        {
            scan.MoveNext();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Pass()
        {
            ColumnScan<long> first = stream.Scan<long>(CommonColumns.HostTime);
            while (first.MoveNext())
            {
            }
        }
    }

    // The camera's batches fill many windows, which other threads check; those of the sensor lie in one.
    [TestCase("board.imu", 0.999)]
    [TestCase("board.imu", 0.4)]
    [TestCase("front", 0)]
    [TestCase("front", 0.5)]
    [TestCase("front", 0.8)]
    public void Refuses_a_batch_in_which_any_byte_was_changed_and_goes_on_behind_it(string name, double part)
    {
        using Rig rig = Recorded();
        string path;
        long offset;
        int damagedBatch;
        using (EpisodeReader episode = EpisodeReader.Open(rig.Folder))
        {
            EpisodeStream stream = episode.Stream(name);
            path = stream.FilePath;
            damagedBatch = (int)(part * stream.Batches);

            // Not the column that is read: another one of the same batch.
            offset = stream.BlockOf(damagedBatch).End - 70;
        }

        using (FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = offset;
            int value = file.ReadByte();
            file.Position = offset;
            file.WriteByte((byte)(value ^ 4));
        }

        using EpisodeReader damaged = EpisodeReader.Open(rig.Folder);
        EpisodeStream read = damaged.Stream(name);
        ColumnScan<long> scan = read.Scan<long>(CommonColumns.HostTime);
        for (int i = 0; i < read.Batches; i++)
        {
            if (i == damagedBatch)
            {
                Assert.That(() => scan.MoveNext(), Throws.TypeOf<EpisodeException>().With.Message.Contains($"batch {damagedBatch}").And.Message.Contains("checksum"));
                continue;
            }

            Assert.That(scan.MoveNext(), Is.True);
            Assert.That(scan.Values.ToArray(), Is.EqualTo(read.ReadBatch(i).Columns[read.Schema.IndexOf(CommonColumns.HostTime)].Values<long>().ToArray()));
        }

        Assert.That(scan.MoveNext(), Is.False);
    }

    [Test]
    public void Refuses_a_column_that_is_not_there_or_not_of_numbers()
    {
        using Rig rig = Recorded();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        EpisodeStream stream = episode.Stream("front");
        Assert.That(() => stream.Scan<long>("depth"), Throws.TypeOf<EpisodeException>().With.Message.Contains("'depth'"));
        Assert.That(() => stream.Scan<byte>(CameraFrameSchema.Data), Throws.TypeOf<EpisodeException>());
        Assert.That(() => stream.Scan<int>(CommonColumns.HostTime).MoveNext(), Throws.ArgumentException);
    }

    private static Rig Recorded()
    {
        var clock = new StepClock();
        var rig = new Rig(s => s with { Clock = clock });
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        byte[] picture = new byte[70_000];
        new Random(5).NextBytes(picture);
        float[] vector = [1, 2, 3];
        for (int i = 0; i < 2000; i++)
        {
            imu.Append(Rig.Stamp(i, clock.Now, i), vector, vector);
            if (i % 33 == 0)
            {
                Assert.That(camera.Append(Rig.Stamp(i / 33, clock.Now), picture, true), Is.True);
            }

            clock.Advance(1_000_000);
        }

        rig.Recorder.Stop(StopReason.Seconds);
        rig.Recorder.Seal();
        return rig;
    }
}
