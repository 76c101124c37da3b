using System.Globalization;
using Capture.Core.Time;
using Capture.Simulation.Clocks;

namespace Scenario.Tests.Clocks;

/// <summary>What many seeded runs of one scenario say of the estimators.</summary>
internal sealed class ClockFigures
{
    private const int BlockSeeds = 20;
    private readonly List<long> online = [];
    private readonly List<long> final = [];
    private readonly List<long> whole = [];
    private readonly List<long> bounds = [];
    private readonly List<long> oracle = [];
    private readonly List<(long Inside, long Rows)> blocks = [];
    private readonly List<double> ratios = [];
    private readonly ClockScenario scenario;
    private readonly double seconds;

    private ClockFigures(ClockScenario scenario, double seconds, int seeds)
    {
        this.scenario = scenario;
        this.seconds = seconds;
        Seeds = seeds;
    }

    public int Seeds { get; }

    /// <summary>Steps that were seen where there were none, online and at close.</summary>
    public long FalseAlarms { get; private set; }

    /// <summary>Of the online errors, the systematic part taken off, ns. The first tenth of each run is learning and left out.</summary>
    public long Online(double q) => StreamErrors.Quantile(online, q);

    /// <summary>Of the final errors, the systematic part taken off, ns.</summary>
    public long Final(double q) => StreamErrors.Quantile(final, q);

    /// <summary>Of the final errors with the systematic part, ns.</summary>
    public long Whole(double q) => StreamErrors.Quantile(whole, q);

    public long Bound(double q) => StreamErrors.Quantile(bounds, q);

    public long Oracle(double q) => StreamErrors.Quantile(oracle, q);

    /// <summary>Share of rows with the truth inside their bound, in the worst block of seeds; rows without a bound count as outside.</summary>
    public double WorstBlock => blocks.Min(b => b.Inside / (double)b.Rows);

    /// <summary>Mean of (error / sigma)², one row a run, drawn by its seed: 1 where sigma says what it should. Runs are independent, rows of one are not.</summary>
    public double ChiSquare => ratios.Average();

    /// <summary>Median bound over the scenario's own 99.9 % quantile of the error.</summary>
    public double Tightness => Bound(0.5) / (double)Math.Max(1, Whole(0.999));

    /// <summary>The interval that holds a mean of n squared standard normal numbers with 99.9 % (Wilson and Hilferty 1931).</summary>
    public static (double Low, double High) ChiSquareInterval(int n)
    {
        const double z = 3.2905;
        double c = 2.0 / (9 * n);
        return (Math.Pow(1 - c - (z * Math.Sqrt(c)), 3), Math.Pow(1 - c + (z * Math.Sqrt(c)), 3));
    }

    public static ClockFigures Of(ClockScenario scenario, double seconds, int seeds)
    {
        ClockFigures figures = new(scenario, seconds, seeds);
        for (int i = 0; i < seeds; i++)
        {
            figures.Add(new ClockRun(scenario, Clocks.Seeds.Base + (ulong)i, seconds), i / BlockSeeds);
        }

        return figures;
    }

    public static string Heading =>
        "| scenario | final p50 / p99 µs | online p99 µs | oracle p50 / p99 µs | with what nobody can see: p99.9 ms | median bound ms | ratio | worst block inside | χ² |";

    public string Row => string.Create(
        CultureInfo.InvariantCulture,
        $"| {scenario.Name} | {Final(0.5) / 1e3:F1} / {Final(0.99) / 1e3:F1} | {Online(0.99) / 1e3:F1} | {(oracle.Count == 0 ? "–" : FormattableString.Invariant($"{Oracle(0.5) / 1e3:F1} / {Oracle(0.99) / 1e3:F1}"))} | {Whole(0.999) / 1e6:F3} | {Bound(0.5) / 1e6:F3} | {Tightness:F2} | {WorstBlock:P3} | {ChiSquare:F2} |");

    public string Conditions => string.Create(
        CultureInfo.InvariantCulture,
        $"{scenario.Name}: {scenario.About}; ±{scenario.MaxPpm} ppm, walk {scenario.WalkPpm} ppm in a minute; {(scenario.Feed == ScenarioFeed.TwoWay ? scenario.ProbeHz : scenario.RateHz)} readings a second; window {new ClockAssumptions().Window.TotalSeconds} s; seeds {Clocks.Seeds.Base}–{Clocks.Seeds.Base + (ulong)Seeds - 1} of {seconds} s");

    private void Add(ClockRun run, int block)
    {
        ClockTrial trial = ClockTrial.Of(run);
        TrialRow[] rows = trial.Rows;
        FalseAlarms += trial.Restarts.Count + (trial.Fit?.Steps ?? 0) + (trial.Arrival?.Shifts.Length ?? 0);
        long systematic = run.SystematicNs;
        while (blocks.Count <= block)
        {
            blocks.Add((0, 0));
        }

        blocks[block] = (blocks[block].Inside + rows.Count(r => r.Bound >= 0 && Math.Abs(r.Final) <= r.Bound), blocks[block].Rows + rows.Length);
        online.AddRange(rows.Skip(rows.Length / 10).Select(r => r.Online - systematic));
        final.AddRange(rows.Select(r => r.Final - systematic));
        whole.AddRange(rows.Select(r => r.Final));
        bounds.AddRange(rows.Where(r => r.Bound >= 0).Select(r => r.Bound));
        if (run.Scenario.Feed == ScenarioFeed.TwoWay)
        {
            oracle.AddRange(ClockTrial.Oracle(run));
        }

        TrialRow drawn = rows[(int)(Xoshiro256.For((ulong)ratios.Count, "row").Unit() * rows.Length)];
        ratios.Add(Math.Pow((drawn.Final - systematic) / (double)Math.Max(drawn.Sigma, 1), 2));
    }
}
