using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Recovery;

/// <summary>
/// A killed recorder, simulated: copies of a growing episode, cut at random bytes. What this does not prove: a real kill -9 of the real program (EndToEnd does).
/// </summary>
public sealed class TornEpisodeTests
{
    [Test]
    public void A_copy_cut_anywhere_opens_unrepaired_and_is_made_whole()
    {
        using var rig = new Rig(s => s with { BatchEveryMs = 20 });
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera());
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        for (int i = 0; i < 300; i++)
        {
            HostTime now = rig.Now;
            imu.Append(Rig.Stamp(i, now, i * 1000), [i, 2, 3], [4, 5, 6]);
            if (i % 10 == 0)
            {
                camera.Append(Rig.Stamp(i / 10, now), Jpegs.Grey8, true);
            }

            Thread.Sleep(1);
        }

        var random = new Random(20261122);
        for (int round = 0; round < 20; round++)
        {
            string copy = rig.Temp.At($"copy{round}.episode");
            TempFolder.Copy(rig.Folder, copy);
            string path = EpisodeFolder.StreamFile(copy, "board.imu");
            long full = new FileInfo(path).Length;
            long cut = random.NextInt64(full);
            long rowsBefore;
            using (EpisodeReader whole = EpisodeReader.Open(copy))
            {
                rowsBefore = whole.Stream("board.imu").Rows;
            }

            byte[] original = File.ReadAllBytes(path);
            using (var file = new FileStream(path, FileMode.Open))
            {
                file.SetLength(cut);
            }

            if (round % 4 == 0)
            {
                File.Delete(ManifestFile.PathIn(copy));
            }
            else
            {
                CheckUnrepaired(copy, rowsBefore);
            }

            RecoveryPlan plan = EpisodeRecovery.Plan(copy);
            EpisodeRecovery.Execute(copy);
            RecoveryPlan again = EpisodeRecovery.Execute(copy);
            using EpisodeReader recovered = EpisodeReader.Open(copy);
            EpisodeStream? stream = recovered.Find("board.imu");
            Assert.Multiple(() =>
            {
                Assert.That(plan.IsWhole, Is.False);
                Assert.That(again.IsWhole, Is.True, "recovery is idempotent");
                Assert.That(recovered.Manifest.State, Is.EqualTo(EpisodeState.Recovered));
                Assert.That(recovered.Manifest.Stopped, Is.EqualTo("killed"));
                Assert.That(EpisodeVerifier.Verify(copy).Where(f => f.Severity == FindingSeverity.Error && !f.Text.Contains("cannot be read or is missing", StringComparison.Ordinal)), Is.Empty, $"round {round}, cut at {cut} of {full}");
                if (stream is not null)
                {
                    Assert.That(stream.IsSealed, Is.True);
                    int whole = (int)Math.Min(stream.Tail.Offset, cut);
                    Assert.That(File.ReadAllBytes(path)[..whole], Is.EqualTo(original[..whole]), "whole messages stay byte for byte");
                    Assert.That(stream.ReadInt64("sequence"), Is.EqualTo(Enumerable.Range(0, (int)stream.Rows).Select(n => (long)n)));
                }
            });
            Directory.Delete(copy, recursive: true);
        }
    }

    [Test]
    public void A_live_recorder_s_episode_is_refused_and_its_reader_follows_it()
    {
        using var rig = new Rig(s => s with { BatchEveryMs = 20 });
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        imu.Append(Rig.Stamp(0, rig.Now, 0), [1, 2, 3], [4, 5, 6]);
        using EpisodeReader live = EpisodeReader.Open(rig.Folder);
        Assert.That(Rig.Eventually(() => live.Refresh() && live.Stream("board.imu").Rows == 1), Is.True);
        imu.Append(Rig.Stamp(1, rig.Now, 1), [1, 2, 3], [4, 5, 6]);
        Assert.Multiple(() =>
        {
            Assert.That(Rig.Eventually(() => live.Refresh() && live.Stream("board.imu").Rows == 2), Is.True);
            Assert.That(() => EpisodeRecovery.Execute(rig.Folder), Throws.TypeOf<EpisodeException>().With.Property("Problem").EqualTo(EpisodeProblem.Held));
            Assert.That(live.Stream("board.imu").ReadInt64("sequence"), Is.EqualTo(new long[] { 0, 1 }));
        });
    }

    [Test]
    public void A_folder_that_is_no_episode_is_refused_with_what_to_do()
    {
        using var temp = new TempFolder();
        Assert.Multiple(() =>
        {
            Assert.That(() => EpisodeReader.Open(temp.Path), Throws.TypeOf<EpisodeException>().With.Message.Contains("no episode.json").And.Message.Contains("capture recover"));
            Assert.That(() => EpisodeReader.Open(temp.At("nothing")), Throws.TypeOf<EpisodeException>().With.Message.Contains("no such folder"));
            Assert.That(() => EpisodeRecovery.Plan(temp.Path), Throws.TypeOf<EpisodeException>().With.Message.Contains("streams"));
        });
    }

    [Test]
    public void A_foreign_file_among_the_streams_is_named_and_the_rest_is_read()
    {
        using var rig = new Rig();
        IImuSink imu = rig.Recorder.Open(Streams.Imu());
        rig.Recorder.Arm();
        imu.Append(Rig.Stamp(0, rig.Now, 0), [1, 2, 3], [4, 5, 6]);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        File.WriteAllText(EpisodeFolder.StreamFile(rig.Folder, "foreign"), "PAR1 this is no Arrow file at all");
        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        Assert.Multiple(() =>
        {
            Assert.That(episode.Stream("board.imu").Rows, Is.EqualTo(1));
            Assert.That(episode.Faults.Single().Name, Is.EqualTo("foreign"));
            Assert.That(EpisodeVerifier.Verify(rig.Folder).Select(f => f.Place), Has.Some.Contains("foreign"));
        });
    }

    private static void CheckUnrepaired(string copy, long rowsBefore)
    {
        using EpisodeReader torn = EpisodeReader.Open(copy);
        if (torn.Find("board.imu") is not { } stream)
        {
            Assert.That(torn.Faults.Select(f => f.Name), Does.Contain("board.imu"));
            return;
        }

        long[] sequences = stream.ReadInt64("sequence");
        Assert.Multiple(() =>
        {
            Assert.That(stream.Rows, Is.LessThanOrEqualTo(rowsBefore));
            Assert.That(sequences, Is.EqualTo(Enumerable.Range(0, (int)stream.Rows).Select(n => (long)n)), "no wrong row");
        });
    }
}
