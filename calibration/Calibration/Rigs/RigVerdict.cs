using System.Globalization;
using Calibration.Results;

namespace Calibration.Rigs;

/// <summary>Whether a rig may be used.</summary>
/// <remarks>Red: RMS above 3 px, a transform that is not determined, or an error among the findings. Green: RMS at most 1.5 times the single cameras' own, σ of every baseline below 1 % of it or 1 mm, five common moments. Amber: between.</remarks>
internal static class RigVerdict
{
    public static Verdict Of(IReadOnlyList<CameraResult> cameras, IReadOnlyList<TransformResult> transforms, RigSolution solution, int commonMoments, List<Finding> findings)
    {
        bool undetermined = transforms.Any(t => t.Covariance is null);
        bool red = solution.Rms > 3 || undetermined || findings.Any(f => f.Severity == Finding.Error);
        double own = cameras.Max(c => c.RmsPixels ?? 0);
        double WorstSigma(TransformResult t) => t.Sigma is { } s ? Math.Max(s[0], Math.Max(s[1], s[2])) : double.PositiveInfinity;
        double Length(TransformResult t) => Math.Sqrt(t.Translation.Sum(x => x * x));
        bool sure = transforms.All(t => WorstSigma(t) < Math.Max(1e-3, 0.01 * Length(t)));
        bool green = sure && solution.Rms <= 1.5 * Math.Max(own, 0.1) && commonMoments >= 5 && !findings.Any(f => f.Code == "swapped-cameras");
        var sentences = new List<string>
        {
            red ? "Do not use this: " + (findings.FirstOrDefault(f => f.Severity == Finding.Error)?.Sentence ?? (undetermined ? "the views do not determine where the cameras are." : "the cameras disagree by pixels."))
                : green ? "Good to use." : "Usable with care: see the findings and the sigmas.",
        };
        sentences.AddRange(transforms.Select(t => Text($"{t.Child} is {Length(t) * 1e3:0.00} mm from {t.Parent}, known to ±{WorstSigma(t) * 1e3:0.00} mm (1 σ, worst axis).")));
        sentences.Add(Text($"RMS {solution.Rms:0.000} px over all cameras and {commonMoments} common moments."));
        return new(red ? Verdict.Red : green ? Verdict.Green : Verdict.Amber, sentences);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
