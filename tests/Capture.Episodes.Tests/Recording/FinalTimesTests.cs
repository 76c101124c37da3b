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
    // A microphone whose periods are declared to be read 12 to 30 ms after their first frame.
    private static readonly AudioPeriodStream s_room = Streams.Audio() with
    {
        Counted = false,
        StampSource = StampSource.ReadReturn,
        Latency = new LatencyRange(Duration.FromMilliseconds(12), Duration.FromMilliseconds(30)),
    };

    [Test]
    public void Sound_that_a_stalled_host_read_late_has_the_truth_inside_its_bound()
    {
        // Periods of 10 ms read 15 ms after their first frame, declared 12 to 30 ms; in the middle the host stands still for 60 ms.
        const int Count = 250;
        const int Stalled = 125;
        using var rig = new Rig(s => s with { BufferSeconds = 20, BufferMb = 512 });
        EpisodeRecorder r = rig.Recorder;
        IAudioPeriodSink audio = r.Open(s_room);
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

    [Test]
    public void Sound_that_a_bus_delivers_far_too_late_and_in_bursts_keeps_its_order()
    {
        // From the middle on a second of sound is missing that nobody counted, and deliveries stall for up to 400 ms, again and again, as behind an emulated bus.
        const int Count = 3000;
        using var rig = new Rig(s => s with { BufferSeconds = 20, BufferMb = 512 });
        EpisodeRecorder r = rig.Recorder;
        IAudioPeriodSink audio = r.Open(s_room);
        r.Arm();
        HostTime t0 = r.Anchor.Origin;
        byte[] period = new byte[480 * 2 * 2];
        var read = new HostTime(long.MinValue);
        var random = new Random(1);
        long stalled = 0;
        for (int i = 0; i < Count; i++)
        {
            long taken = (10_000_000L * i) + (i >= Count / 2 ? 1_000_000_000 : 0);
            stalled = i >= Count / 2 && random.Next(40) == 0 ? taken + random.Next(400_000_000) : stalled;
            HostTime now = t0 + new Duration(Math.Max(taken + 15_000_000 + random.Next(10_000_000), stalled));
            read = now > read ? now : read;
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
            Assert.That(times, Is.Ordered.Ascending);
            Assert.That(Enumerable.Range(0, Count).Count(i => Math.Abs(times[i] - (10_000_000L * i) - (i >= Count / 2 ? 1_000_000_000 : 0)) > bounds[i]), Is.Zero, "rows whose truth lies outside their bound");
        }
    }

    [Test]
    public void Reports_of_a_camera_on_its_own_clock_take_its_encoders_delay_out_also_before_the_first_one()
    {
        // 30 pictures a second by an RTP clock 40 ppm fast, each 50 ms old when it arrives, ± 5; reports from second 4 on, 0.3 ms old.
        const int Count = 300;
        const double TicksPerNs = 90_000e-9 * (1 + 40e-6);
        var clock = new ClockDomain("wide", ClockFeed.OneWay, 90_000, 32);
        using var rig = new Rig(s => s with { BufferSeconds = 20, BufferMb = 512 });
        EpisodeRecorder r = rig.Recorder;
        ICameraFrameSink camera = r.Open(Streams.Camera("wide") with { Clock = clock, Latency = null, Encoding = "h264" });
        IClockReportSink reports = r.Open(new ClockReportStream
        {
            Name = "clock.wide", Device = new DeviceIdentity("rtsp://camera/", null, null), Clock = clock, StampSource = StampSource.ReadReturn, StampInstant = StampInstant.Arrival,
            Counted = false, MaxRowBytes = 64, BytesPerSecond = 64,
        });
        r.Arm();
        HostTime t0 = r.Anchor.Origin;
        long Ticks(Duration since) => 1_000_000 + (long)(since.Nanoseconds * TicksPerNs);
        for (int i = 0; i < Count; i++)
        {
            var taken = new Duration(i * 1_000_000_000L / 30);
            if (i >= 120 && i % 60 == 0)
            {
                Assert.That(reports.Append(i, new ClockReport(new DeviceTicks(Ticks(taken)), t0 + taken + Duration.FromMicroseconds(300), 1_700_000_000_000_000_000, 0)), Is.True);
            }

            HostTime arrival = t0 + taken + Duration.FromMilliseconds(50) + Duration.FromMicroseconds((i * 7919 % 100 * 100) - 5_000);
            Assert.That(camera.Append(Rig.Stamp(i, arrival, Ticks(taken)), [1, 2, 3], i % 15 == 0), Is.True);
        }

        r.Stop(StopReason.Operator);
        r.Seal();

        using EpisodeReader episode = EpisodeReader.Open(rig.Folder);
        long[] times = episode.Stream("wide").ReadTimes();
        Assert.That(times, Has.Length.EqualTo(Count));
        Assert.That(Enumerable.Range(0, Count).Max(i => Math.Abs(times[i] - (i * 1_000_000_000L / 30))), Is.LessThan(2_000_000));
        Assert.That(episode.Stream("clock.wide").Rows, Is.EqualTo(3));
    }

    /// <summary>A driver's stamps of a 30 Hz camera, 300 µs of jitter on each: sigma is that, not a flat guess, and there is no bound.</summary>
    [Test]
    public void Stamps_of_a_driver_have_the_sigma_of_their_own_jitter()
    {
        using var rig = new Rig(s => s with { BufferSeconds = 20, BufferMb = 512 });
        ICameraFrameSink camera = rig.Recorder.Open(Streams.Camera() with { Latency = null, Clock = Streams.Host, StampSource = StampSource.Kernel, StampInstant = StampInstant.EndOfFrame });
        rig.Recorder.Arm();
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            HostTime at = rig.Recorder.Anchor.Origin + new Duration((i * 33_333_333L) + (long)(300_000 * normal));
            Assert.That(camera.Append(new SampleStamp(i, 0, null, at, at), Jpegs.Grey8, keyFrame: true), Is.True);
        }

        rig.Recorder.Stop(StopReason.Operator);
        CertifiedStream certified = rig.Recorder.Seal().Certificate!.Streams.Single(s => s.Stream == "front");
        Assert.That(certified.SigmaNs!.P50, Is.EqualTo(300_000).Within(60_000));
        Assert.That(certified.BoundNs, Is.Null);
    }
}
