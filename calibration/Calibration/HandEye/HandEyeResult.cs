using Calibration.HandEye.ClosedForms;

namespace Calibration.HandEye;

/// <summary>What one closed form says, beside the refined answer.</summary>
/// <param name="Poses">Null where the method failed on these data.</param>
/// <param name="RotationRmsRad">What it leaves over, root mean square over the poses used; NaN where it failed.</param>
/// <param name="FromRefinedM">Distance of its X from the refined one.</param>
/// <param name="FromRefinedRad">Turn between its X and the refined one.</param>
public sealed record MethodResult(ClosedForm Method, HandEyePoses? Poses, double RotationRmsRad, double TranslationRmsM, double FromRefinedM, double FromRefinedRad);

/// <summary>How far one pair is from the answer.</summary>
/// <param name="Index">In the order given, from 0.</param>
/// <param name="Deviations">Root of the residual's squared length in units of its noise; about √6 is usual.</param>
/// <param name="IsOutlier">Left out of the answer.</param>
public sealed record PairResidual(int Index, string Label, double RotationRad, double TranslationM, double Deviations, bool IsOutlier);

/// <summary>Whether a result may be used.</summary>
public enum Judgement
{
    Good,

    /// <summary>Usable with care: the reasons say why.</summary>
    Doubtful,

    /// <summary>Not to be used.</summary>
    Bad,
}

/// <summary>A hand-eye calibration.</summary>
public sealed record HandEyeResult
{
    public required HandEyeSetup Setup { get; init; }

    public required HandEyePoses Poses { get; init; }

    /// <summary>12 × 12, row-major: change of X, then of Z, each translation (m) and rotation (rad) along the axes of its parent.</summary>
    public required double[] Covariance { get; init; }

    public required PoseNoise Noise { get; init; }

    /// <summary>σ of a corner per coordinate, pixels; null where the refinement ran on poses.</summary>
    public double? CornerSigma { get; init; }

    public required MotionSummary Motion { get; init; }

    /// <summary>Every pair in the order given.</summary>
    public required IReadOnlyList<PairResidual> Residuals { get; init; }

    /// <summary>All closed forms on the pairs used, the best first.</summary>
    public required IReadOnlyList<MethodResult> Methods { get; init; }

    /// <summary>Sentences about what is probably wrong with the input; empty as a rule.</summary>
    public required IReadOnlyList<string> Suspicions { get; init; }

    public required Judgement Judgement { get; init; }

    /// <summary>Why the judgement is not good.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    public IEnumerable<PairResidual> Outliers => Residuals.Where(r => r.IsOutlier);

    public int Used => Residuals.Count(r => !r.IsOutlier);

    public double RotationRmsRad => Rms(r => r.RotationRad);

    public double TranslationRmsM => Rms(r => r.TranslationM);

    /// <summary>One standard deviation of the twelve numbers, in the covariance's order.</summary>
    public double[] Sigma => [.. Enumerable.Range(0, 12).Select(i => Math.Sqrt(Covariance[(i * 12) + i]))];

    private double Rms(Func<PairResidual, double> of) => Math.Sqrt(Residuals.Where(r => !r.IsOutlier).Average(r => of(r) * of(r)));
}
