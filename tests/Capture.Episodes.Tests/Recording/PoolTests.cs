using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>What happens when the disk does not keep up, and when devices lose samples. Real threads, an injected file layer.</summary>
public sealed class PoolTests
{
    [Test]
    public void A_stalled_disk_empties_the_pool_and_every_lost_sample_is_counted()
    {
        var disk = new FaultyDisk();
        using var rig = new Rig(s => s with { Disk = disk, BufferSeconds = 0.5 });
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        disk.Gate.Reset();
        long kept = 0;
        for (long i = 0; i < 20_000; i++)
        {
            kept += imu.Append(Rig.Stamp(i, rig.Now, i), [1, 2, 3], [4, 5, 6]) ? 1 : 0;
        }

        StreamStatus stalled = rig.Recorder.Statistics[0].Read(rig.Now);
        disk.Gate.Set();
        Assert.That(Rig.Eventually(() => rig.Recorder.Statistics[0].Read(rig.Now).QueuedBatches == 0), Is.True);
        for (long i = 20_000; i < 20_100; i++)
        {
            kept += imu.Append(Rig.Stamp(i, rig.Now, i), [1, 2, 3], [4, 5, 6]) ? 1 : 0;
        }

        rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "board.imu").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(kept, Is.LessThan(20_100), "the pool must have run empty, or this test proves nothing");
            Assert.That(stalled.Dropped, Is.EqualTo(20_000 - stalled.Rows));
            Assert.That(counts.Produced, Is.EqualTo(20_100));
            Assert.That(counts.Stored, Is.EqualTo(kept));
            Assert.That(counts.Dropped, Is.EqualTo(20_100 - kept));
            Assert.That(counts.Unknown, Is.Zero);
            Assert.That(counts.Reasons!.Single().Reason, Is.EqualTo("pool-empty"));
            Assert.That(counts.Reasons!.Single().Entries, Is.LessThanOrEqualTo(3), "one entry a run of losses");
        });
    }

    [Test]
    public void A_pool_that_is_empty_until_the_end_is_booked_at_the_end()
    {
        var disk = new FaultyDisk();
        using var rig = new Rig(s => s with { Disk = disk, BufferSeconds = 0.5 });
        IAudioPeriodSink audio = rig.Recorder.Open(Streams.Audio());
        rig.Recorder.Arm();
        disk.Gate.Reset();
        byte[] period = new byte[480 * 4];
        long kept = 0;
        for (long i = 0; i < 3000; i++)
        {
            kept += audio.Append(Rig.Stamp(i, rig.Now, 480 * i), period) ? 1 : 0;
        }

        using var open = new Timer(_ => disk.Gate.Set(), null, 200, Timeout.Infinite);
        rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "room").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(kept, Is.LessThan(3000));
            Assert.That(counts.Unit, Is.EqualTo("frames"));
            Assert.That(counts.Produced, Is.EqualTo(3000 * 480));
            Assert.That(counts.Stored, Is.EqualTo(kept * 480));
            Assert.That(counts.Dropped, Is.EqualTo((3000 - kept) * 480));
            Assert.That(counts.Unknown, Is.Zero);
        });
    }

    [Test]
    public void Ten_thousand_losses_at_every_stage_balance()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        LossStage[] stages = [LossStage.Device, LossStage.Transport, LossStage.Parser];
        LossReason[] reasons = [LossReason.DeviceOverflow, LossReason.SequenceGap, LossReason.Corrupt];
        long sequence = 0;
        long stored = 0;
        for (int i = 0; i < 10_000; i++)
        {
            stored += imu.Append(Rig.Stamp(sequence, rig.Now, sequence), [1, 2, 3], [4, 5, 6]) ? 1 : 0;
            sequence++;
            int lost = 1 + (i % 4);
            imu.Book(new Loss(rig.Now, stages[i % 3], reasons[i % 3], LossEvidence.Counter, lost, sequence));
            sequence += lost;
        }

        rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "board.imu").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(counts.Produced, Is.EqualTo(sequence));
            Assert.That(counts.Stored, Is.EqualTo(stored));
            Assert.That(counts.Unknown, Is.Zero);
            Assert.That(counts.Reasons!.Where(r => r.Reason != "pool-empty").Sum(r => r.Count), Is.EqualTo(25_000));
            Assert.That(counts.Reasons!.Where(r => r.Reason != "pool-empty").Select(r => r.Reason), Is.EquivalentTo(new[] { "device-overflow", "sequence-gap", "corrupt" }));
        });
    }

    [Test]
    public void A_loss_that_nobody_booked_shows_as_unknown()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        imu.Append(Rig.Stamp(0, rig.Now, 0), [1, 2, 3], [4, 5, 6]);
        imu.Append(Rig.Stamp(7, rig.Now, 7), [1, 2, 3], [4, 5, 6]);
        rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "board.imu").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(counts.Unknown, Is.EqualTo(6));
            Assert.That(Capture.Episodes.Verification.EpisodeVerifier.Verify(rig.Folder).Select(f => f.Text), Has.Some.Contains("does not balance"));
        });
    }

    [Test]
    public void Rows_reach_the_file_in_time_without_any_further_call_of_the_source()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        HostTime appended = rig.Now;
        imu.Append(Rig.Stamp(0, appended, 0), [1, 2, 3], [4, 5, 6]);
        string path = EpisodeFolder.StreamFile(rig.Folder, "board.imu");
        long before = new FileInfo(path).Length;
        Assert.That(Rig.Eventually(() => new FileInfo(path).Length > before, 2000), Is.True);
        TestContext.Out.WriteLine($"in the file after {(rig.Now - appended).TotalMilliseconds:0} ms");
        using EpisodeReader live = EpisodeReader.Open(rig.Folder);
        Assert.Multiple(() =>
        {
            Assert.That((rig.Now - appended).TotalMilliseconds, Is.LessThan(300));
            Assert.That(live.Stream("board.imu").Rows, Is.EqualTo(1));
            Assert.That(live.IsHeld, Is.True);
        });
    }

    [Test]
    public void A_source_that_comes_back_after_the_end_is_refused_and_its_rows_are_kept()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        using var stop = new ManualResetEventSlim();
        long accepted = 0;
        bool late = true;
        var source = new Thread(() =>
        {
            for (long i = 0; i < 50; i++)
            {
                accepted += imu.Append(Rig.Stamp(i, rig.Now, i), [1, 2, 3], [4, 5, 6]) ? 1 : 0;
            }

            stop.Wait();
            late = imu.Append(Rig.Stamp(50, rig.Now, 50), [1, 2, 3], [4, 5, 6]);
        });
        source.Start();
        Assert.That(Rig.Eventually(() => Volatile.Read(ref accepted) == 50), Is.True);
        rig.Recorder.Stop(StopReason.Operator);
        stop.Set();
        source.Join();
        Assert.Multiple(() =>
        {
            Assert.That(late, Is.False);
            Assert.That(rig.Recorder.Seal().Streams.Single(s => s.Name == "board.imu").Counts!.Stored, Is.EqualTo(50));
        });
    }

    [Test]
    public void A_picture_larger_than_declared_is_booked_as_too_large()
    {
        using var rig = new Rig();
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera(maxBytes: 4096, rate: 0.1));
        rig.Recorder.Arm();
        bool small = camera.Append(Rig.Stamp(0, rig.Now), new byte[4000], true);
        bool large = camera.Append(Rig.Stamp(1, rig.Now), new byte[1_000_000], true);
        rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "front").Counts!;
        Assert.Multiple(() =>
        {
            Assert.That(small, Is.True);
            Assert.That(large, Is.False);
            Assert.That(counts.Dropped, Is.EqualTo(1));
            Assert.That(counts.Reasons!.Single().Reason, Is.EqualTo("too-large"));
            Assert.That(counts.Produced, Is.Null, "this camera has no counter");
        });
    }
}
