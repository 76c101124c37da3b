using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class InstantTests
{
    [Test]
    public void Durations_add_and_scale_exactly()
    {
        Duration d = Duration.FromSeconds(3) + Duration.FromMilliseconds(4) - Duration.FromMicroseconds(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(d.Nanoseconds, Is.EqualTo(3_003_995_000));
            Assert.That((d * 2).Nanoseconds, Is.EqualTo(6_007_990_000));
            Assert.That((d / 2).Nanoseconds, Is.EqualTo(1_501_997_500));
            Assert.That(-d, Is.LessThan(Duration.Zero));
            Assert.That(d.TotalMilliseconds, Is.EqualTo(3003.995));
            Assert.That(() => Duration.FromSeconds(long.MaxValue), Throws.InstanceOf<OverflowException>());
        }
    }

    [Test]
    public void Instants_give_durations_and_take_them()
    {
        HostTime t = new(5);
        Assert.That(t + new Duration(7) - t, Is.EqualTo(new Duration(7)));
        Assert.That(t - new Duration(7), Is.LessThan(t));
    }

    [TestCase(0, 10, 5)]
    [TestCase(0, 11, 5)]
    [TestCase(11, 0, 6)]
    [TestCase(long.MaxValue - 3, long.MaxValue - 1, long.MaxValue - 2)]
    public void Midpoint_is_exact_and_rounds_towards_the_first(long a, long b, long middle) =>
        Assert.That(HostTime.Midpoint(new HostTime(a), new HostTime(b)).Nanoseconds, Is.EqualTo(middle));

    [Test]
    public void The_anchor_is_episode_time_zero()
    {
        EpisodeAnchor anchor = new(new HostTime(1_000));
        Assert.That(anchor.ToEpisode(new HostTime(900)).Nanoseconds, Is.EqualTo(-100), "before the anchor is pre-roll");
        Assert.That(anchor.ToHost(anchor.ToEpisode(new HostTime(12_345))), Is.EqualTo(new HostTime(12_345)));
    }

    [Test]
    public void A_reading_stands_in_the_middle_of_its_bracket()
    {
        HostClockReading reading = new(new HostTime(1_000), 5_000_000, 2_000, new HostTime(1_200));
        Assert.That(reading.Monotonic, Is.EqualTo(new HostTime(1_100)));
    }

    [Test]
    public void A_piece_maps_ticks_from_its_own_start()
    {
        ClockPiece piece = new(0, new DeviceTicks(1L << 60), new HostTime(500), 1000.5, Duration.Zero, null);
        Assert.That(piece.ToHost(new DeviceTicks((1L << 60) + 2)), Is.EqualTo(new HostTime(2_501)));
    }

    [Test]
    public void The_kernels_monotonic_clock_advances()
    {
        HostTime a = HostClock.System.Now;
        HostClockReading reading = HostClock.System.ReadAll();
        Assert.That(reading.MonotonicBefore, Is.GreaterThanOrEqualTo(a));
        Assert.That(reading.MonotonicAfter, Is.GreaterThanOrEqualTo(reading.MonotonicBefore));
        Assert.That(reading.RealtimeNanoseconds, Is.GreaterThan(1_600_000_000_000_000_000));
    }
}
