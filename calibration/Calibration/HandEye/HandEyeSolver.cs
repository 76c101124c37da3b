using System.Globalization;
using Calibration.HandEye.ClosedForms;
using Calibration.Solving;

namespace Calibration.HandEye;

/// <summary>Hand-eye and robot-world calibration: all closed forms, a robust refinement from the best, outliers named, noise estimated, covariance.</summary>
public static class HandEyeSolver
{
    // Squared whitened residual of six coordinates beyond which a pose is named an outlier: chance alone makes one in 2 million.
    private const double OutlierSquare = 40;
    private const double MostOutliers = 0.4;
    private const double DoubtfulSigmaM = 0.005;
    private const double DoubtfulSigmaRad = 0.5 * Math.PI / 180;

    /// <exception cref="UndeterminedMotionException">The motions cannot determine the answer.</exception>
    public static HandEyeResult Solve(IReadOnlyList<PosePair> pairs, HandEyeSetup setup)
    {
        (pairs, double cornerSigma) = PixelPoses.Prepare(pairs);
        bool pixels = double.IsFinite(cornerSigma);
        PoseEquation[] all = PoseEquation.From(pairs, setup);
        MotionCheck.Require(all);
        HandEyePoses start = HandEyeStart.Find(all);
        (HandEyePoses robust, PoseNoise noise) = RefineRobustly(all, start);
        if (pixels)
        {
            pairs = PixelPoses.NearPredicted(pairs, setup, robust, cornerSigma);
            all = PoseEquation.From(pairs, setup);
            (robust, noise) = RefineRobustly(all, robust);
        }

        bool[] inside = Inside(all, robust, noise);
        HandEyePoses poses = robust;
        double[] covariance = [];
        for (int round = 0; round < 6; round++)
        {
            PosePair[] used = [.. pairs.Where((_, i) => inside[i])];
            PoseEquation[] equations = PoseEquation.From(used, setup);
            MotionCheck.Require(equations);
            (poses, noise, covariance) = Refine(used, equations, setup, poses, noise);
            bool[] next = Inside(pairs, all, setup, poses, noise);
            if (next.AsSpan().SequenceEqual(inside) || next.Count(i => i) < (1 - MostOutliers) * all.Length)
            {
                break;
            }

            inside = next;
        }

        for (int round = 0; pixels && round < 4; round++)
        {
            pairs = PixelPoses.Around(pairs, setup, poses, noise, cornerSigma);
            all = PoseEquation.From(pairs, setup);
            (poses, noise, covariance) = Refine([.. pairs.Where((_, i) => inside[i])], [.. all.Where((_, i) => inside[i])], setup, poses, noise);
        }

        PoseEquation[] kept = [.. all.Where((_, i) => inside[i])];
        double[] distances = Deviations(pairs, all, setup, poses, noise);
        PairResidual[] residuals = [.. pairs.Select((p, i) => Residual(p, all[i], i, poses, distances[i], !inside[i]))];
        MotionSummary motion = MotionCheck.Require(kept);
        var result = new HandEyeResult
        {
            Setup = setup,
            Poses = Canonical(poses),
            Covariance = covariance,
            Noise = noise,
            CornerSigma = pixels ? cornerSigma : null,
            Motion = motion,
            Residuals = residuals,
            Methods = Rank(kept, poses),
            Suspicions = PairSuspicions.Find(pairs, setup, poses),
            Judgement = Judgement.Good,
            Reasons = [],
        };
        return Judge(result);
    }

    /// <summary>The poses for pairs that differ little from those of a result: the same pairs left out, the same noise.</summary>
    internal static HandEyePoses Again(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, HandEyeResult near)
    {
        PosePair[] used = [.. pairs.Where((_, i) => !near.Residuals[i].IsOutlier)];
        PoseEquation[] equations = PoseEquation.From(used, setup);
        var fit = new PoseNoiseFit(equations, [.. used.Select(p => p.TargetCovariance)], setup);
        return LevenbergMarquardt.Solve(new HandEyeResiduals(equations, fit.Factors(near.Noise, near.Poses)), near.Poses).State;
    }

    private static (HandEyePoses Poses, PoseNoise Noise) RefineRobustly(PoseEquation[] equations, HandEyePoses start)
    {
        // The scale comes from medians, so that up to a third of wild poses does not move it.
        HandEyePoses poses = start;
        PoseNoise noise = HandEyeStart.MedianNoise(equations, poses);
        for (int round = 0; round < 3; round++)
        {
            double[] factor = Diagonal(noise);
            var problem = new HandEyeResiduals(equations, [.. equations.Select(_ => factor)]);
            poses = LevenbergMarquardt.Solve(problem, poses, new SolveOptions(Robust: 3)).State;
            noise = HandEyeStart.MedianNoise(equations, poses);
        }

        return (poses, noise);
    }

    private static (HandEyePoses Poses, PoseNoise Noise, double[] Covariance) Refine(PosePair[] pairs, PoseEquation[] equations, HandEyeSetup setup, HandEyePoses poses, PoseNoise noise)
    {
        var fit = new PoseNoiseFit(equations, [.. pairs.Select(p => p.TargetCovariance)], setup);
        double[] normal = [];
        for (int round = 0; round < 3; round++)
        {
            noise = fit.Estimate(noise, poses);
            Solved<HandEyePoses> solved = LevenbergMarquardt.Solve(new HandEyeResiduals(equations, fit.Factors(noise, poses)), poses);
            (poses, normal) = (solved.State, solved.Normal);
        }

        return (poses, noise, SymmetricSystem.Inverse(normal, 12) ?? throw new UndeterminedMotionException(
            "The poses leave part of the answer free: the turns are too small, or too nearly about one axis, against their noise. Add poses turned by 20 to 60 degrees about two different axes."));
    }

    private static double[] Diagonal(PoseNoise noise)
    {
        double[] factor = new double[36];
        for (int i = 0; i < 6; i++)
        {
            factor[(i * 6) + i] = i < 3 ? noise.TranslationM : noise.TargetRotationRad;
        }

        return factor;
    }

    private static bool[] Inside(PoseEquation[] equations, HandEyePoses poses, PoseNoise noise)
    {
        double[] factor = Diagonal(noise);
        return Within([.. Whitened(equations, poses, [.. equations.Select(_ => factor)])]);
    }

    private static bool[] Inside(IReadOnlyList<PosePair> pairs, PoseEquation[] equations, HandEyeSetup setup, HandEyePoses poses, PoseNoise noise) =>
        Within([.. Deviations(pairs, equations, setup, poses, noise).Select(d => d * d)]);

    private static double[] Deviations(IReadOnlyList<PosePair> pairs, PoseEquation[] equations, HandEyeSetup setup, HandEyePoses poses, PoseNoise noise)
    {
        var fit = new PoseNoiseFit(equations, [.. pairs.Select(p => p.TargetCovariance)], setup);
        return [.. Whitened(equations, poses, fit.Factors(noise, poses)).Select(Math.Sqrt)];
    }

    private static bool[] Within(double[] squares)
    {
        // Never drop more than the largest share: then the worst are dropped, and the judgement says that it is bad.
        double[] sorted = [.. squares.Order()];
        double most = Math.Max(OutlierSquare, sorted[Math.Max(2, (int)Math.Ceiling((1 - MostOutliers) * squares.Length) - 1)]);
        return [.. squares.Select(s => s <= most)];
    }

    private static IEnumerable<double> Whitened(PoseEquation[] equations, HandEyePoses poses, double[][] factors)
    {
        var problem = new HandEyeResiduals(equations, factors);
        double[] r = new double[6];
        for (int i = 0; i < equations.Length; i++)
        {
            problem.Evaluate(poses, i, r, []);
            yield return r.Sum(v => v * v);
        }
    }

    private static PairResidual Residual(PosePair pair, PoseEquation equation, int index, HandEyePoses poses, double deviations, bool outlier)
    {
        (double rotation, double translation) = HandEyeStart.Distance(equation, poses);
        return new PairResidual(index, pair.Label, rotation, translation, deviations, outlier);
    }

    private static List<MethodResult> Rank(PoseEquation[] equations, HandEyePoses refined)
    {
        Motion[] motions = Motions.Between(equations);
        var results = new List<MethodResult>();
        foreach (ClosedForm method in ClosedFormSolver.All)
        {
            if (ClosedFormSolver.Solve(method, equations, motions) is not { } p)
            {
                results.Add(new MethodResult(method, null, double.NaN, double.NaN, double.NaN, double.NaN));
                continue;
            }

            (double Rotation, double Translation)[] left = [.. equations.Select(e => HandEyeStart.Distance(e, p))];
            results.Add(new MethodResult(
                method,
                Canonical(p),
                Math.Sqrt(left.Average(d => d.Rotation * d.Rotation)),
                Math.Sqrt(left.Average(d => d.Translation * d.Translation)),
                (p.X.Translation - refined.X.Translation).Length,
                (p.X.Rotation * refined.X.Rotation.Inverse()).Angle));
        }

        double reach = HandEyeStart.Reach(equations);
        return [.. results.OrderBy(m => double.IsNaN(m.RotationRmsRad) ? double.PositiveInfinity : m.RotationRmsRad + (m.TranslationRmsM / reach))];
    }

    private static HandEyeResult Judge(HandEyeResult result)
    {
        var bad = new List<string>();
        var doubtful = new List<string>();
        double reach = Math.Max(0.05, result.Residuals.Count > 0 ? result.Poses.X.Translation.Length : 0);
        int outliers = result.Outliers.Count();
        double rotationDeg = result.RotationRmsRad * 180 / Math.PI;
        if (outliers > 0.25 * result.Residuals.Count)
        {
            bad.Add($"{outliers} of {result.Residuals.Count} poses do not fit the others: the two columns may not belong to the same moments");
        }
        else if (outliers > 0)
        {
            doubtful.Add($"{outliers} of {result.Residuals.Count} poses were left out: {string.Join(", ", result.Outliers.Select(o => o.Label))}");
        }

        if (rotationDeg > 3 || result.TranslationRmsM > 0.05)
        {
            bad.Add(string.Create(CultureInfo.InvariantCulture, $"what is left over is large: {rotationDeg:0.0} degrees and {result.TranslationRmsM * 1000:0} mm a pose"));
        }
        else if (rotationDeg > 1 || result.TranslationRmsM > 0.01)
        {
            doubtful.Add(string.Create(CultureInfo.InvariantCulture, $"what is left over is larger than robots and boards usually give: {rotationDeg:0.0} degrees and {result.TranslationRmsM * 1000:0.0} mm a pose"));
        }

        double[] sigma = result.Sigma;
        double sigmaM = sigma.Take(3).Max();
        double sigmaRad = sigma.Skip(3).Take(3).Max();
        if (sigmaM > DoubtfulSigmaM || sigmaRad > DoubtfulSigmaRad)
        {
            doubtful.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"the answer is only known to {sigmaM * 1000:0.0} mm and {sigmaRad * 180 / Math.PI:0.00} degrees: turn the hand further about a second axis (now {result.Motion.SecondDeg:0} degrees), or take more poses"));
        }

        MethodResult[] worked = [.. result.Methods.Where(m => m.Poses is not null).Take(4)];
        if (worked.Length > 0 && worked.Max(m => m.FromRefinedM) > Math.Max(0.02, 0.05 * reach))
        {
            doubtful.Add(string.Create(CultureInfo.InvariantCulture, $"the four best closed forms lie up to {worked.Max(m => m.FromRefinedM) * 1000:0} mm from the refined answer"));
        }

        // With the wrong units or conventions everything else is wrong, too, and says nothing.
        if (result.Suspicions.Count > 0)
        {
            return result with { Judgement = Judgement.Bad, Reasons = result.Suspicions };
        }

        return result with
        {
            Judgement = bad.Count > 0 ? Judgement.Bad : doubtful.Count > 0 ? Judgement.Doubtful : Judgement.Good,
            Reasons = [.. bad, .. doubtful],
        };
    }

    private static HandEyePoses Canonical(HandEyePoses p) =>
        new(p.X with { Rotation = p.X.Rotation.Canonical() }, p.Z with { Rotation = p.Z.Rotation.Canonical() });
}
