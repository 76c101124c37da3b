using System.Globalization;
using Calibration.Results;

namespace Calibration.Intrinsics;

/// <summary>Whether a lens may be used, in words and in one colour.</summary>
/// <remarks>
/// Red: held-out error above 3 px, the median projection σ above 3 px, or a finding that is an error. Green: held-out error at most 1 px, projection σ at most 0.5 px in the
/// median and 5 px at worst, half of the image covered, no view in five spoiled. Amber: between.
/// </remarks>
internal static class IntrinsicsVerdict
{
    public static Verdict Of(CameraFit fit, List<Finding> findings, out IReadOnlyList<Quantity> quantities)
    {
        double[] sigma = [.. fit.Map!.SigmaPixels.Select(s => s < 0 ? double.PositiveInfinity : s).Order()];
        double median = sigma[sigma.Length / 2], worst = sigma[^1];
        double heldOut = fit.HeldOut ?? fit.Fit.CornerSigma;
        double coverage = Coverage(fit);
        int spoiled = fit.Views.Count(v => v.State == ViewScreening.Outlier);
        if (coverage < 0.5)
        {
            findings.Add(new(Finding.Warning, "low-coverage", "coverage", Text($"Corners lie in {coverage * 100:0} % of the image only: beyond them the lens is extrapolated. Move the board into the empty parts, corners of the image first.")));
        }

        double? fx = fit.Fit.Covariance is { } c ? Math.Sqrt(c[0, 0]) : null;
        quantities =
        [
            new("rms", fit.Fit.Rms, null, "px", "over the corners that were used"),
            new("held_out_error", heldOut, null, "px", fit.HeldOut is null ? "too few views to hold some out: σ of a corner instead" : null),
            new("corner_sigma", fit.Fit.CornerSigma, null, "px"),
            new("projection_sigma_median", Finite(median), null, "px"),
            new("projection_sigma_worst", Finite(worst), null, "px"),
            new("coverage", coverage, null, "1"),
            new("views_used", fit.Used.Count, null, "1"),
            new("corners_used", fit.Fit.Bundle.UsedCorners, null, "1"),
        ];
        bool red = heldOut > 3 || median > 3 || findings.Any(f => f.Severity == Finding.Error);
        bool green = heldOut <= 1 && median <= 0.5 && worst <= 5 && coverage >= 0.5 && spoiled * 5 <= fit.Used.Count;
        string first = Text($"Where something is seen is known to ±{median:0.00} px in the middle of the field's uncertainty and ±{worst:0.00} px at worst (1 σ); views that took no part are off by {heldOut:0.00} px.");
        string second = Text($"{fit.Fit.Lens.Name}: fx {fit.Fit.Intrinsics[0]:0.00} px{(fx is { } s ? Text($" ± {s:0.00}") : "")}, RMS {fit.Fit.Rms:0.000} px over {fit.Used.Count} views and {fit.Fit.Bundle.UsedCorners} corners.");
        List<string> sentences = [red ? "Do not use this: " + Reason(heldOut, median, findings) : green ? "Good to use." : "Usable with care: see the findings and the uncertainty map.", first, second];
        return new(red ? Verdict.Red : green ? Verdict.Green : Verdict.Amber, sentences);
    }

    /// <summary>Part of the image's 10 × 8 cells that hold a corner.</summary>
    public static double Coverage(CameraFit fit)
    {
        var cells = new HashSet<(int, int)>();
        foreach (var corner in fit.Used.SelectMany(v => v.Corners))
        {
            cells.Add(((int)Math.Clamp(corner.U / fit.Width * 10, 0, 9), (int)Math.Clamp(corner.V / fit.Height * 8, 0, 7)));
        }

        return cells.Count / 80.0;
    }

    private static string Reason(double heldOut, double median, List<Finding> findings) =>
        findings.FirstOrDefault(f => f.Severity == Finding.Error)?.Sentence
        ?? (heldOut > 3 ? "views that took no part in the fit disagree with it by pixels." : "the views leave the lens undetermined; " + Text($"its projection is known to ±{median:0.0} px only."));

    private static double Finite(double value) => double.IsFinite(value) ? value : -1;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
