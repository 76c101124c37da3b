using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>Which segment an entry of the ledger belongs to, where its number alone does not tell.</summary>
public sealed class BalanceTests
{
    /// <summary>A driver that counts a picture twice, read half a second late: what was missing before it belongs to the segment before, whatever the kernel's stamps say.</summary>
    [Test]
    public void The_balance_closes_over_a_reset_that_was_read_late()
    {
        using var rig = new Rig();
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera() with { Latency = null, Clock = Streams.Host, StampSource = StampSource.Kernel, Counted = true, KeepsReadTime = true });
        rig.Recorder.Arm();
        HostTime t0 = rig.Recorder.Anchor.Origin;
        (long Sequence, int Segment, int StampMs, int ReadMs, long Missed)[] rows = [(855, 0, 250, 454, 0), (857, 0, 330, 648, 1), (859, 0, 458, 699, 1), (861, 0, 588, 794, 1), (861, 1, 629, 1230, 0), (862, 1, 667, 1297, 0)];
        foreach ((long sequence, int segment, int stampMs, int readMs, long missed) in rows)
        {
            HostTime read = t0 + Duration.FromMilliseconds(readMs);
            if (missed > 0)
            {
                camera.Book(new Loss(read, LossStage.Transport, LossReason.SequenceGap, LossEvidence.Counter, missed, sequence - missed));
            }

            HostTime stamp = t0 + Duration.FromMilliseconds(stampMs);
            Assert.That(camera.Append(new SampleStamp(sequence, segment, null, stamp, stamp) { ReadTime = read }, Jpegs.Grey8, keyFrame: true), Is.True);
        }

        rig.Recorder.Stop(StopReason.Operator);
        ManifestCounts counts = rig.Recorder.Seal().Streams.Single(s => s.Name == "front").Counts!;
        Assert.That((counts.Produced, counts.Stored, counts.Dropped, counts.Unknown), Is.EqualTo((9L, 6L, 3L, 0L)));
    }
}
