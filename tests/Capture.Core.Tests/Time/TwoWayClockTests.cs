using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class TwoWayClockTests
{
    private static readonly ClockDomain Board = new("board", ClockFeed.TwoWay, 1_000_000, 64);

    [Test]
    public void Microcontroller_over_a_heavy_tailed_link_is_within_1_ms_and_inside_its_bound()
    {
        Score all = new();
        for (int seed = 1; seed <= 30; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, 40, Board.TickRateHz, (random.NextDouble() * 200) - 100, 0.1, random.NextInt64(1_000_000_000_000));
            TwoWayClock online = new(Board);
            foreach (ClockExchange e in Exchanges(random, clock, 0, 30))
            {
                Assert.That(online.Add(e), Is.True, $"seed {seed}");
                if (online.Used >= 10)
                {
                    ScoreSamples(all, online, clock, (e.HostReceive - clock.Host(0)).TotalSeconds, 20);
                }
            }
        }

        TestContext.Out.WriteLine(all.Line("two-way 0.2-40 ms Lomax(2 ms, 1.5) each way, 10 probes/s, ±100 ppm, 0.1 ppm/√min, seeds 1-30, 30 s from the 10th probe"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.ErrorMs(0.99), Is.LessThanOrEqualTo(1.0));
            Assert.That(all.Inside, Is.GreaterThanOrEqualTo(0.999));
            Assert.That(all.BoundMs(0.5), Is.LessThanOrEqualTo(2.0));
        }
    }

    [Test]
    public void The_bound_holds_from_the_first_exchange_on()
    {
        Score all = new();
        for (int seed = 100; seed < 200; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, 5, Board.TickRateHz, (random.NextDouble() * 200) - 100, 0.1);
            TwoWayClock online = new(Board);
            foreach (ClockExchange e in Exchanges(random, clock, 0, 1))
            {
                online.Add(e);
                ScoreSamples(all, online, clock, (e.HostReceive - clock.Host(0)).TotalSeconds, 10);
            }
        }

        TestContext.Out.WriteLine(all.Line("two-way, first second, seeds 100-199"));
        Assert.That(all.Inside, Is.GreaterThanOrEqualTo(0.999));
    }

    [Test]
    public void The_bound_grows_when_probes_stop_and_still_holds()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            Random random = new(seed);
            double ppm = seed % 2 == 0 ? 100 : -100;
            SimulatedOscillator clock = new(random, 200, Board.TickRateHz, ppm, 0.1);
            TwoWayClock online = new(Board);
            double stop = seed <= 10 ? 1.5 : 20;
            foreach (ClockExchange e in Exchanges(random, clock, 0, stop))
            {
                online.Add(e);
            }

            Duration last = Duration.Zero;
            foreach (double after in new[] { 0.5, 1, 2, 5, 10, 20, 40, 60, 120 })
            {
                DeviceTicks ticks = clock.TicksAt(stop + after);
                TimeEstimate e = online.Estimate(ticks, clock.Truth(ticks) + Duration.FromSeconds(100));
                Assert.That(e.Bound, Is.Not.Null);
                Assert.That(e.Bound!.Value, Is.GreaterThan(last), $"seed {seed}, {after} s after the last probe");
                Assert.That(Math.Abs((e.Instant - clock.Truth(ticks)).Nanoseconds), Is.LessThanOrEqualTo(e.Bound.Value.Nanoseconds), $"seed {seed}, {after} s");
                last = e.Bound.Value;
                if (seed is 1 or 11 && after is 0.5 or 10 or 60)
                {
                    TestContext.Out.WriteLine($"seed {seed}, probes for {stop} s, {after} s after the last: bound {e.Bound}, sigma {e.Sigma}, error {e.Instant - clock.Truth(ticks)}");
                }
            }
        }
    }

    [Test]
    public void An_asymmetric_path_is_off_by_no_more_than_half_the_round_trip_and_inside_the_bound([Values] bool outward)
    {
        Random random = new(7);
        SimulatedOscillator clock = new(random, 40, Board.TickRateHz, 60, 0.1);
        TwoWayClock online = new(Board);
        Score score = new();
        for (double t = 0; t < 30; t += 0.1)
        {
            double jitter = Noise.Exponential(random, 0.001);
            online.Add(Exchange(clock, t, outward ? 0.010 + jitter : 0, 0.0001, outward ? 0 : 0.010 + jitter));
            ScoreSamples(score, online, clock, t + 0.03, 5);
        }

        TestContext.Out.WriteLine(score.Line($"all delay {(outward ? "outward" : "homeward")}, 10 ms + exp(1 ms)"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.Inside, Is.EqualTo(1));
            Assert.That(score.ErrorMs(0.99), Is.GreaterThan(3), "the estimate cannot know, so the bound has to");
            Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(5.5));
            Assert.That(score.BoundMs(0.5), Is.LessThanOrEqualTo(1.2 * 5.1));
        }
    }

    [Test]
    public void Another_segment_starts_anew()
    {
        Random random = new(3);
        SimulatedOscillator before = new(random, 20, Board.TickRateHz, 50, 0.1, 5_000_000_000);
        TwoWayClock online = new(Board);
        foreach (ClockExchange e in Exchanges(random, before, 0, 5))
        {
            online.Add(e);
        }

        DeviceTicks ticks = before.TicksAt(6);
        Assert.That(online.Estimate(ticks, before.Host(6.01)).Bound, Is.Not.Null);
        online.BeginSegment(1);
        Assert.That(online.Estimate(new DeviceTicks(17), before.Host(6.01)).Bound, Is.Null, "nothing is known of the new segment");
        Assert.That(online.CurrentSigma, Is.Null);

        // The same host, the counter from 0 again.
        SimulatedOscillator after = new(new Random(4), 20, Board.TickRateHz, -70, 0.1);
        Score score = new();
        foreach (ClockExchange e in Exchanges(random, after, 0, 10))
        {
            Assert.That(online.Add(e with { Segment = 1 }), Is.True);
            ScoreSamples(score, online, after, (e.HostReceive - after.Host(0)).TotalSeconds, 5);
        }

        Assert.That(online.Segment, Is.EqualTo(1));
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void Refuses_and_counts_impossible_exchanges()
    {
        TwoWayClock online = new(Board);
        HostTime h = new(1_000_000_000);
        ClockExchange good = new(h, new DeviceTicks(1_000), new DeviceTicks(1_100), h + Duration.FromMilliseconds(2), 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(online.Add(good with { HostReceive = h - new Duration(1) }), Is.False, "answered before it was asked");
            Assert.That(online.Add(good with { DeviceSend = new DeviceTicks(999) }), Is.False, "device time runs backwards");
            Assert.That(online.Add(good with { DeviceSend = new DeviceTicks(500_000) }), Is.False, "longer in the device than at the host");
            Assert.That(online.Add(good with { HostReceive = h + Duration.FromSeconds(2) }), Is.False, "round trip of 2 s");
            Assert.That(online.Refused, Is.EqualTo(4));
            Assert.That(online.Add(good), Is.True);
            Assert.That(online.Used, Is.EqualTo(1));
            Assert.That(online.BestRoundTrip, Is.EqualTo(Duration.FromMicroseconds(1_900)));
        }
    }

    [Test]
    public void One_lying_exchange_is_refused_and_changes_nothing()
    {
        Random random = new(11);
        SimulatedOscillator clock = new(random, 20, Board.TickRateHz, 20, 0.1);
        TwoWayClock online = new(Board);
        int n = 0;
        foreach (ClockExchange e in Exchanges(random, clock, 0, 10))
        {
            bool lies = ++n % 20 == 0;
            ClockExchange given = lies ? e with { DeviceReceive = e.DeviceReceive + 250_000, DeviceSend = e.DeviceSend + 250_000 } : e;
            Assert.That(online.Add(given), Is.EqualTo(!lies));
        }

        Score score = new();
        ScoreSamples(score, online, clock, 10, 10);
        Assert.That(score.Inside, Is.EqualTo(1));
        Assert.That(score.ErrorMs(1), Is.LessThan(1));
        Assert.That(online.Restarts, Is.Zero);
    }

    [Test]
    public void An_unannounced_step_of_the_device_is_found_within_a_second([Values(-3_000_000L, 50_000L, 3_000_000L)] long ticks)
    {
        Random random = new(12);
        SimulatedOscillator clock = new(random, 20, Board.TickRateHz, 20, 0.1, 10_000_000);
        TwoWayClock online = new(Board);
        foreach (ClockExchange e in Exchanges(random, clock, 0, 5))
        {
            online.Add(e);
        }

        foreach (ClockExchange e in Exchanges(random, clock, 5, 6))
        {
            online.Add(e with { DeviceReceive = e.DeviceReceive + ticks, DeviceSend = e.DeviceSend + ticks });
        }

        Assert.That(online.Restarts, Is.EqualTo(1));
        DeviceTicks at = clock.TicksAt(6);
        TimeEstimate estimate = online.Estimate(at + ticks, clock.Host(6.05));
        Assert.That(Math.Abs((estimate.Instant - clock.Truth(at)).Nanoseconds), Is.LessThanOrEqualTo(estimate.Bound!.Value.Nanoseconds));
    }

    [Test]
    public void Never_says_later_than_the_arrival()
    {
        TwoWayClock online = new(Board);
        HostTime h = new(1_000_000_000);
        online.Add(new ClockExchange(h, new DeviceTicks(0), new DeviceTicks(0), h + Duration.FromMilliseconds(40), 0));
        TimeEstimate e = online.Estimate(new DeviceTicks(0), h + Duration.FromMilliseconds(5));
        Assert.That(e.Instant, Is.LessThanOrEqualTo(h + Duration.FromMilliseconds(5) + Duration.FromMicroseconds(3)));
        TimeEstimate impossible = online.Estimate(new DeviceTicks(1_000_000), h + Duration.FromMilliseconds(5));
        Assert.That(impossible.Instant, Is.EqualTo(h + Duration.FromMilliseconds(5)));
        Assert.That(impossible.Bound, Is.Null, "the count contradicts the clock, so nothing is claimed");
    }

    [Test]
    public void Allocates_nothing_once_made()
    {
        Random random = new(5);
        SimulatedOscillator clock = new(random, 400, Board.TickRateHz, 20, 0.1);
        ClockExchange[] exchanges = [.. Exchanges(random, clock, 0, 300)];
        TwoWayClock online = new(Board);
        online.Add(exchanges[0]);
        _ = online.Estimate(exchanges[0].DeviceSend, exchanges[0].HostReceive);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < exchanges.Length; i++)
        {
            online.Add(exchanges[i]);
            _ = online.Estimate(exchanges[i].DeviceSend, exchanges[i].HostReceive);
            _ = online.CurrentSigma;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Refuses_a_domain_without_a_rate() =>
        Assert.That(() => new TwoWayClock(Board with { TickRateHz = 0 }), Throws.ArgumentException.With.Message.Contains("tick rate"));

    internal static IEnumerable<ClockExchange> Exchanges(Random random, SimulatedOscillator clock, double from, double to, double perSecond = 10)
    {
        for (double t = from; t < to; t += 1 / perSecond)
        {
            yield return Exchange(
                clock,
                t,
                Noise.HeavyTail(random, 0.0002, 0.002, 1.5, 0.040),
                random.NextDouble() * 0.0005,
                Noise.HeavyTail(random, 0.0002, 0.002, 1.5, 0.040));
        }
    }

    internal static ClockExchange Exchange(SimulatedOscillator clock, double t, double there, double inside, double back) =>
        new(clock.Host(t), clock.TicksAt(t + there), clock.TicksAt(t + there + inside), clock.Host(t + there + inside + back), 0);

    private static void ScoreSamples(Score score, TwoWayClock online, SimulatedOscillator clock, double from, int count)
    {
        for (int i = 0; i < count; i++)
        {
            DeviceTicks ticks = clock.TicksAt(from + (i * 0.1 / count));
            HostTime truth = clock.Truth(ticks);
            score.Add(online.Estimate(ticks, truth + Duration.FromMilliseconds(50)), truth);
        }
    }
}
