using System.Globalization;
using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Durability;

/// <summary>
/// The power goes at any operation of a recording and its close. After each cut: the episode opens, is recovered, verification finds nothing wrong, no row is wrong, and what was
/// appended longer than durable_every_ms + 250 ms before is there. What this does not prove: that the machine's disk keeps what it acknowledged.
/// </summary>
public sealed class PowerCutTests
{
    private const int Seed = 20261122;
    private const int SlackMs = 250;

    [Test]
    public void Two_hundred_cuts_lose_at_most_the_bound_and_leave_no_wrong_row() => Cut(200, 5_000_000_000);

    // Closed before the schemas were ever synced.
    [Test]
    public void Cuts_of_a_take_of_half_a_second_leave_no_wrong_row() => Cut(60, 500_000_000);

    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public void Two_thousand_cuts_lose_at_most_the_bound_and_leave_no_wrong_row() => Cut(2000, 5_000_000_000);

    [Test]
    public void A_disk_without_syncs_would_break_the_bound()
    {
        // The same cuts, with the syncs of stream files taken out of the log: the test above can fail.
        (List<LoggedOperation> operations, SteppedRig rig) = Record(new StepClock(), 5_000_000_000);
        using (rig)
        {
            LoggedOperation[] without = [.. operations.Where(o => o.Kind != DiskOperation.Sync || !o.Path.Contains("streams", StringComparison.Ordinal))];
            var random = new Random(Seed);
            long worst = 0;
            for (int i = 0; i < 20; i++)
            {
                int cut = random.Next(without.Length / 2, without.Length * 2 / 3);
                worst = Math.Max(worst, After(rig, without, cut, random, $"cut {i}", bound: long.MaxValue));
            }

            Assert.That(worst / 1_000_000, Is.GreaterThan(1000 + SlackMs));
        }
    }

    private static void Cut(int count, long ns)
    {
        (List<LoggedOperation> operations, SteppedRig rig) = Record(new StepClock(), ns);
        using (rig)
        {
            Assert.That(rig.Refused, Is.Zero, "the recording itself lost nothing");
            var random = new Random(Seed);
            long worst = 0;
            for (int i = 0; i < count; i++)
            {
                int cut = random.Next(operations.Count);
                string which = string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, cut {i} before operation {cut} of {operations.Count} ({operations[cut].Kind} {Path.GetFileName(operations[cut].Path)})");
                worst = Math.Max(worst, After(rig, operations, cut, random, which, (1000 + SlackMs) * 1_000_000L));
            }

            TestContext.Out.WriteLine($"{count} cuts of {operations.Count} operations; the most that a stream lost: {worst / 1e6:0} ms of rows");
        }
    }

    /// <summary>A take of so many simulated ns and its close, as a log.</summary>
    private static (List<LoggedOperation> Operations, SteppedRig Rig) Record(StepClock clock, long ns)
    {
        var log = new WriteLog(clock);
        var rig = new SteppedRig(log, clock);
        log.DuringSync = () =>
        {
            clock.Advance(1_000_000);
            rig.AppendDue();
            rig.Recorder.StepWriter();
        };
        rig.Run(ns);
        log.DuringSync = null;
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        return (log.Operations, rig);
    }

    /// <summary>Makes what a cut leaves, holds it against the truth, and returns the longest time that a stream lost.</summary>
    private static long After(SteppedRig rig, IReadOnlyList<LoggedOperation> operations, int cut, Random random, string which, long bound)
    {
        string root = rig.Temp.At("cut");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        PowerCut.Make(operations, cut, random, Path.GetDirectoryName(rig.Recorder.Folder)!, root);
        string folder = Path.Combine(root, Path.GetFileName(rig.Recorder.Folder));
        long now = operations[cut].AtNs;
        if (!Directory.Exists(Path.Combine(folder, EpisodeFolder.Streams)))
        {
            // Before Arm was over: nothing had been promised.
            Assert.That(rig.Rows.All(r => r.AtNs[0] > now - bound), Is.True, which);
            return 0;
        }

        if (File.Exists(ManifestFile.PathIn(folder)))
        {
            using EpisodeReader unrepaired = EpisodeReader.Open(folder);
            Rows(rig, unrepaired, which);
        }

        try
        {
            EpisodeRecovery.Execute(folder);
        }
        catch (EpisodeException e) when (e.Problem == EpisodeProblem.NotAnEpisode && rig.Rows.All(r => r.AtNs[0] > now - bound))
        {
            return 0;
        }

        Assert.That(EpisodeRecovery.Plan(folder).IsWhole, Is.True, which);
        Assert.That(EpisodeVerifier.Verify(folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty, which);
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Dictionary<string, long> delivered = Rows(rig, episode, which);
        long worst = 0;
        foreach (AppendedRows stream in rig.Rows)
        {
            // Everything up to the first row that is missing must be old; what lies behind a gap is a gift.
            long have = delivered.GetValueOrDefault(stream.Stream);
            int appended = stream.AtNs.FindIndex(at => at > now) is >= 0 and var later ? later : stream.AtNs.Count;
            long lost = have < appended ? now - stream.AtNs[(int)have] : 0;
            worst = Math.Max(worst, lost);
            Assert.That(lost, Is.LessThanOrEqualTo(bound), $"{which}: ns of rows that {stream.Stream} lost");
        }

        return worst;
    }

    /// <summary>Checks every row that is delivered against what was appended; returns the rows up to the first one missing, by stream.</summary>
    private static Dictionary<string, long> Rows(SteppedRig rig, EpisodeReader episode, string which)
    {
        var delivered = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (AppendedRows stream in rig.Rows)
        {
            if (episode.Find(stream.Stream) is not { } read)
            {
                continue;
            }

            long expected = 0;
            long next = 0;
            for (int b = 0; b < read.Batches; b++)
            {
                RecordBatch batch;
                try
                {
                    batch = read.ReadBatch(b);
                }
                catch (EpisodeException e) when (e.Problem == EpisodeProblem.Damaged && episode.Manifest.State == EpisodeState.Recording)
                {
                    continue; // refused before recovery: no value of it is delivered
                }

                ReadOnlySpan<long> sequences = batch.Column(CommonColumns.Sequence).Values<long>();
                bool camera = stream == rig.Camera;
                for (int i = 0; i < batch.Rows; i++)
                {
                    long sequence = sequences[i];
                    bool right = sequence >= next && sequence < stream.AtNs.Count && Right(rig, stream, batch, i, sequence);
                    if (!right)
                    {
                        Assert.Fail($"{which}: {stream.Stream} delivers a wrong row {sequence} behind {next - 1}");
                    }

                    next = sequence + 1;
                    expected += sequence == expected ? 1 : 0;
                }
            }

            delivered[stream.Stream] = expected;
        }

        return delivered;
    }

    private static bool Right(SteppedRig rig, AppendedRows stream, RecordBatch batch, int row, long sequence)
    {
        if (stream == rig.Exchange)
        {
            return batch.Column(ClockExchangeSchema.HostReceive).Values<long>()[row] == stream.AtNs[(int)sequence];
        }

        if (batch.Column(CommonColumns.HostTime).Values<long>()[row] != stream.AtNs[(int)sequence])
        {
            return false;
        }

        return stream == rig.Camera ? batch.Column(CameraFrameSchema.Data).Bytes(row).Length == SteppedRig.PictureLength(sequence)
            : stream == rig.Imu ? batch.Column(CommonColumns.DeviceTicks).Values<long>()[row] == sequence
            : stream != rig.Trigger || batch.Column("edge").Values<long>()[row] == sequence;
    }
}
