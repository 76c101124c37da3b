using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;

namespace Capture.Episodes.Tests.Recording;

/// <summary>What the times written at close say of rows that were delivered otherwise than declared.</summary>
public sealed class FinalTimesTests
{
    [Test]
    public void Sound_that_a_stalled_host_read_late_has_the_truth_inside_its_bound()
    {
        // Periods of 10 ms read 15 ms after their first frame, declared 12 to 30 ms; in the middle the host stands still for 60 ms.
        const int Count = 250;
        const int Stalled = 125;
        using var rig = new Rig();
        EpisodeRecorder r = rig.Recorder;
        IAudioPeriodSink audio = r.Open(Streams.Audio() with
        {
            Counted = false,
            StampSource = StampSource.ReadReturn,
            Latency = new LatencyRange(Duration.FromMilliseconds(12), Duration.FromMilliseconds(30)),
        });
        r.Arm();
        HostTime t0 = r.Anchor.Origin;
        HostTime[] truth = [.. Enumerable.Range(0, Count).Select(i => t0 + Duration.FromMilliseconds(10 * i))];
        HostTime end = truth[Stalled] + Duration.FromMilliseconds(75);
        byte[] period = new byte[480 * 2 * 2];
        for (int i = 0; i < Count; i++)
        {
            HostTime read = truth[i] + Duration.FromMilliseconds(15);
            read = i >= Stalled && read < end ? end : read;
            Assert.That(audio.Append(Rig.Stamp(i, read, 480L * i), period), Is.True);
        }

        r.Stop(StopReason.Operator);
        r.Seal();

        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        EpisodeStream room = episode.Stream("room");
        long[] times = room.ReadTimes();
        long[] bounds = room.Times!.ReadBounds();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(times, Has.Length.EqualTo(Count));
            for (int i = 0; i < Count; i++)
            {
                long error = Math.Abs(times[i] - (truth[i] - t0).Nanoseconds);
                Assert.That(error, Is.LessThanOrEqualTo(bounds[i]), $"period {i}");
            }

            Assert.That(bounds[0], Is.LessThanOrEqualTo(18_000_000));
        }
    }
}
