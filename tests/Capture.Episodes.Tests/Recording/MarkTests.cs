using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Recording;

/// <summary>Marks are rows like others; closing and recovering make intervals of them.</summary>
public sealed class MarkTests
{
    [Test]
    public void Beginnings_and_ends_become_intervals_in_the_manifest_and_warnings_of_verify()
    {
        using var rig = new Rig();
        Record(rig);
        rig.Recorder.Stop(StopReason.Operator);
        EpisodeManifest manifest = rig.Recorder.Seal();
        ManifestMark[] expected =
        [
            new("front", "frozen", 1_000_000_000, 3_000_000_000, 2_000_000_000, 0, 30, 1, 2),
            new("front", "black", 2_500_000_000, null, 3_200_000_000, 0, 75, null, null),
            new("front", "frozen", 5_000_000_000, null, 6_000_000_000, 1, 60, null, null),
        ];
        Assert.That(manifest.Marks, Is.EqualTo(expected));
        Assert.That(ManifestFile.Read(rig.Folder).Marks, Is.EqualTo(expected));
        IReadOnlyList<Finding> findings = EpisodeVerifier.Verify(rig.Folder);
        Assert.That(findings.Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
        Assert.That(findings.Where(f => f.Place == "stream 'front'").Select(f => f.Text), Is.EqualTo(new[] { "frozen from 1.000 s to 3.000 s", "black from 2.500 s to the end", "frozen from 5.000 s to the end" }));

        ManifestFile.Write(Capture.Episodes.Disk.KernelDisk.Instance, rig.Folder, manifest with { Marks = expected[..2] });
        Assert.That(EpisodeVerifier.Verify(rig.Folder).Where(f => f.Severity == FindingSeverity.Error).Select(f => f.Text), Has.Some.Contains("lists 2 marks"));
    }

    [Test]
    public void An_episode_that_was_cut_off_has_them_after_recovery()
    {
        using var rig = new Rig();
        Record(rig);
        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Dispose();
        EpisodeRecovery.Execute(rig.Folder);
        Assert.That(ManifestFile.Read(rig.Folder).Marks?.Select(m => (m.Mark, m.FromNs, m.UntilNs)), Is.EqualTo(new[] { ("frozen", 1_000_000_000L, (long?)3_000_000_000), ("black", 2_500_000_000, null), ("frozen", 5_000_000_000, null) }));
    }

    [Test]
    public void An_episode_that_nobody_watched_has_none_and_the_name_is_taken()
    {
        using var rig = new Rig();
        rig.Recorder.Open(Streams.Camera());
        Assert.That(() => rig.Recorder.Open(Streams.Camera("marks")), Throws.TypeOf<EpisodeException>().With.Message.Contains("marks"));
        rig.Recorder.Arm();
        rig.Recorder.Stop(StopReason.Operator);
        Assert.That(rig.Recorder.Seal().Marks, Is.Null);
        Assert.That(EpisodeVerifier.Verify(rig.Folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty);
    }

    private static void Record(Rig rig)
    {
        EpisodeRecorder r = rig.Recorder;
        r.Open(Streams.Camera());
        IMarkSink marks = r.OpenMarks();
        r.Arm();
        HostTime t0 = r.Anchor.Origin;
        (double Found, MarkKind Kind, bool Begins, double At, int Segment, long Row)[] edges =
        [
            (2, MarkKind.Frozen, true, 1, 0, 30), (3.1, MarkKind.Frozen, false, 3, 1, 2), (3.2, MarkKind.Black, true, 2.5, 0, 75), (6, MarkKind.Frozen, true, 5, 1, 60),
        ];
        for (int i = 0; i < edges.Length; i++)
        {
            HostTime At(double seconds) => t0 + new Duration((long)(seconds * 1e9));
            Assert.That(marks.Append(i, "front"u8, new Mark(At(edges[i].Found), edges[i].Kind, edges[i].Begins, At(edges[i].At), edges[i].Segment, edges[i].Row)), Is.True);
        }
    }
}
