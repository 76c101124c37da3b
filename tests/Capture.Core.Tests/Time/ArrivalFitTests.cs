using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class ArrivalFitTests
{
    private static readonly LatencyRange Camera = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(45));

    [TestCase(30.0, 100, "exponential")]
    [TestCase(30.0, 1000, "tail")]
    [TestCase(100.0, -80, "tail")]
    [TestCase(46.875, 50, "batch")]
    public void Periodic_stream_is_within_3_ms_after_the_latency_and_inside_its_bound(double rate, double ppm, string jitter)
    {
        Score score = new();
        for (int seed = 1; seed <= 10; seed++)
        {
            Random random = new(seed);
            double[] instants = [.. ArrivalClockTests.Instants(rate * (1 + (ppm * 1e-6)), 30, _ => true)];
            double last = 0;
            HostTime[] arrivals = [.. instants.Select(t => ArrivalClockTests.At(last = Math.Max(last, t + OneWayClockTests.Latency(random, t, jitter))))];
            TimeEstimate[] output = new TimeEstimate[arrivals.Length];
            ArrivalFitResult fit = ArrivalFit.Fit(arrivals, rate, Camera, output);
            Assert.That(fit.Gaps, Is.Empty, $"seed {seed}");
            Assert.That(fit.DriftPpm, Is.EqualTo(-ppm).Within(100));
            for (int i = 0; i < output.Length; i++)
            {
                ArrivalClockTests.AssertInside(output[i], arrivals[i], Camera);
                score.Add(output[i], ArrivalClockTests.At(instants[i]));
            }
        }

        TestContext.Out.WriteLine(score.Line($"arrival-only fit {rate} Hz {ppm} ppm, {jitter}, declared 5-45 ms, seeds 1-10, 30 s"));
        Assert.That(score.ErrorMs(0.99), Is.LessThanOrEqualTo(3));
        Assert.That(score.Inside, Is.EqualTo(1));
    }

    [Test]
    public void Finds_gaps_among_stalls_and_bursts([Range(1, 5)] int seed)
    {
        Random random = new(seed);
        LatencyRange declared = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(150));
        HashSet<int> lost = [.. Enumerable.Range(0, 40).Select(i => 50 + (i * 140) + random.Next(60))];
        double[] instants = [.. ArrivalClockTests.Instants(100, 60, i => !lost.Contains(i))];
        double free = 0;
        double last = 0;
        HostTime[] arrivals = new HostTime[instants.Length];
        for (int i = 0; i < arrivals.Length; i++)
        {
            free = random.NextDouble() < 0.01 ? instants[i] + (random.NextDouble() * 0.14) : free;
            last = Math.Max(last, Math.Max(free, instants[i] + 0.005 + Math.Min(0.004, Noise.Exponential(random, 0.0005))));
            arrivals[i] = ArrivalClockTests.At(last);
        }

        TimeEstimate[] output = new TimeEstimate[arrivals.Length];
        ArrivalFitResult fit = ArrivalFit.Fit(arrivals, 100, declared, output);
        Score score = new();
        for (int i = 0; i < output.Length; i++)
        {
            ArrivalClockTests.AssertInside(output[i], arrivals[i], declared);
            score.Add(output[i], ArrivalClockTests.At(instants[i]));
        }

        TestContext.Out.WriteLine(score.Line($"100 Hz, stalls up to 140 ms, {lost.Count} lost, {fit.Missing} found, seed {seed}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.Missing, Is.EqualTo(lost.Count));
            Assert.That(score.ErrorMs(0.5), Is.LessThanOrEqualTo(1));
            Assert.That(score.Inside, Is.EqualTo(1));
        }
    }

    [Test]
    public void A_stall_beyond_the_declared_latency_stays_inside_the_bound()
    {
        // 30 fps, delivered 10 ms after the sample, declared 5 to 40 ms; a host that stalls for 120 ms in the middle hands four of them over at its end.
        const int Count = 300;
        const int Stalled = 150;
        LatencyRange latency = new(Duration.FromMilliseconds(5), Duration.FromMilliseconds(40));
        HostTime[] truth = [.. Enumerable.Range(0, Count).Select(i => new HostTime(i * 1_000_000_000L / 30))];
        HostTime end = truth[Stalled] + Duration.FromMilliseconds(130);
        HostTime[] arrivals = [.. truth.Select(t => t + Duration.FromMilliseconds(10))];
        for (int i = Stalled; i < Count && arrivals[i] < end; i++)
        {
            arrivals[i] = end;
        }

        TimeEstimate[] estimates = new TimeEstimate[Count];
        ArrivalFitResult result = ArrivalFit.Fit(arrivals, 30, latency, estimates);

        Assert.That(result.Missing, Is.Zero);
        for (int i = 0; i < Count; i++)
        {
            Assert.That((estimates[i].Instant - truth[i]).Nanoseconds, Is.InRange(-estimates[i].Bound!.Value.Nanoseconds, estimates[i].Bound!.Value.Nanoseconds), $"row {i}");
        }

        Assert.That(estimates[Stalled].Bound, Is.GreaterThan(latency.Max), "it says that it may be wrong by more than declared");
        Assert.That(estimates[0].Bound, Is.LessThanOrEqualTo(latency.Max - latency.Min));
    }

    [Test]
    public void A_sample_lost_just_before_the_end_is_a_gap_and_no_shift([Values(6, 12)] int left)
    {
        const int Count = 1_800;
        Random random = new(left);
        double[] instants = [.. ArrivalClockTests.Instants(30, 60, i => i != Count - left - 1)];
        HostTime[] arrivals = [.. instants.Select(t => ArrivalClockTests.At(t + 0.005 + Math.Min(0.02, Noise.Exponential(random, 0.001))))];
        TimeEstimate[] output = new TimeEstimate[arrivals.Length];
        ArrivalFitResult fit = ArrivalFit.Fit(arrivals, 30, Camera, output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.Shifts, Is.Empty);
            Assert.That(fit.Gaps, Is.EqualTo(new ArrivalGap[] { new(Count - left - 1, 1, NewSegment: false) }));
            for (int i = 0; i < output.Length; i++)
            {
                Assert.That(Math.Abs((output[i].Instant - ArrivalClockTests.At(instants[i])).Nanoseconds), Is.LessThanOrEqualTo(3_000_000), $"row {i}, error in ns");
            }
        }
    }

    [Test]
    public void A_long_pause_begins_a_new_segment()
    {
        double[] instants = [.. ArrivalClockTests.Instants(30, 10, _ => true), .. ArrivalClockTests.Instants(30, 10, _ => true).Select(t => t + 15.0123)];
        HostTime[] arrivals = [.. instants.Select(t => ArrivalClockTests.At(t + 0.006))];
        TimeEstimate[] output = new TimeEstimate[arrivals.Length];
        ArrivalFitResult fit = ArrivalFit.Fit(arrivals, 30, Camera, output);
        Assert.That(fit.Gaps, Has.Length.EqualTo(1));
        Assert.That(fit.Gaps[0].NewSegment, Is.True);
        Assert.That(fit.Gaps[0].Before, Is.EqualTo(300));
        Assert.That(fit.Gaps[0].Missing, Is.EqualTo(150).Within(1));
        Assert.That(output[300].Instant - arrivals[300], Is.EqualTo(-Camera.Min));
    }

    [Test]
    public void Without_rate_or_samples_there_is_nothing_to_infer()
    {
        Assert.That(ArrivalFit.Fit([], 30, Camera, []).Gaps, Is.Empty);
        TimeEstimate[] one = new TimeEstimate[1];
        ArrivalFit.Fit([new HostTime(9_000_000)], null, Camera, one);
        Assert.That(one[0].Instant, Is.EqualTo(new HostTime(4_000_000)));
        ArrivalFit.Fit([new HostTime(9_000_000)], 30, null, one);
        Assert.That(one[0].Instant, Is.EqualTo(new HostTime(9_000_000)));
        Assert.That(one[0].Bound, Is.Null);
    }

    [Test]
    public void Refuses_what_does_not_fit_together()
    {
        HostTime[] descending = [new(2), new(1)];
        Assert.That(() => ArrivalFit.Fit(descending, 30, Camera, new TimeEstimate[2]), Throws.ArgumentException.With.Message.Contains("number 1"));
        Assert.That(() => ArrivalFit.Fit(descending, 30, Camera, new TimeEstimate[1]), Throws.ArgumentException.With.Message.Contains("room for 1"));
        Assert.That(() => ArrivalFit.Fit([new HostTime(1)], -1, Camera, new TimeEstimate[1]), Throws.ArgumentException);
        LatencyRange upsideDown = new(Duration.FromMilliseconds(9), Duration.FromMilliseconds(3));
        Assert.That(() => ArrivalFit.Fit([new HostTime(1)], 30, upsideDown, new TimeEstimate[1]), Throws.ArgumentException.With.Message.Contains("latency"));
    }
}
