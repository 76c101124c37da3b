using System.Runtime.CompilerServices;
using Capture.Arrow;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Reading;

/// <summary>Sealed files are mapped for as long as anybody uses them; growing ones never.</summary>
[NonParallelizable]
public sealed class MappedReadingTests
{
    [Test]
    public void Spans_that_are_out_outlive_the_reader_and_the_mapping_goes_with_the_last_of_them()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        Seal(rig);
        string path = EpisodeFolder.StreamFile(rig.Recorder.Folder, "board.imu");
        ReadThenDispose(rig.Recorder.Folder, path);
        Collect();
        Assert.That(IsMapped(path), Is.False, "nobody uses it any more");
    }

    [Test]
    public void A_batch_that_is_kept_keeps_its_memory()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        Seal(rig);
        RecordBatch kept;
        using (EpisodeReader episode = EpisodeReader.Open(rig.Recorder.Folder))
        {
            kept = episode.Stream("board.imu").ReadBatch(0);
        }

        Collect();
        Assert.That(kept.Column("sequence").Values<long>().ToArray(), Is.EqualTo(Enumerable.Range(0, kept.Rows).Select(n => (long)n)));
        GC.KeepAlive(kept);
    }

    [Test]
    public void A_growing_file_is_read_by_position_until_it_is_sealed()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        rig.Run(1_000_000_000);
        string path = EpisodeFolder.StreamFile(rig.Recorder.Folder, "board.imu");
        using EpisodeReader episode = EpisodeReader.Open(rig.Recorder.Folder);
        Assert.That(episode.Stream("board.imu").ReadInt64("sequence"), Is.Not.Empty);
        Assert.That(IsMapped(path), Is.False, "growing");
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        Collect();
        Assert.That(episode.Refresh(), Is.True);
        Assert.That(episode.Stream("board.imu").ReadInt64("sequence"), Has.Length.EqualTo(rig.Imu.AtNs.Count));
        Assert.That(IsMapped(path), Is.True, "sealed");
    }

    [Test]
    public void Several_readers_read_at_once_what_one_recorder_writes()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        using var stop = new CancellationTokenSource();
        string folder = rig.Recorder.Folder;
        Task<long>[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using EpisodeReader episode = EpisodeReader.Open(folder);
            long rows = 0;
            while (!stop.IsCancellationRequested)
            {
                episode.Refresh();
                EpisodeStream stream = episode.Stream("board.imu");
                long[] sequences = stream.ReadInt64("sequence");
                for (int i = 0; i < sequences.Length; i++)
                {
                    if (sequences[i] != i)
                    {
                        return -1L;
                    }
                }

                if (sequences.Length < rows)
                {
                    return -2L;
                }

                rows = sequences.Length;
            }

            return rows;
        }))];
        rig.Run(6_000_000_000);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        stop.CancelAfter(50);
        Assert.That(readers.Select(r => r.GetAwaiter().GetResult()), Is.All.GreaterThanOrEqualTo(0));
        using EpisodeReader whole = EpisodeReader.Open(folder);
        EpisodeStream shared = whole.Stream("board.imu");
        long[] firsts = new long[shared.Batches];
        Parallel.For(0, shared.Batches, i => firsts[i] = shared.ReadBatch(i).Column("sequence").Values<long>()[0]);
        Assert.That(firsts, Is.EqualTo(Enumerable.Range(0, shared.Batches).Select(shared.FirstRow)));
    }

    [Test]
    public void A_live_tail_is_at_most_500_ms_behind()
    {
        using var rig = new SteppedRig(KernelDisk.Instance, new StepClock());
        using EpisodeReader episode = EpisodeReader.Open(rig.Recorder.Folder);
        long worst = 0;
        for (int poll = 0; poll < 60; poll++)
        {
            rig.Run(100_000_000);
            episode.Refresh();
            long now = rig.Clock.Now.Nanoseconds;
            foreach (AppendedRows stream in rig.Rows)
            {
                long seen = episode.Stream(stream.Stream).Rows;
                worst = Math.Max(worst, seen < stream.AtNs.Count ? now - stream.AtNs[(int)seen] : 0);
            }
        }

        TestContext.Out.WriteLine($"at most {worst / 1e6:0} ms behind, in simulated time, with a look every 100 ms");
        Assert.That(worst, Is.GreaterThan(0).And.LessThanOrEqualTo(500_000_000));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadThenDispose(string folder, string path)
    {
        EpisodeReader episode = EpisodeReader.Open(folder);
        using IDisposable hold = episode.Stream("board.imu").Hold();
        ReadOnlySpan<long> sequences = episode.Stream("board.imu").ReadBatch(0).Column("sequence").Values<long>();
        Assert.That(IsMapped(path), Is.True);
        episode.Dispose();
        Collect();
        Assert.That(IsMapped(path), Is.True, "a span is out");
        for (int i = 0; i < sequences.Length; i++)
        {
            Assert.That(sequences[i], Is.EqualTo(i));
        }
    }

    private static void Seal(SteppedRig rig)
    {
        rig.Run(1_000_000_000);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static bool IsMapped(string path) => File.ReadAllText("/proc/self/maps").Contains(path, StringComparison.Ordinal);
}
