using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

/// <summary>Devices that lie, count coarsely or deliver out of order; and coverage over many seeds.</summary>
[TestFixture]
public sealed class ClockRobustnessTests
{
    private static readonly ClockDomain Board = new("board", ClockFeed.TwoWay, 1_000_000, 64);
    private static readonly LatencyRange Camera = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(45));

    [Test]
    public void Nonsense_neither_throws_nor_hangs([Range(1, 20)] int seed)
    {
        Random random = new(seed);
        ClockExchange[] exchanges = new ClockExchange[500];
        ClockArrival[] arrivals = new ClockArrival[500];
        HostTime[] instants = new HostTime[500];
        long wide = seed % 2 == 0 ? long.MaxValue : 1L << random.Next(10, 60);
        for (int i = 0; i < exchanges.Length; i++)
        {
            long host = random.NextInt64(-wide, wide);
            exchanges[i] = new ClockExchange(
                new HostTime(host),
                new DeviceTicks(random.NextInt64(-wide, wide)),
                new DeviceTicks(random.NextInt64(-wide, wide)),
                new HostTime(host / 2 * 2 + random.Next()),
                random.Next(3));
            arrivals[i] = new ClockArrival(exchanges[i].DeviceReceive, exchanges[i].HostSend, exchanges[i].Segment);
            instants[i] = new HostTime(host / 4);
        }

        Array.Sort(instants);
        TwoWayClock twoWay = new(Board);
        OneWayClock oneWay = new(Board, Camera);
        ArrivalClock arrivalOnly = new(30, Camera);
        for (int i = 0; i < exchanges.Length; i++)
        {
            twoWay.Add(exchanges[i]);
            oneWay.Add(arrivals[i]);
            twoWay.Estimate(arrivals[i].Ticks, arrivals[i].Arrival);
            oneWay.Estimate(arrivals[i].Ticks, arrivals[i].Arrival);
            TimeEstimate e = arrivalOnly.Add(instants[i]);
            ArrivalClockTests.AssertInside(e, instants[i], Camera);
        }

        ClockFitResult a = ClockFit.TwoWay(exchanges, Board);
        ClockFitResult b = ClockFit.OneWay(arrivals, Board, Camera);
        ArrivalFit.Fit(instants, 30, Camera, new TimeEstimate[instants.Length]);
        Assert.That(a.Used + a.Refused, Is.EqualTo(exchanges.Length));
        Assert.That(b.Used + b.Refused, Is.EqualTo(arrivals.Length));
        Assert.That(a.Pieces, Is.Ordered.By(nameof(ClockPiece.Segment)).Then.By(nameof(ClockPiece.FromTicks)));
    }

    [Test]
    public void A_counter_of_milliseconds_widens_the_bound_by_its_tick()
    {
        ClockDomain coarse = new("servo", ClockFeed.TwoWay, 1_000, 15);
        Score online = new();
        Score fitted = new();
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, 40, coarse.TickRateHz, (random.NextDouble() * 200) - 100, 0.1);
            TwoWayClock twoWay = new(coarse);
            List<ClockExchange> exchanges = [];
            for (double t = 0; t < 30; t += 0.1)
            {
                ClockExchange e = TwoWayClockTests.Exchange(clock, t, 0.0002 + Noise.Exponential(random, 0.0005), 0.00003, 0.0002 + Noise.Exponential(random, 0.0005));
                exchanges.Add(e);
                Assert.That(twoWay.Add(e), Is.True);

                // The instant itself, not that at which the counter last moved.
                double at = t + 0.05 + (random.NextDouble() * 0.04);
                online.Add(twoWay.Estimate(clock.TicksAt(at), clock.Host(at + 0.01)), clock.Host(at));
            }

            ClockFitResult fit = ClockFit.TwoWay([.. exchanges], coarse);
            for (double t = 0.5; t < 29; t += 0.0137)
            {
                Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, clock.TicksAt(t), out TimeEstimate e), Is.True);
                fitted.Add(e, clock.Host(t));
            }
        }

        TestContext.Out.WriteLine(online.Line("two-way, 1 ms ticks, online, seeds 1-10"));
        TestContext.Out.WriteLine(fitted.Line("two-way, 1 ms ticks, fitted, seeds 1-10"));
        Assert.That(online.Inside, Is.EqualTo(1));
        Assert.That(fitted.Inside, Is.EqualTo(1));
        Assert.That(fitted.BoundMs(0.5), Is.LessThan(2.5));
    }

    [Test]
    public void Reordered_packets_do_not_break_a_one_way_clock()
    {
        Random random = new(3);
        ClockDomain network = new("mocap", ClockFeed.OneWay, 1_000_000, 64);
        SimulatedOscillator clock = new(random, 40, network.TickRateHz, 70, 0.1);
        List<(ClockArrival Arrival, HostTime Truth)> all = [];
        for (double t = 0; t < 20; t += 1 / 120.0)
        {
            DeviceTicks ticks = clock.TicksAt(t);
            all.Add((new ClockArrival(ticks, clock.Host(t + Noise.HeavyTail(random, 0.005, 0.002, 1.5, 0.044)), 0), clock.Truth(ticks)));
        }

        all.Sort((a, b) => a.Arrival.Arrival.CompareTo(b.Arrival.Arrival));
        OneWayClock online = new(network, Camera);
        Score score = new();
        foreach ((ClockArrival a, HostTime truth) in all)
        {
            Assert.That(online.Add(a), Is.True);
            score.Add(online.Estimate(a.Ticks, a.Arrival), truth);
        }

        ClockFitResult fit = ClockFit.OneWay([.. all.Select(a => a.Arrival)], network, Camera);
        Score fitted = new();
        foreach ((ClockArrival a, HostTime truth) in all)
        {
            ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, a.Ticks, out TimeEstimate e);
            fitted.Add(e, truth);
        }

        TestContext.Out.WriteLine(score.Line("one-way 120 Hz, reordered, seed 3"));
        Assert.That(score.Inside, Is.EqualTo(1));
        Assert.That(fitted.Inside, Is.EqualTo(1));
        Assert.That(fitted.ErrorMs(0.99), Is.LessThan(1));
    }

    [Test]
    [Explicit]
    [Category("Long")]
    public void Two_way_bound_covers_the_truth_over_200_seeds()
    {
        Score online = new();
        Score fitted = new();
        double chi = 0;
        for (int seed = 1_000; seed < 1_200; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, 70, Board.TickRateHz, (random.NextDouble() * 200) - 100, 0.1);
            TwoWayClock twoWay = new(Board);
            ClockExchange[] exchanges = [.. TwoWayClockTests.Exchanges(random, clock, 0, 60)];
            foreach (ClockExchange e in exchanges)
            {
                twoWay.Add(e);
                double at = (e.HostReceive - clock.Host(0)).TotalSeconds + (random.NextDouble() * 0.1);
                DeviceTicks ticks = clock.TicksAt(at);
                TimeEstimate estimate = twoWay.Estimate(ticks, clock.Host(at + 0.05));
                online.Add(estimate, clock.Truth(ticks));
                chi += Math.Pow((estimate.Instant - clock.Truth(ticks)).Nanoseconds / (double)estimate.Sigma.Nanoseconds, 2);
            }

            ClockFitResult fit = ClockFit.TwoWay(exchanges, Board);
            for (double t = 0; t < 60; t += 0.05)
            {
                DeviceTicks ticks = clock.TicksAt(t);
                ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, ticks, out TimeEstimate e);
                fitted.Add(e, clock.Truth(ticks));
            }
        }

        TestContext.Out.WriteLine(online.Line($"online, seeds 1000-1199, mean (error/sigma)² {chi / online.Count:0.00}"));
        TestContext.Out.WriteLine(fitted.Line("fitted, seeds 1000-1199"));
        Assert.That(online.Inside, Is.GreaterThanOrEqualTo(0.999));
        Assert.That(fitted.Inside, Is.GreaterThanOrEqualTo(0.999));
    }
}
