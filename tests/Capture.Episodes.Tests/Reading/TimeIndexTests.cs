using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Reading;

/// <summary>Rows by time, held against a look at every row: with final times, and with online ones that step back.</summary>
public sealed class TimeIndexTests
{
    private const int Seed = 11;

    [Test]
    public void Rows_of_a_sealed_stream_are_found_by_their_final_times()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        rig.Run(3_000_000_000);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        using EpisodeReader episode = EpisodeReader.Open(rig.Recorder.Folder);
        EpisodeStream imu = episode.Stream("board.imu");
        Assert.That(imu.Times, Is.Not.Null);
        Compare(imu);
        Compare(episode.Stream("front"));
    }

    [Test]
    public void Rows_of_a_growing_stream_whose_times_step_back_are_found_as_they_come()
    {
        var clock = new StepClock();
        using var rig = new Rig(s => s with { Clock = clock, Stepped = true });
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        var random = new Random(Seed);
        for (int i = 0; i < 2000; i++)
        {
            clock.Advance(1_000_000);
            HostTime estimate = clock.Now - new Duration(random.NextInt64(60_000_000));
            imu.Append(new SampleStamp(i, 0, new DeviceTicks(i), clock.Now, estimate), [1, 2, 3], [4, 5, 6]);
            rig.Recorder.Step();
            if (i % 500 == 499)
            {
                episode.Refresh();
                Compare(episode.Stream("board.imu"));
            }
        }
    }

    [Test]
    public void An_empty_stream_holds_no_row_of_any_time()
    {
        using var rig = new Rig(s => s with { Clock = new StepClock(), Stepped = true });
        rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        EpisodeStream imu = episode.Stream("board.imu");
        Assert.Multiple(() =>
        {
            Assert.That(imu.RowAsOf(new EpisodeTime(long.MaxValue)), Is.EqualTo(-1));
            Assert.That(imu.RowsBetween(new EpisodeTime(long.MinValue), new EpisodeTime(long.MaxValue)).Count, Is.Zero);
            Assert.That(imu.ReadRows(default), Is.Empty);
        });
    }

    private static void Compare(EpisodeStream stream)
    {
        long[] times = stream.ReadTimes();
        Assert.That(times, Is.Not.Empty);
        var random = new Random(Seed);
        long least = times.Min() - 5_000_000;
        long most = times.Max() + 5_000_000;
        for (int i = 0; i < 300; i++)
        {
            long from = i % 3 == 0 ? times[random.Next(times.Length)] : random.NextInt64(least, most);
            long to = from + random.NextInt64(300_000_000);
            long asOf = Array.FindLastIndex(times, t => t <= from);
            int first = Array.FindIndex(times, t => t >= from && t < to);
            int last = Array.FindLastIndex(times, t => t >= from && t < to);
            RowRange found = stream.RowsBetween(new EpisodeTime(from), new EpisodeTime(to));
            Assert.That(stream.RowAsOf(new EpisodeTime(from)), Is.EqualTo(asOf), $"{stream.Info.Name} as of {from}");
            Assert.That(found, Is.EqualTo(first < 0 ? default : new RowRange(first, last - first + 1)), $"{stream.Info.Name} from {from} to {to}");
            long[] read = [.. stream.ReadRows(found).SelectMany(r => r.Batch.Column("sequence").Values<long>().Slice(r.First, r.Count).ToArray())];
            Assert.That(read, Is.EqualTo(Enumerable.Range((int)found.First, (int)found.Count).Select(n => (long)n)));
        }
    }
}
