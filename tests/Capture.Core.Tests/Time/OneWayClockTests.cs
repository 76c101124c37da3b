using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class OneWayClockTests
{
    private static readonly ClockDomain Camera = new("camera", ClockFeed.OneWay, 1_000_000, 64);
    private static readonly LatencyRange Honest = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(45));

    [TestCase(30.0, "exponential")]
    [TestCase(30.0, "tail")]
    [TestCase(30.0, "batch")]
    [TestCase(100.0, "tail")]
    [TestCase(1000.0, "batch")]
    public void Stamped_stream_is_within_5_ms_after_the_latency_and_inside_its_bound(double rate, string jitter)
    {
        Score score = new();
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            SimulatedOscillator clock = new(random, 40, Camera.TickRateHz, (random.NextDouble() * 200) - 100, 0.1);
            OneWayClock online = new(Camera, Honest);
            foreach ((ClockArrival a, HostTime truth) in Arrivals(random, clock, rate, 20, jitter))
            {
                Assert.That(online.Add(a), Is.True);
                score.Add(online.Estimate(a.Ticks, a.Arrival), truth);
            }

            Assert.That(online.Late + online.Restarts, Is.Zero);
        }

        TestContext.Out.WriteLine(score.Line($"one-way {rate} Hz, {jitter}, declared 5-45 ms, seeds 1-10, 20 s from the first sample"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(5));
            Assert.That(score.Inside, Is.EqualTo(1));
            Assert.That(score.BoundMs(0.5), Is.LessThanOrEqualTo(40));
        }
    }

    /// <summary>A virtual card whose rate is shifted, a converter that runs from the bus: far beyond what crystals are sold as, and told to the ppm.</summary>
    [TestCase(300)]
    [TestCase(-1000)]
    [TestCase(2000)]
    public void A_sound_card_of_any_rate_is_followed(double ppm)
    {
        Random random = new(3);
        SimulatedOscillator clock = new(random, 40, Camera.TickRateHz, ppm, 0.1);
        OneWayClock online = new(Camera, Honest, new OneWayOptions { MaxDriftPpm = ClockAssumptions.SoundCardDriftPpm });
        List<(ClockArrival Arrival, HostTime Truth)> all = [.. Arrivals(random, clock, 100, 30, "exponential")];
        OneWayEnvelope kept = new(Camera, mostDriftPpm: ClockAssumptions.SoundCardDriftPpm);
        foreach ((ClockArrival a, _) in all)
        {
            Assert.That(online.Add(a), Is.True);
            kept.Add(a);
        }

        ClockFitResult fit = ClockFit.OneWay(kept.ToArray(), Camera, Honest, new FitOptions { ExactCount = true, MaxDriftPpm = ClockAssumptions.SoundCardDriftPpm });
        double truth = (((all[^1].Truth - all[0].Truth).Nanoseconds / 1000.0 / (all[^1].Arrival.Ticks - all[0].Arrival.Ticks)) - 1) * 1e6;
        TestContext.Out.WriteLine(FormattableString.Invariant($"true {truth:F2} ppm, online {online.DriftPpm:F2}, at close {fit.DriftPpm:F2}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(truth), Is.EqualTo(Math.Abs(ppm)).Within(5));
            Assert.That(online.DriftPpm, Is.EqualTo(truth).Within(20));
            Assert.That(fit.DriftPpm, Is.EqualTo(truth).Within(5));
            Assert.That(fit.Steps, Is.Zero);
            Assert.That(online.Restarts, Is.Zero);
        }
    }

    [Test]
    public void Without_a_declared_latency_there_is_no_bound()
    {
        Random random = new(2);
        SimulatedOscillator clock = new(random, 20, Camera.TickRateHz, 10, 0.1);
        OneWayClock online = new(Camera, latency: null);
        foreach ((ClockArrival a, HostTime _) in Arrivals(random, clock, 30, 5, "exponential"))
        {
            online.Add(a);
            TimeEstimate e = online.Estimate(a.Ticks, a.Arrival);
            Assert.That(e.Bound, Is.Null);
            Assert.That(e.Instant, Is.LessThanOrEqualTo(a.Arrival));
        }

        Assert.That(online.CurrentSigma, Is.Not.Null);
    }

    [Test]
    public void Before_the_first_sample_the_declared_latency_is_all_there_is()
    {
        TimeEstimate e = new OneWayClock(Camera, Honest).Estimate(new DeviceTicks(5), new HostTime(1_000_000_000));
        Assert.That(e.Instant, Is.EqualTo(new HostTime(995_000_000)));
        Assert.That(e.Bound, Is.EqualTo(Duration.FromMilliseconds(40)));
    }

    [Test]
    public void Stalls_beyond_the_declared_latency_are_counted_and_do_not_break_the_bound()
    {
        Random random = new(9);
        SimulatedOscillator clock = new(random, 40, Camera.TickRateHz, 40, 0.1);
        OneWayClock online = new(Camera, Honest);
        Score score = new();
        int n = 0;
        int stalled = 0;
        HostTime last = default;
        foreach ((ClockArrival a, HostTime truth) in Arrivals(random, clock, 100, 30, "tail"))
        {
            HostTime arrival = a.Arrival;
            if (++n > 100 && n % 200 < 10)
            {
                arrival = truth + Duration.FromMilliseconds(250);
                stalled++;
            }

            arrival = arrival < last ? last : arrival;
            last = arrival;
            online.Add(a with { Arrival = arrival });
            score.Add(online.Estimate(a.Ticks, arrival), truth);
        }

        TestContext.Out.WriteLine(score.Line($"one-way 100 Hz, {stalled} stalls of 250 ms, late {online.Late}"));
        Assert.That(online.Late, Is.GreaterThanOrEqualTo(stalled));
        Assert.That(online.Restarts, Is.Zero);
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void A_counter_that_begins_again_starts_anew()
    {
        Random random = new(4);
        OneWayClock online = new(Camera, Honest);
        SimulatedOscillator first = new(random, 20, Camera.TickRateHz, 30, 0.1, 900_000_000);
        HostTime end = default;
        foreach ((ClockArrival a, HostTime _) in Arrivals(random, first, 30, 5, "exponential"))
        {
            online.Add(a);
            end = a.Arrival;
        }

        Score score = new();
        SimulatedOscillator second = new(random, 20, Camera.TickRateHz, -30, 0.1);
        Duration shift = end - second.Host(0) + Duration.FromMilliseconds(10);
        int n = 0;
        foreach ((ClockArrival a, HostTime truth) in Arrivals(random, second, 30, 5, "exponential"))
        {
            online.Add(a with { Arrival = a.Arrival + shift });
            if (++n > 5)
            {
                score.Add(online.Estimate(a.Ticks, a.Arrival + shift), truth + shift);
            }
        }

        Assert.That(online.Restarts, Is.EqualTo(1));
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void The_bound_grows_when_samples_stop()
    {
        Random random = new(6);
        SimulatedOscillator clock = new(random, 200, Camera.TickRateHz, 100, 0.1);
        OneWayClock online = new(Camera, Honest);
        foreach ((ClockArrival a, HostTime _) in Arrivals(random, clock, 30, 10, "tail"))
        {
            online.Add(a);
        }

        Duration last = Duration.Zero;
        foreach (double after in new[] { 1.0, 10, 60, 120 })
        {
            DeviceTicks ticks = clock.TicksAt(10 + after);
            TimeEstimate e = online.Estimate(ticks, clock.Truth(ticks) + Duration.FromSeconds(10));
            Assert.That(e.Bound!.Value, Is.GreaterThan(last));
            Assert.That(Math.Abs((e.Instant - clock.Truth(ticks)).Nanoseconds), Is.LessThanOrEqualTo(e.Bound.Value.Nanoseconds));
            last = e.Bound.Value;
        }
    }

    [Test]
    public void Allocates_nothing_once_made()
    {
        Random random = new(5);
        SimulatedOscillator clock = new(random, 100, Camera.TickRateHz, 20, 0.1);
        (ClockArrival A, HostTime T)[] arrivals = [.. Arrivals(random, clock, 100, 90, "tail")];
        OneWayClock online = new(Camera, Honest);
        online.Add(arrivals[0].A);
        _ = online.Estimate(arrivals[0].A.Ticks, arrivals[0].A.Arrival);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach ((ClockArrival a, HostTime _) in arrivals)
        {
            online.Add(a);
            _ = online.Estimate(a.Ticks, a.Arrival);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>Samples at a rate, delivered in order with 5 to 45 ms of latency.</summary>
    internal static IEnumerable<(ClockArrival Arrival, HostTime Truth)> Arrivals(Random random, SimulatedOscillator clock, double rate, double seconds, string jitter)
    {
        double last = 0;
        for (int i = 0; i / rate < seconds; i++)
        {
            double t = i / rate;
            DeviceTicks ticks = clock.TicksAt(t);
            double arrival = t + Latency(random, t, jitter);
            arrival = Math.Max(arrival, last);
            last = arrival;
            yield return (new ClockArrival(ticks, clock.Host(arrival), 0), clock.Truth(ticks));
        }
    }

    internal static double Latency(Random random, double t, string jitter) => jitter switch
    {
        "exponential" => 0.005 + Math.Min(0.039, Noise.Exponential(random, 0.003)),
        "tail" => Noise.HeavyTail(random, 0.005, 0.002, 1.5, 0.044),

        // A host that looks once a millisecond.
        "batch" => (Math.Ceiling((t + 0.005 + Math.Min(0.030, Noise.Exponential(random, 0.0005))) * 1000) / 1000) - t,
        _ => throw new ArgumentOutOfRangeException(nameof(jitter)),
    };
}
