using System.Globalization;
using Capture.Simulation.Clocks;

namespace Scenario.Tests.Clocks;

/// <summary>What many seeded runs with one mishap of a scenario's clock say: was it found, where was it cut, and what became of the samples. Every run counts; the worst ones are kept as text.</summary>
internal sealed class StepFigures
{
    private const long Ms = 1_000_000;
    private const long Second = 1_000 * Ms;

    /// <summary>No sample may be off by more after the close.</summary>
    public const long LimitNs = 5 * Ms;

    /// <summary>Online a step must be found within this.</summary>
    public const long FoundWithinNs = 2 * Second;

    private readonly List<string> faults = [];
    private readonly List<double> foundAfter = [];

    public int Runs { get; private set; }

    /// <summary>Runs in which the online clock began anew exactly once, within two seconds of the step.</summary>
    public int FoundOnline { get; private set; }

    /// <summary>New beginnings of the online clock for which there was no reason.</summary>
    public int FalseAlarms { get; private set; }

    /// <summary>Runs that were cut into exactly as many parts as there were.</summary>
    public int CutAtClose { get; private set; }

    /// <summary>Samples off by more than <see cref="LimitNs"/> after the close, the part that nobody can see taken off.</summary>
    public int SamplesOff { get; private set; }

    /// <summary>Rows whose final bound does not reach the truth.</summary>
    public int OutsideBound { get; private set; }

    /// <summary>Rows whose online bound did not reach the truth, but for those between the step and its discovery.</summary>
    public int OutsideOnline { get; private set; }

    public long Rows { get; private set; }

    /// <summary>Rows of which nobody can tell the side; their bound has to reach the truth like any other's.</summary>
    public int CannotTell { get; private set; }

    public double WorstSampleMs { get; private set; }

    public IReadOnlyList<string> Faults => faults;

    public static string Heading => "| scenario | runs | found ≤ 2 s online | slowest s | false alarms | cut at close | samples off > 5 ms | worst sample ms | cannot be told | rows outside their bound | online, once found |";

    public string Line(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {Runs} | {FoundOnline} | {(foundAfter.Count == 0 ? 0 : foundAfter.Max()):F2} | {FalseAlarms} | {CutAtClose} | {SamplesOff} | {WorstSampleMs:F3} | {CannotTell} | {OutsideBound} of {Rows} | {OutsideOnline} |");

    /// <summary>
    /// Whether the side of a row can be told. Not of a copy of a packet (it came twice) near a step backwards by a whole number of periods: the counter shows what the copy shows on both sides of such a step, so that it
    /// may be a copy of the one row or of the other, as far as the path could have delivered both by then. All else can be told: by the count's place on the grid, or by the order of arrival.
    /// </summary>
    private static bool Identifiable(ClockRun run, in TrialRow row)
    {
        (long at, Mishap step) = run.Breaks[0];
        double periods = step.SizeNs * run.Scenario.RateHz / 1e9;
        if (!row.Again || step.SizeNs >= 0 || Math.Abs(periods - Math.Round(periods)) > 1e-6)
        {
            return true;
        }

        long other = row.TrueNs < at ? row.TrueNs - step.SizeNs : row.TrueNs + step.SizeNs;
        long delay = row.ArrivalNs - other;
        return delay < run.MinBackNs || delay > run.Scenario.DeclaredNs.MaxNs || (other < at) == (row.TrueNs < at);
    }

    public void Add(ClockRun run, string what)
    {
        ClockTrial trial = ClockTrial.Of(run);
        long broke = run.Breaks[0].AtNs;
        long[] found = [.. trial.Restarts.Where(t => t >= broke && t <= broke + FoundWithinNs)];
        int off = trial.Rows.Count(r => Identifiable(run, r) && Math.Abs(r.Final - run.SystematicNs) > LimitNs);
        CannotTell += trial.Rows.Count(r => !Identifiable(run, r));
        int outside = trial.Rows.Count(r => r.Bound >= 0 && Math.Abs(r.Final) > r.Bound);
        long known = found.Length == 0 ? long.MaxValue : found[0];
        int outsideOnline = trial.Rows.Count(r => r.OnlineBound >= 0 && Math.Abs(r.Online) > r.OnlineBound && (r.ArrivalNs < broke || r.ArrivalNs > known));
        double worst = trial.Rows.Where(r => Identifiable(run, r)).Max(r => Math.Abs(r.Final - run.SystematicNs)) / 1e6;
        Runs++;
        FoundOnline += found.Length > 0 ? 1 : 0;
        FalseAlarms += trial.Restarts.Count - Math.Min(found.Length, 1);
        CutAtClose += trial.Fit!.Steps == 1 ? 1 : 0;
        SamplesOff += off;
        OutsideBound += outside;
        OutsideOnline += outsideOnline;
        Rows += trial.Rows.Length;
        WorstSampleMs = Math.Max(WorstSampleMs, worst);
        foundAfter.AddRange(found.Take(1).Select(t => (t - broke) / 1e9));
        if (trial.Restarts.Count != 1 || found.Length != 1 || trial.Fit.Steps != 1 || off > 0 || outside > 0 || outsideOnline > 0)
        {
            string restarts = string.Join(", ", trial.Restarts.Select(t => FormattableString.Invariant($"{(t - broke) / 1e9:F2}")));
            faults.Add(FormattableString.Invariant(
                $"{what}: found after {(restarts.Length == 0 ? "never" : restarts + " s")}, steps at close {trial.Fit.Steps}, {off} samples off (worst {worst:F3} ms), {outside} outside their bound, {outsideOnline} online"));
        }
    }
}
