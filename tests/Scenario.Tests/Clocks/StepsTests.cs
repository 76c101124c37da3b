using Capture.Simulation.Clocks;

namespace Scenario.Tests.Clocks;

/// <summary>Clocks that break: found within two seconds online, a part of their own at close, and no sample off by more than 5 ms afterwards.</summary>
public sealed class StepsTests
{
    private const long Ms = 1_000_000;
    private const long Second = 1_000 * Ms;
    private const long At = 30 * Second;
    private const long LimitNs = StepFigures.LimitNs;
    private const long FoundWithinNs = StepFigures.FoundWithinNs;

    private static readonly long[] s_sizes = [5 * Ms, 8 * Ms, 20 * Ms, 100 * Ms, Second, 60 * Second, 200_000 * Second];

    [Test]
    public void A_step_is_found_online_and_cut_at_close([Values("two-way", "two-way-usb", "one-way", "one-way-normal")] string name, [Values(1, -1)] int sign) =>
        Check(name, sign, seeds: 1);

    [Test]
    [Explicit("many seeds")]
    [Category("Long")]
    public void Every_step_of_many_seeds_is_found([Values("two-way", "two-way-usb", "two-way-wifi", "one-way", "one-way-normal", "one-way-wifi")] string name, [Values(1, -1)] int sign) =>
        Check(name, sign, seeds: 10);

    private static void Check(string name, int sign, int seeds)
    {
        StepFigures figures = new();
        foreach (long size in s_sizes)
        {
            for (int seed = 0; seed < seeds; seed++)
            {
                ClockScenario scenario = ClockScenarios.Named(name) with { Mishaps = [new Mishap(MishapKind.Step, At, sign * size)] };
                figures.Add(new ClockRun(scenario, Seeds.Base + (ulong)seed, 60), FormattableString.Invariant($"{name}, {sign * size / 1e6} ms, seed {Seeds.Base + (ulong)seed}"));
            }
        }

        TestContext.Out.WriteLine(StepFigures.Heading);
        TestContext.Out.WriteLine(figures.Line($"{name} {(sign > 0 ? "forwards" : "backwards")}"));
        foreach (string fault in figures.Faults)
        {
            TestContext.Out.WriteLine(fault);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(figures.FoundOnline, Is.EqualTo(figures.Runs), "runs whose step was found within 2 s online");
            Assert.That(figures.FalseAlarms, Is.Zero, "false alarms");
            Assert.That(figures.CutAtClose, Is.EqualTo(figures.Runs), "runs that were cut into two at close");
            Assert.That(figures.SamplesOff, Is.Zero, "samples off by more than 5 ms after the close");
            Assert.That(figures.OutsideBound, Is.Zero, "rows outside their final bound");
            Assert.That(figures.OutsideOnline, Is.Zero, "rows outside their online bound while no step was undiscovered");
        }
    }

    [Test]
    public void Reboot_and_swap_are_segments_and_nothing_of_the_old_clock_stays([Values("two-way", "one-way", "one-way-usb")] string name, [Values(MishapKind.Reboot, MishapKind.Swap)] MishapKind kind)
    {
        ClockScenario scenario = ClockScenarios.Named(name) with { Mishaps = [new Mishap(kind, At, 800 * Ms)] };
        ClockRun run = new(scenario, 3, 60);
        ClockTrial trial = ClockTrial.Of(run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Fit!.Parts.Select(p => p.Segment), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(trial.Restarts, Is.Empty, "what the boot number says is no step");
            Assert.That(trial.Rows.Max(r => Math.Abs(r.Final - run.SystematicNs)), Is.LessThanOrEqualTo(LimitNs));
        }
    }

    [Test]
    public void A_suspended_host_is_a_step_forwards([Values("two-way", "one-way")] string name)
    {
        ClockRun run = new(ClockScenarios.Named(name) with { Mishaps = [new Mishap(MishapKind.Suspend, At, 3_600 * Second)] }, 4, 60);
        ClockTrial trial = ClockTrial.Of(run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Fit!.Steps, Is.EqualTo(1));
            Assert.That(trial.Rows.Max(r => Math.Abs(r.Final - run.SystematicNs)), Is.LessThanOrEqualTo(LimitNs));
        }
    }

    [Test]
    public void Counters_that_wrap_count_on([Values(16, 24, 32)] int bits)
    {
        // 10 MHz: 24 bits wrap every 1.7 s, 32 bits every 7 minutes; 16 bits of a microsecond counter every 66 ms.
        ClockScenario scenario = ClockScenarios.Named("one-way-normal") with { WidthBits = bits, TickHz = bits == 16 ? 1_000_000 : 10_000_000 };
        ClockRun run = new(scenario, 5, 60);
        ClockTrial trial = ClockTrial.Of(run);
        Assert.That(trial.Rows.Max(r => Math.Abs(r.Final - run.SystematicNs)), Is.LessThanOrEqualTo(LimitNs));
        Assert.That(trial.Fit!.Steps, Is.Zero);
    }

    /// <summary>The host numbers a microphone's frames: what is lost without a word, of any length, leaves its number behind from then on.</summary>
    [Test]
    public void Sound_lost_in_silence_is_found_and_cut([Values(10, 37, 250, 2_000)] int lostMs)
    {
        ClockScenario scenario = ClockScenarios.Named("own-count") with { Mishaps = [new Mishap(MishapKind.SilentLoss, At, lostMs * Ms), new Mishap(MishapKind.SilentLoss, 45 * Second, lostMs * Ms)] };
        ClockRun run = new(scenario, 6, 60);
        ClockTrial trial = ClockTrial.Of(run);
        long[] breaks = [.. run.Breaks.Select(b => b.AtNs)];
        TestContext.Out.WriteLine(FormattableString.Invariant(
            $"{lostMs} ms lost twice: found {string.Join(", ", trial.Restarts.Select((t, i) => FormattableString.Invariant($"{(t - breaks[Math.Min(i, 1)]) / 1e9:F2}")))} s after it; worst sample {trial.Rows.Max(r => Math.Abs(r.Final - run.SystematicNs)) / 1e6:F3} ms"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Fit!.Steps, Is.EqualTo(2));
            Assert.That(trial.Restarts, Has.Count.EqualTo(2));
            Assert.That(trial.Restarts.Select((t, i) => t - breaks[i]), Has.All.InRange(0, FoundWithinNs));
            Assert.That(trial.Rows.Max(r => Math.Abs(r.Final - run.SystematicNs)), Is.LessThanOrEqualTo(LimitNs));
            Assert.That(trial.Rows, Has.All.Matches<TrialRow>(r => r.Bound < 0 || Math.Abs(r.Final) <= r.Bound));
        }
    }

    [Test]
    public void Quiet_clocks_raise_no_alarm([Values("two-way", "two-way-usb", "two-way-wifi", "two-way-draught", "one-way", "one-way-usb", "one-way-wifi", "own-count")] string name)
    {
        for (ulong seed = 11; seed <= 13; seed++)
        {
            ClockTrial trial = ClockTrial.Of(new ClockRun(ClockScenarios.Named(name), seed, 40));
            Assert.That(trial.Restarts, Is.Empty, $"{name}, seed {seed}: online");
            Assert.That(trial.Fit!.Steps, Is.Zero, $"{name}, seed {seed}: at close");
        }
    }
}
