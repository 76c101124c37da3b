using System.Globalization;
using System.Text.Json.Nodes;
using Calibration.HandEye;
using Calibration.Results;
using Calibration.Tables;

namespace Calibration.Latency;

/// <summary>From two streams to the one result file.</summary>
public static class LatencyCalibration
{
    /// <exception cref="NoLagException">The streams cannot give a lag.</exception>
    public static CalibrationResult Run(PoseStream a, PoseStream b, LagOptions options, IReadOnlyList<InputFile> inputs) =>
        Describe(PoseLagSolver.Solve(a, b, options), a, b, options, inputs);

    /// <exception cref="NoLagException">The streams cannot give a lag.</exception>
    public static CalibrationResult Run(ChannelStream a, ChannelStream b, LagOptions options, IReadOnlyList<InputFile> inputs) =>
        Result(ChannelLagSolver.Solve(a, b, options), options, inputs, Notes(a.Name, a.Notes).Concat(Notes(b.Name, b.Notes)));

    internal static LagResult Lag(LagEstimate e) => new(e.B, e.A, e.LagNs, e.SigmaNs, e.Low95Ns, e.High95Ns, e.RatePpm, e.RateSigmaPpm);

    private static IEnumerable<Finding> Notes(string name, IReadOnlyList<string> notes) => notes.Select(n => new Finding(Finding.Note, "reading", name, HandEyeCalibration.Sentence(n)));

    /// <summary>Two streams whose lag was found: as a result.</summary>
    internal static CalibrationResult Describe(LagEstimate lag, PoseStream a, PoseStream b, LagOptions options, IReadOnlyList<InputFile> inputs) =>
        Result(lag, options, inputs, Notes(a.Name, a.Notes).Concat(Notes(b.Name, b.Notes)));

    private static CalibrationResult Result(LagEstimate e, LagOptions options, IReadOnlyList<InputFile> inputs, IEnumerable<Finding> notes)
    {
        var details = new JsonObject
        {
            ["correlation"] = e.Correlation,
            ["interpolated"] = e.Interpolated,
            ["first_half_ns"] = e.FirstHalfNs,
            ["second_half_ns"] = e.SecondHalfNs,
            ["windows"] = e.Windows,
            ["rate_a_hz"] = e.RateAHz,
            ["rate_b_hz"] = e.RateBHz,
        };
        if (e.Second is { } rival)
        {
            details["next_best_ns"] = rival.LagNs;
            details["next_best_share"] = rival.RelativeCorrelation;
        }

        string use = e.Judgement switch { Judgement.Good => "Good to use", Judgement.Doubtful => "Usable with care", _ => "Not to be used" };
        string direction = e.LagNs >= 0 ? "later" : "earlier";
        return new CalibrationResult
        {
            Kind = "latency",
            Verdict = new Verdict(
                e.Judgement switch { Judgement.Good => Verdict.Green, Judgement.Doubtful => Verdict.Amber, _ => Verdict.Red },
                [
                    Text($"{use}: {e.B} stamps the same instant {Math.Abs(e.LagNs) / 1e6:0.00} ms {direction} than {e.A}, ± {e.SigmaNs / 1e6:0.00} ms (1 σ); 95 % lie between {e.Low95Ns / 1e6:0.00} and {e.High95Ns / 1e6:0.00} ms late."),
                    .. e.Reasons.Select(HandEyeCalibration.Sentence),
                ]),
            Settings = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["a"] = e.A, ["b"] = e.B,
                ["max-lag"] = (options.MostLagNs / 1e9).ToString(CultureInfo.InvariantCulture) + " s",
                ["from-start"] = options.FromStart ? "yes" : "no",
                ["rate"] = options.EstimateRate ? "estimated" : "fixed",
            },
            Inputs = inputs,
            Quantities =
            [
                new Quantity("time in common", e.OverlapS, null, "s"),
                new Quantity("correlation of the activity", e.Correlation, null, "1"),
                .. e.Residuals.Select(r => new Quantity(r.Name + ", what is left over per axis", r.Value, null, r.Unit)),
            ],
            Lags = [Lag(e)],
            Findings = [.. notes, .. e.Suspicions.Select(s => new Finding(Finding.Error, "suspicion", "input", HandEyeCalibration.Sentence(s)))],
            Details = details,
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
