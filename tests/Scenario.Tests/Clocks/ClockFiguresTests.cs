using Capture.Core.Time;
using Capture.Simulation.Clocks;

namespace Scenario.Tests.Clocks;

/// <summary>
/// What the clocks achieve, against simulated truth. It does not show what a real bus, a real network or a busy host adds: the paths are drawn.
/// </summary>
public sealed class ClockFiguresTests
{
    // Its smallest delays are alike, so that none of its runs uses what the bound has to allow: it is there for the error alone.
    private const string Symmetric = "two-way";

    [Test]
    public void Few_seeds_keep_the_limits([Values("two-way", "two-way-lopsided", "two-way-draught", "one-way", "own-count", "arrival-only")] string name)
    {
        ClockFigures figures = ClockFigures.Of(ClockScenarios.Named(name), seconds: 60, seeds: 4);
        Print(figures);
        using (Assert.EnterMultipleScope())
        {
            Limits(name, figures);
            Assert.That(figures.WorstBlock, Is.GreaterThanOrEqualTo(0.999), "truth inside the bound");
        }
    }

    [Test]
    [Explicit("200 seeds of every scenario")]
    [Category("Long")]
    public void The_bound_is_honest_and_sigma_calibrated([ValueSource(nameof(Names))] string name)
    {
        ClockFigures figures = ClockFigures.Of(ClockScenarios.Named(name), seconds: 60, seeds: 200);
        Print(figures);
        (double low, double high) = ClockFigures.ChiSquareInterval(figures.Seeds);
        TestContext.Out.WriteLine(FormattableString.Invariant($"χ² interval of 99.9 %: {low:F2} to {high:F2}"));
        using (Assert.EnterMultipleScope())
        {
            Limits(name, figures);
            Assert.That(figures.WorstBlock, Is.GreaterThanOrEqualTo(0.999), "truth inside the bound, worst block of 20 seeds");
            Assert.That(figures.FalseAlarms, Is.Zero, "steps seen where there are none");
            if (name != Symmetric)
            {
                Assert.That(figures.Tightness, Is.LessThanOrEqualTo(2), "median bound over the 99.9 % quantile of the error");
            }

            Assert.That(figures.ChiSquare, Is.InRange(low, high), "mean of (error / sigma)²");
        }
    }

    [Test]
    public void The_bound_of_a_lopsided_path_is_at_most_a_fifth_above_half_its_shortest_round_trip()
    {
        ClockRun run = new(ClockScenarios.Named("two-way-lopsided"), 7, 60);
        TrialRow[] rows = ClockTrial.Of(run).Rows;
        long half = (run.MinThereNs + run.MinBackNs) / 2;
        long[] bounds = [.. rows.Skip(rows.Length / 10).SkipLast(rows.Length / 10).Select(r => r.Bound)];
        Assert.That(bounds.Max(), Is.LessThanOrEqualTo(1.2 * half), "largest bound away from the ends, ns");
    }

    [Test]
    public void An_hour_at_a_hundred_ppm_stays_within_a_tenth_of_a_millisecond_online()
    {
        ClockScenario scenario = ClockScenarios.Named("two-way-draught") with { MaxPpm = 100, WaveNs = 0, HiddenNs = 0, RateHz = 10 };
        TrialRow[] rows = ClockTrial.Of(new ClockRun(scenario, 8, 3_600)).Rows;
        long p99 = StreamErrors.Quantile(rows.Skip(rows.Length / 100).Select(r => r.Online), 0.99);
        TestContext.Out.WriteLine(FormattableString.Invariant($"1 h, ±100 ppm, walk 0.1 ppm in a minute, serial line, 10 exchanges a second, seed 8: online p99 {p99 / 1e3:F1} µs, final p99 {StreamErrors.Quantile(rows.Select(r => r.Final), 0.99) / 1e3:F1} µs"));
        Assert.That(p99, Is.LessThanOrEqualTo(100_000));
    }

    [Test]
    public void Events_seen_on_two_clocks_make_a_clock()
    {
        // A trigger pulse every second: the board counts it, and the host knows from the picture that it happened within 4 ms of exposure.
        ClockDomain domain = new("board", ClockFeed.TwoWay, 1_000_000, 64);
        Xoshiro256 random = new(9);
        ClockExchange[] events = new ClockExchange[60];
        for (int i = 0; i < events.Length; i++)
        {
            long truth = 5_000_000_000 + (i * 1_000_000_000L);
            long before = (long)(4e6 * random.Unit());
            events[i] = ClockExchange.OfEvent(Ticks(truth), new HostTime(truth - before), new HostTime(truth - before + 4_000_000), 0);
        }

        SteppedRows clock = new(new FittedClock(ClockFit.TwoWay(events, domain)), latency: null);
        Assert.That(clock.TryToHost(0, Ticks(30_500_000_000), new HostTime(31_000_000_000), out TimeEstimate estimate), Is.True);
        long error = Math.Abs(estimate.Instant.Nanoseconds - 30_500_000_000);
        Assert.That(estimate.Bound, Is.Not.Null);
        Assert.That(error, Is.LessThanOrEqualTo(Math.Min(estimate.Bound!.Value.Nanoseconds, 500_000)));
        Assert.That(() => ClockExchange.OfEvent(default, new HostTime(2), new HostTime(1), 0), Throws.ArgumentException);
    }

    private static DeviceTicks Ticks(long trueNs) => new((long)(trueNs * 1.00008 / 1_000));

    private static IEnumerable<string> Names => ClockScenarios.All.Select(s => s.Name);

    private static void Limits(string name, ClockFigures figures)
    {
        if (name == Symmetric)
        {
            Assert.That(figures.Final(0.5), Is.LessThanOrEqualTo(100_000), "p50, ns");
            Assert.That(figures.Final(0.99), Is.LessThanOrEqualTo(500_000), "p99, ns");
        }
        else if (name == "arrival-only")
        {
            Assert.That(figures.Final(0.99), Is.LessThanOrEqualTo(3_000_000), "p99 after the known latency, ns");
            Assert.That(figures.Online(0.99), Is.LessThanOrEqualTo(3_000_000), "online p99 after the known latency, ns");
        }
        else
        {
            Assert.That(figures.Final(0.99), Is.LessThanOrEqualTo(1_000_000), "p99 after the known latency, ns");
        }
    }

    private static void Print(ClockFigures figures)
    {
        TestContext.Out.WriteLine(figures.Conditions);
        TestContext.Out.WriteLine(ClockFigures.Heading);
        TestContext.Out.WriteLine(figures.Row);
    }
}
