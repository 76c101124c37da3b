using Capture.Simulation.Clocks;

namespace Scenario.Tests.Clocks;

/// <summary>
/// Cameras without stamps whose clock steps: they go on in another phase. Seen from five times the jitter of the fastest arrivals on; the phase is known modulo the period, so a step of near a whole number of periods is
/// a gap or nothing.
/// </summary>
public sealed class PhaseShiftTests
{
    private const long Ms = 1_000_000;
    private const long At = 30_000 * Ms;

    [Test]
    public void A_shifted_phase_is_found_and_each_phase_fitted_by_itself([Values(-14, -9, -6, 6, 9, 14)] int sizeMs)
    {
        for (ulong seed = 0; seed < 4; seed++)
        {
            ClockScenario scenario = ClockScenarios.Named("arrival-only") with { Mishaps = [new Mishap(MishapKind.Step, At, sizeMs * Ms)] };
            ClockRun run = new(scenario, Seeds.Base + seed, 60);
            ClockTrial trial = ClockTrial.Of(run);
            long broke = run.Breaks[0].AtNs;
            string what = $"{sizeMs} ms, seed {Seeds.Base + seed}";
            TrialRow[] off = [.. trial.Rows.Where(r => Math.Abs(r.Final - run.SystematicNs) > 5 * Ms)];
            TestContext.Out.WriteLine(FormattableString.Invariant(
                $"{what}: shifts at {string.Join(", ", trial.Arrival!.Shifts.Select(i => FormattableString.Invariant($"{(trial.Rows[i].TrueNs - broke) / 1e9:F2} s")))}, {off.Length} rows off; least shift {trial.Arrival.LeastShift?.Nanoseconds / 1e6:F2} ms"));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Math.Abs((long)sizeMs) * Ms, Is.GreaterThanOrEqualTo(trial.Arrival.LeastShift!.Value.Nanoseconds), $"{what}: five times the jitter");
                Assert.That(trial.Arrival.Shifts, Has.Length.EqualTo(1), $"{what}: shifts");
                Assert.That(off, Has.All.Matches<TrialRow>(r => Math.Abs(r.TrueNs - broke) < 500 * Ms), $"{what}: rows off are those at the step");
                Assert.That(off, Has.Length.LessThanOrEqualTo(15), $"{what}: and few");
                Assert.That(trial.Rows, Has.All.Matches<TrialRow>(r => Math.Abs(r.Final) <= r.Bound), $"{what}: truth inside the bound");
            }
        }
    }

    [Test]
    public void A_shift_within_the_jitter_cannot_be_told_and_is_not_claimed([Values(-1, 1)] int sizeMs)
    {
        ClockScenario scenario = ClockScenarios.Named("arrival-only") with { Mishaps = [new Mishap(MishapKind.Step, At, sizeMs * Ms)] };
        ClockRun run = new(scenario, Seeds.Base, 60);
        ClockTrial trial = ClockTrial.Of(run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Arrival!.LeastShift!.Value.Nanoseconds, Is.GreaterThan(Ms), "what can be told");
            Assert.That(trial.Arrival.Shifts, Is.Empty);
            Assert.That(trial.Rows, Has.All.Matches<TrialRow>(r => Math.Abs(r.Final) <= r.Bound), "truth inside the bound");
        }
    }
}
