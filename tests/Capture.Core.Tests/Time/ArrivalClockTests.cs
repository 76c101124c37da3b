using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class ArrivalClockTests
{
    private static readonly LatencyRange Camera = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(45));
    private static readonly LatencyRange Sound = new(Duration.FromMilliseconds(2), Duration.FromMilliseconds(30));

    [TestCase(30.0, 100, "exponential")]
    [TestCase(30.0, 1000, "tail")]
    [TestCase(29.97, -100, "tail")]
    [TestCase(30.0, -100, "batch")]
    [TestCase(100.0, 50, "exponential")]
    [TestCase(46.875, 50, "batch")]
    public void Periodic_stream_is_within_5_ms_after_the_latency_and_inside_its_bound(double rate, double ppm, string jitter)
    {
        Score score = new();
        Score raw = new();
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            ArrivalClock online = new(rate, Camera);
            double last = 0;
            foreach (double t in Instants(rate * (1 + (ppm * 1e-6)), 30, _ => true))
            {
                last = Math.Max(last, t + OneWayClockTests.Latency(random, t, jitter));
                TimeEstimate e = online.Add(At(last));
                AssertInside(e, At(last), Camera);
                score.Add(e, At(t));
                raw.Add(e with { Instant = At(last) - Camera.Min }, At(t));
            }
        }

        TestContext.Out.WriteLine(score.Line($"arrival-only {rate} Hz {ppm} ppm, {jitter}, declared 5-45 ms, seeds 1-10, 30 s from the first sample"));
        TestContext.Out.WriteLine($"   without de-jitter p99 {raw.ErrorMs(0.99):0.000} ms");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(5));
            Assert.That(score.Inside, Is.EqualTo(1));
        }
    }

    [Test]
    public void Audio_periods_are_within_5_ms()
    {
        Score score = new();
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            double rate = 48_000 / 480.0;
            ArrivalClock online = new(rate, Sound);
            double last = 0;
            foreach (double t in Instants(rate * 1.00008, 30, _ => true))
            {
                last = Math.Max(last, t + Noise.HeavyTail(random, 0.002, 0.001, 1.5, 0.030));
                TimeEstimate e = online.Add(At(last));
                AssertInside(e, At(last), Sound);
                score.Add(e, At(t));
            }
        }

        TestContext.Out.WriteLine(score.Line("audio periods of 480 at 48 kHz +80 ppm, tail, declared 2-30 ms, seeds 1-10"));
        Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(5));
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void Finds_missing_frames_by_the_interval()
    {
        Random random = new(1);
        ArrivalClock online = new(30, Camera);
        HashSet<int> lost = [100, 200, 201, 202, 350, 351, 500];
        Dictionary<int, int> found = [];
        Score score = new();
        double last = 0;
        int n = 0;
        foreach (double t in Instants(30, 30, i => !lost.Contains(i)))
        {
            last = Math.Max(last, t + 0.005 + Math.Min(0.039, Noise.Exponential(random, 0.001)));
            TimeEstimate e = online.Add(At(last));
            AssertInside(e, At(last), Camera);
            score.Add(e, At(t));
            if (online.MissedBefore > 0)
            {
                found[(int)Math.Round(t * 30)] = online.MissedBefore;
            }

            n++;
        }

        TestContext.Out.WriteLine(score.Line($"30 fps with 7 of {n + 7} frames lost"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EquivalentTo(new Dictionary<int, int> { [101] = 1, [203] = 3, [352] = 2, [501] = 1 }));
            Assert.That(online.Missed, Is.EqualTo(7));
            Assert.That(online.CanTellGaps, Is.True);
            Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(5));
        }
    }

    [Test]
    public void After_a_long_pause_the_phase_is_learnt_anew()
    {
        ArrivalClock online = new(30, Camera);
        foreach (double t in Instants(30, 5, _ => true))
        {
            online.Add(At(t + 0.006));
        }

        // The camera was started again, a third of a period off.
        double again = 10 + (1 / 90.0);
        TimeEstimate e = online.Add(At(again + 0.006));
        Assert.That(online.MissedBefore, Is.EqualTo(150).Within(1));
        foreach (double t in Instants(30, 2, i => i > 0))
        {
            e = online.Add(At(again + t + 0.006));
            Assert.That(online.MissedBefore, Is.Zero);
            Assert.That(Math.Abs((e.Instant - At(again + t)).TotalMilliseconds), Is.LessThan(1.1));
        }
    }

    [Test]
    public void Bursts_after_stalls_never_shift_a_sample_beyond_the_latency([Values(1, 2, 3)] int seed)
    {
        // Delivery stalls for up to 140 ms at 100 Hz and then gives all at once; besides, frames are lost.
        Random random = new(seed);
        LatencyRange declared = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(150));
        ArrivalClock online = new(100, declared);
        Score score = new();
        double free = 0;
        double last = 0;
        HostTime lastInstant = default;
        int lost = 0;
        foreach (double t in Instants(100, 60, _ => random.NextDouble() >= 0.01 || ++lost < 0))
        {
            if (random.NextDouble() < 0.01)
            {
                free = t + (random.NextDouble() * 0.14);
            }

            double arrival = Math.Max(last, Math.Max(free, t + 0.005 + Math.Min(0.005, Noise.Exponential(random, 0.0005))));
            last = arrival;
            TimeEstimate e = online.Add(At(arrival));
            AssertInside(e, At(arrival), declared);
            Assert.That(e.Instant, Is.GreaterThanOrEqualTo(lastInstant), "instants never run backwards");
            lastInstant = e.Instant;
            score.Add(e, At(t));
        }

        TestContext.Out.WriteLine(score.Line($"100 Hz, stalls up to 140 ms, {lost} lost, {online.Missed} inferred, seed {seed}"));
        Assert.That(score.Inside, Is.EqualTo(1));
        Assert.That(score.ErrorMs(0.5), Is.LessThanOrEqualTo(5));
    }

    [Test]
    public void A_rate_that_was_declared_wrongly_stays_inside_the_latency()
    {
        ArrivalClock online = new(30, Camera);
        Score score = new();
        Random random = new(8);
        foreach (double t in Instants(25, 60, _ => true))
        {
            double arrival = t + 0.005 + Math.Min(0.039, Noise.Exponential(random, 0.001));
            TimeEstimate e = online.Add(At(arrival));
            AssertInside(e, At(arrival), Camera);
            score.Add(e, At(t));
        }

        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void Without_a_rate_the_instant_is_the_arrival_less_the_smallest_latency()
    {
        ArrivalClock online = new(null, Camera);
        TimeEstimate e = online.Add(At(1));
        Assert.That(e.Instant, Is.EqualTo(At(1) - Camera.Min));
        Assert.That(e.Bound, Is.EqualTo(Duration.FromMilliseconds(40)));
        Assert.That(online.CanTellGaps, Is.False);
    }

    [Test]
    public void Without_a_latency_there_is_no_bound_and_no_correction_beyond_the_limit()
    {
        ArrivalClock online = new(30, null);
        Random random = new(1);
        double last = 0;
        foreach (double t in Instants(30, 10, _ => true))
        {
            last = Math.Max(last, t + 0.01 + Noise.Exponential(random, 0.01));
            TimeEstimate e = online.Add(At(last));
            Assert.That(e.Bound, Is.Null);
            Assert.That(e.Instant, Is.LessThanOrEqualTo(At(last)).And.GreaterThanOrEqualTo(At(last) - Duration.FromMilliseconds(100)));
        }
    }

    [Test]
    public void Allocates_nothing_once_made()
    {
        Random random = new(1);
        ArrivalClock online = new(100, Camera);
        HostTime[] arrivals = [.. Instants(100, 60, i => i % 50 != 7).Select(t => At(t + 0.005 + (random.NextDouble() * 0.004)))];
        online.Add(arrivals[0]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (HostTime a in arrivals)
        {
            online.Add(a);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    internal static HostTime At(double t) => new(7_000_000_000 + (long)Math.Round(t * 1e9));

    internal static IEnumerable<double> Instants(double rate, double seconds, Func<int, bool> arrives)
    {
        for (int i = 0; i / rate < seconds; i++)
        {
            if (arrives(i))
            {
                yield return i / rate;
            }
        }
    }

    internal static void AssertInside(in TimeEstimate e, HostTime arrival, LatencyRange latency)
    {
        if (e.Instant < arrival - latency.Max || e.Instant > arrival - latency.Min)
        {
            Assert.Fail($"{e.Instant} left [{arrival - latency.Max}, {arrival - latency.Min}].");
        }
    }
}
