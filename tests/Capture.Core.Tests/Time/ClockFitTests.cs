using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class ClockFitTests
{
    private static readonly ClockDomain Board = new("board", ClockFeed.TwoWay, 1_000_000, 64);
    private static readonly ClockDomain Camera = new("camera", ClockFeed.OneWay, 1_000_000, 64);
    private static readonly LatencyRange Honest = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(45));

    [TestCase(10)]
    [TestCase(60)]
    public void Two_way_fit_is_within_half_a_millisecond_and_inside_its_bound(double seconds)
    {
        Score all = new();
        for (int seed = 1; seed <= 20; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, seconds + 5, Board.TickRateHz, (random.NextDouble() * 200) - 100, 0.1, random.NextInt64(1_000_000_000_000));
            ClockFitResult fit = ClockFit.TwoWay([.. TwoWayClockTests.Exchanges(random, clock, 0, seconds)], Board);
            Assert.That(fit.Refused, Is.Zero);
            Assert.That(fit.Bound, Is.Not.Null);
            ScoreEvery(all, fit, clock, 0.05, seconds - 0.1, 0.01);
        }

        TestContext.Out.WriteLine(all.Line($"two-way fit of {seconds} s, 0.2-40 ms Lomax(2 ms, 1.5) each way, 10 probes/s, seeds 1-20"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.ErrorMs(0.99), Is.LessThanOrEqualTo(0.5));
            Assert.That(all.Inside, Is.GreaterThanOrEqualTo(0.999));
            Assert.That(all.BoundMs(0.5), Is.LessThanOrEqualTo(2));
        }
    }

    [Test]
    public void Two_way_fit_follows_an_hour_of_drift_and_wander()
    {
        Random random = new(42);
        SimulatedOscillator clock = new(random, 3_610, Board.TickRateHz, 100, 0.1);
        ClockFitResult fit = ClockFit.TwoWay([.. TwoWayClockTests.Exchanges(random, clock, 0, 3_600, perSecond: 2)], Board);
        Score score = new();
        ScoreEvery(score, fit, clock, 1, 3_599, 0.5);
        TestContext.Out.WriteLine(score.Line($"two-way fit of 1 h, +100 ppm, 2 probes/s, seed 42, {fit.Pieces.Length} pieces, drift {fit.DriftPpm:0.00} ppm, residual p50 {fit.ResidualP50} p99 {fit.ResidualP99}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(0.5));
            Assert.That(score.Inside, Is.EqualTo(1));
            Assert.That(fit.DriftPpm, Is.EqualTo(-100).Within(2), "a fast counter needs fewer nanoseconds a tick");
        }
    }

    [Test]
    public void The_pieces_meet()
    {
        Random random = new(3);
        SimulatedOscillator clock = new(random, 70, Board.TickRateHz, -80, 0.1);
        ClockFitResult fit = ClockFit.TwoWay([.. TwoWayClockTests.Exchanges(random, clock, 0, 60)], Board);
        for (int i = 1; i < fit.Pieces.Length; i++)
        {
            Duration step = fit.Pieces[i].Origin - fit.Pieces[i - 1].ToHost(fit.Pieces[i].FromTicks);
            Assert.That(Math.Abs(step.Nanoseconds), Is.LessThanOrEqualTo(2), $"between piece {i - 1} and {i}");
        }
    }

    [Test]
    public void Bounds_grow_beyond_both_ends_and_hold_there()
    {
        Random random = new(4);
        SimulatedOscillator clock = new(random, 2_000, Board.TickRateHz, 100, 0.1, 1_000_000_000_000);
        ClockFitResult fit = ClockFit.TwoWay([.. TwoWayClockTests.Exchanges(random, clock, 400, 430)], Board);
        foreach (int direction in new[] { -1, 1 })
        {
            Duration last = Duration.Zero;
            foreach (double away in new[] { 0.5, 3, 10, 50, 200 })
            {
                DeviceTicks ticks = clock.TicksAt(direction < 0 ? 400 - away : 430 + away);
                Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, ticks, out TimeEstimate e), Is.True);
                Assert.That(e.Bound, Is.Not.Null);
                Assert.That(e.Bound!.Value, Is.GreaterThan(last));
                Assert.That(Math.Abs((e.Instant - clock.Truth(ticks)).Nanoseconds), Is.LessThanOrEqualTo(e.Bound.Value.Nanoseconds));
                last = e.Bound.Value;
            }
        }

        Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, clock.TicksAt(1_900), out TimeEstimate far), Is.True);
        Assert.That(far.Bound, Is.Null, "too far to claim anything");
    }

    [Test]
    public void A_pause_of_the_probes_widens_the_bound_inside_it()
    {
        Random random = new(5);
        SimulatedOscillator clock = new(random, 300, Board.TickRateHz, 60, 0.1);
        ClockExchange[] exchanges = [.. TwoWayClockTests.Exchanges(random, clock, 0, 20), .. TwoWayClockTests.Exchanges(random, clock, 200, 220)];
        ClockFitResult fit = ClockFit.TwoWay(exchanges, Board);
        Score score = new();
        ScoreEvery(score, fit, clock, 1, 219, 0.1);
        Assert.That(score.Inside, Is.EqualTo(1));
        Assert.That(BoundAt(fit, clock, 110), Is.GreaterThan(BoundAt(fit, clock, 10)));
        Assert.That(BoundAt(fit, clock, 110), Is.LessThan(Duration.FromMilliseconds(5)));
    }

    [Test]
    public void Segments_are_fitted_on_their_own()
    {
        Random random = new(6);
        SimulatedOscillator first = new(random, 30, Board.TickRateHz, 60, 0.1, 700_000_000);
        ClockExchange[] before = [.. TwoWayClockTests.Exchanges(random, first, 0, 20)];
        SimulatedOscillator second = new(random, 30, Board.TickRateHz, -60, 0.1);
        Duration shift = before[^1].HostReceive - second.Host(0) + Duration.FromSeconds(2);
        ClockExchange[] after = [.. TwoWayClockTests.Exchanges(random, second, 0, 20).Select(e => e with { HostSend = e.HostSend + shift, HostReceive = e.HostReceive + shift, Segment = 1 })];
        ClockFitResult fit = ClockFit.TwoWay([.. before, .. after], Board);
        DeviceTicks a = first.TicksAt(10);
        DeviceTicks b = second.TicksAt(10);
        Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, a, out TimeEstimate ea), Is.True);
        Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 1, b, out TimeEstimate eb), Is.True);
        Assert.That(Math.Abs((ea.Instant - first.Truth(a)).Nanoseconds), Is.LessThanOrEqualTo(ea.Bound!.Value.Nanoseconds));
        Assert.That(Math.Abs((eb.Instant - (second.Truth(b) + shift)).Nanoseconds), Is.LessThanOrEqualTo(eb.Bound!.Value.Nanoseconds));
        Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 2, b, out _), Is.False);
        Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, new DeviceTicks(-1L << 50), out _), Is.False);
    }

    [Test]
    public void A_forward_step_within_a_segment_breaks_the_fit_instead_of_bending_it()
    {
        Random random = new(7);
        SimulatedOscillator clock = new(random, 60, Board.TickRateHz, 40, 0.1);
        const long step = 400_000;
        ClockExchange[] exchanges =
        [
            .. TwoWayClockTests.Exchanges(random, clock, 0, 20),
            .. TwoWayClockTests.Exchanges(random, clock, 20, 40).Select(e => e with { DeviceReceive = e.DeviceReceive + step, DeviceSend = e.DeviceSend + step }),
        ];
        ClockFitResult fit = ClockFit.TwoWay(exchanges, Board);
        Assert.That(fit.Steps, Is.EqualTo(1));
        Assert.That(fit.Used, Is.EqualTo(exchanges.Length));
        foreach (double t in new[] { 1, 19, 19.8, 20.3, 21, 39 })
        {
            DeviceTicks ticks = clock.TicksAt(t);
            Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, t < 20 ? ticks : ticks + step, out TimeEstimate e), Is.True);
            Assert.That(Math.Abs((e.Instant - clock.Truth(ticks)).TotalMilliseconds), Is.LessThan(1), $"at {t} s");
        }
    }

    [Test]
    public void Lying_exchanges_are_refused_even_when_they_come_first()
    {
        Random random = new(8);
        SimulatedOscillator clock = new(random, 30, Board.TickRateHz, 40, 0.1);
        ClockExchange[] exchanges = [.. TwoWayClockTests.Exchanges(random, clock, 0, 20)];
        foreach (int i in new[] { 0, 30, 31, 90 })
        {
            exchanges[i] = exchanges[i] with { DeviceReceive = exchanges[i].DeviceReceive + 77_000, DeviceSend = exchanges[i].DeviceSend + 77_000 };
        }

        ClockFitResult fit = ClockFit.TwoWay(exchanges, Board);
        Score score = new();
        ScoreEvery(score, fit, clock, 1, 19, 0.01);
        Assert.That(fit.Refused, Is.EqualTo(4));
        Assert.That(fit.Steps, Is.Zero);
        Assert.That(score.Inside, Is.EqualTo(1));
        Assert.That(score.ErrorMs(1), Is.LessThan(0.6));
    }

    [TestCase(30.0, "tail")]
    [TestCase(100.0, "exponential")]
    public void One_way_fit_is_within_a_millisecond_after_the_latency_and_inside_its_bound(double rate, string jitter)
    {
        Score score = new();
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, 40, Camera.TickRateHz, (random.NextDouble() * 200) - 100, 0.1);
            (ClockArrival Arrival, HostTime Truth)[] all = [.. OneWayClockTests.Arrivals(random, clock, rate, 30, jitter)];
            ClockFitResult fit = ClockFit.OneWay([.. all.Select(a => a.Arrival)], Camera, Honest);
            foreach ((ClockArrival a, HostTime truth) in all)
            {
                Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, a.Ticks, out TimeEstimate e), Is.True);
                score.Add(e, truth);
            }
        }

        TestContext.Out.WriteLine(score.Line($"one-way fit {rate} Hz, {jitter}, declared 5-45 ms, seeds 1-10, 30 s"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(1));
            Assert.That(score.Inside, Is.EqualTo(1));
        }
    }

    [Test]
    public void Thinned_arrivals_give_the_same_clock()
    {
        Random random = new(9);
        SimulatedOscillator clock = new(random, 310, Camera.TickRateHz, -90, 0.1);
        OneWayEnvelope envelope = new(Camera, capacity: 128);
        List<(ClockArrival Arrival, HostTime Truth)> all = [.. OneWayClockTests.Arrivals(random, clock, 200, 300, "tail")];
        foreach ((ClockArrival a, HostTime _) in all)
        {
            envelope.Add(a);
        }

        Assert.That(envelope.Count, Is.LessThanOrEqualTo(256));
        ClockFitResult fit = ClockFit.OneWay(envelope.ToArray(), Camera, Honest);
        Score score = new();
        foreach ((ClockArrival a, HostTime truth) in all)
        {
            Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, a.Ticks, out TimeEstimate e), Is.True);
            score.Add(e, truth);
        }

        TestContext.Out.WriteLine(score.Line($"one-way fit from {envelope.Count} of {all.Count} arrivals at 200 Hz"));
        Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(1));
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void The_envelope_allocates_nothing_once_made()
    {
        OneWayEnvelope envelope = new(Camera, capacity: 64);
        envelope.Add(new ClockArrival(new DeviceTicks(0), new HostTime(0), 0));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < 100_000; i++)
        {
            envelope.Add(new ClockArrival(new DeviceTicks(i * 10_000L), new HostTime(i * 10_000_000L), i / 5_000));
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Nothing_gives_no_pieces()
    {
        ClockFitResult fit = ClockFit.TwoWay([], Board);
        Assert.That(fit.Pieces, Is.Empty);
        Assert.That(fit.Bound, Is.Null);
        Assert.That(ClockPieces.TryToHost([], 0, new DeviceTicks(0), out _), Is.False);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Few_exchanges_give_a_clock_with_an_honest_bound(int count)
    {
        Random random = new(10);
        SimulatedOscillator clock = new(random, 30, Board.TickRateHz, 90, 0.1);
        ClockFitResult fit = ClockFit.TwoWay([.. TwoWayClockTests.Exchanges(random, clock, 0, 10).Take(count)], Board);
        Score score = new();
        ScoreEvery(score, fit, clock, 0, 20, 0.1);
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    private static Duration BoundAt(ClockFitResult fit, SimulatedOscillator clock, double t)
    {
        Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, clock.TicksAt(t), out TimeEstimate e), Is.True);
        return e.Bound!.Value;
    }

    private static void ScoreEvery(Score score, ClockFitResult fit, SimulatedOscillator clock, double from, double to, double step)
    {
        for (double t = from; t < to; t += step)
        {
            DeviceTicks ticks = clock.TicksAt(t);
            Assert.That(ClockPieces.TryToHost(fit.Pieces.AsSpan(), 0, ticks, out TimeEstimate e), Is.True);
            score.Add(e, clock.Truth(ticks));
        }
    }
}
