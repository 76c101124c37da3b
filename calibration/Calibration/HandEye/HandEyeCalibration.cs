using System.Globalization;
using System.Text.Json.Nodes;
using Calibration.Latency;
using Calibration.Results;
using Calibration.Tables;

namespace Calibration.HandEye;

/// <summary>From pairs, or from two streams of poses, to the one result file.</summary>
public static class HandEyeCalibration
{
    private const int MostPairs = 250;
    private const double Degrees = 180 / Math.PI;

    /// <param name="inputs">Files that the pairs came from.</param>
    /// <exception cref="UndeterminedMotionException">The motions cannot determine the answer.</exception>
    public static CalibrationResult Run(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, IReadOnlyList<InputFile> inputs, IEnumerable<Finding> notes, SortedDictionary<string, string>? settings = null)
    {
        return Describe(HandEyeSolver.Solve(pairs, setup), inputs, notes, settings);
    }

    /// <summary>What was solved as a result.</summary>
    internal static CalibrationResult Describe(HandEyeResult solved, IReadOnlyList<InputFile> inputs, IEnumerable<Finding> notes, SortedDictionary<string, string>? settings)
    {
        HandEyeSetup setup = solved.Setup;
        settings ??= new SortedDictionary<string, string>(StringComparer.Ordinal);
        settings["setup"] = Word(setup);
        (string xParent, string xChild, string zParent, string zChild) = Names(setup);
        return new CalibrationResult
        {
            Kind = "hand-eye",
            Verdict = new Verdict(
                solved.Judgement switch { Judgement.Good => Verdict.Green, Judgement.Doubtful => Verdict.Amber, _ => Verdict.Red },
                [Summary(solved), .. solved.Reasons.Select(Sentence)]),
            Settings = settings,
            Inputs = inputs,
            Quantities =
            [
                new Quantity("poses used", solved.Used, null, "1"),
                new Quantity("rotation left over, RMS", solved.RotationRmsRad * Degrees, null, "deg"),
                new Quantity("translation left over, RMS", solved.TranslationRmsM * 1000, null, "mm"),
                .. solved.CornerSigma is { } corner ? new[] { new Quantity("noise of a corner, per coordinate", corner, null, "px", "the refinement ran on pixels; the target's noise follows from it, and the robot's stands below") } : [],
                new Quantity("noise of the target's rotation, per axis", solved.Noise.TargetRotationRad * Degrees, null, "deg"),
                new Quantity("noise of the robot's rotation, per axis", solved.Noise.RobotRotationRad * Degrees, null, "deg"),
                new Quantity("noise of both positions together, per axis", solved.Noise.TranslationM * 1000, null, "mm"),
                new Quantity("turn about the first axis, RMS", solved.Motion.MainDeg, null, "deg"),
                new Quantity("turn about the second axis, RMS", solved.Motion.SecondDeg, null, "deg", "what the answer hangs on: 20 degrees or more is good"),
            ],
            Transforms =
            [
                RigPose.Write(xParent, xChild, solved.Poses.X, Part(solved.Covariance, 0)),
                RigPose.Write(zParent, zChild, solved.Poses.Z, Part(solved.Covariance, 6)),
            ],
            Findings =
            [
                .. notes,
                .. solved.Suspicions.Select(s => new Finding(Finding.Error, "suspicion", "input", Sentence(s))),
                .. solved.Outliers.Where(_ => solved.Suspicions.Count == 0).Select(o => new Finding(Finding.Warning, "outlier-pose", o.Label, Text($"{o.RotationRad * Degrees:0.0} degrees and {o.TranslationM * 1000:0.0} mm from where the others put it; left out."))),
            ],
            Details = new JsonObject
            {
                ["methods"] = new JsonArray([.. solved.Methods.Select(Method)]),
                ["residuals"] = new JsonArray([.. solved.Residuals.Select(r => (JsonNode)new JsonObject
                {
                    ["pose"] = r.Label, ["rotation_rad"] = r.RotationRad, ["translation_m"] = r.TranslationM, ["deviations"] = r.Deviations, ["outlier"] = r.IsOutlier,
                })]),
                ["covariance_of_both"] = new JsonArray([.. solved.Covariance.Select(v => (JsonNode)v)]),
            },
        };
    }

    /// <summary>
    /// From two streams: the lag between them is found first, then the robot's pose is taken at the target's own stamps (the target's poses are not interpolated), and poses that lie apart are chosen.
    /// </summary>
    public static CalibrationResult Run(PoseStream robot, PoseStream target, HandEyeSetup setup, LagOptions options, IReadOnlyList<InputFile> inputs)
    {
        LagEstimate lag = PoseLagSolver.Solve(robot, target, options);
        PosePair[] pairs = StreamPairs.Choose(robot, target, lag, MostPairs);
        if (pairs.Length < 3)
        {
            throw new UndeterminedMotionException($"{robot.Name} and {target.Name} have {pairs.Length} poses in common after the lag was taken out. Record longer, with both running.");
        }

        IEnumerable<Finding> notes = robot.Notes.Select(n => new Finding(Finding.Note, "reading", robot.Name, Sentence(n)))
            .Concat(target.Notes.Select(n => new Finding(Finding.Note, "reading", target.Name, Sentence(n))));
        CalibrationResult result = Run(pairs, setup, inputs, notes, new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["robot"] = robot.Name, ["target"] = target.Name, ["pairs"] = pairs.Length.ToString(CultureInfo.InvariantCulture),
        });
        return result with { Lags = [LatencyCalibration.Lag(lag)] };
    }

    internal static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('.') + (text.EndsWith('?') ? "" : ".");

    private static string Word(HandEyeSetup setup) => setup == HandEyeSetup.EyeInHand ? "eye-in-hand" : "eye-to-hand";

    private static (string XParent, string XChild, string ZParent, string ZChild) Names(HandEyeSetup setup) => setup == HandEyeSetup.EyeInHand
        ? ("gripper", "camera", "base", "target")
        : ("base", "camera", "gripper", "target");

    private static string Summary(HandEyeResult r)
    {
        double[] s = r.Sigma;
        (string parent, string child, _, _) = Names(r.Setup);
        string use = r.Judgement switch { Judgement.Good => "Good to use", Judgement.Doubtful => "Usable with care", _ => "Not to be used" };
        return Text($"{use}: T_{parent}_{child} is known to {s.Take(3).Max() * 1000:0.00} mm and {s.Skip(3).Take(3).Max() * Degrees:0.000} degrees (1 σ, worst axis) from {r.Used} of {r.Residuals.Count} poses.");
    }

    private static JsonNode Method(MethodResult m) => new JsonObject
    {
        ["method"] = m.Method.ToString().ToLowerInvariant(),
        ["failed"] = m.Poses is null,
        ["rotation_rms_rad"] = Number(m.RotationRmsRad),
        ["translation_rms_m"] = Number(m.TranslationRmsM),
        ["from_refined_m"] = Number(m.FromRefinedM),
        ["from_refined_rad"] = Number(m.FromRefinedRad),
        ["x"] = m.Poses is { } p ? new JsonArray(p.X.Translation.X, p.X.Translation.Y, p.X.Translation.Z, p.X.Rotation.X, p.X.Rotation.Y, p.X.Rotation.Z, p.X.Rotation.W) : null,
    };

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    private static double[] Part(double[] covariance, int first)
    {
        double[] part = new double[36];
        for (int i = 0; i < 6; i++)
        {
            covariance.AsSpan(((first + i) * 12) + first, 6).CopyTo(part.AsSpan(6 * i));
        }

        return part;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
