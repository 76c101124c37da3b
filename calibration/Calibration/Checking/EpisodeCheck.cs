using System.Globalization;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Results;
using Calibration.Tables;
using Capture.Episodes;
using Capture.Episodes.Reading;

namespace Calibration.Checking;

/// <summary>What one calibration says about an episode, or the episode about it.</summary>
/// <param name="File">Name of the result file.</param>
/// <param name="State">green, amber, red; or unknown where the episode holds nothing to judge by.</param>
/// <param name="Deviations">How far the episode is from the calibration, in deviations that noise alone explains; null where unknown.</param>
public sealed record CheckedCalibration(string File, string Kind, string State, double? Deviations, string Sentence)
{
    /// <summary>What was measured, a number each; the state is that of the worst.</summary>
    public IReadOnlyList<CheckedMeasure> Measures { get; init; } = [];
}

/// <summary>
/// Does an ordinary episode still agree with its calibration? Hand-eye: the stored poses must close the chain arm – target within the noise that was stored with them, and what the camera sees must move
/// as the arm says. Latency: the lag is measured again on the episode's own motion. Rigs: what two cameras see at one instant must lie on each other's epipolar lines. A lens alone needs a target in view:
/// only its picture size is compared.
/// </summary>
public static class EpisodeCheck
{
    public const string Unknown = "unknown";

    private const double AmberDeviations = 3;
    private const double RedDeviations = 6;
    private const double LeastLagNs = 1e6;

    /// <summary>Checks every calibration in the episode's folder, or the given files.</summary>
    /// <param name="files">Null: those in <c>calibration/</c>.</param>
    /// <exception cref="CalibrationException">There is none, or one cannot be read.</exception>
    public static IReadOnlyList<CheckedCalibration> Run(string episode, IReadOnlyList<string>? files = null)
    {
        // Says clearly what is wrong with the folder before its parts are looked for.
        using var reader = EpisodeReader.Open(episode);
        string folder = Path.Combine(episode, EpisodeFolder.Calibration);
        files ??= Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)] : [];
        CalibrationResult[] results = [.. files.Select(ResultFile.Read)];
        return files.Count > 0
            ? [.. files.Zip(results, (f, r) => Check(reader, f, r, results))]
            : throw new CalibrationException(CalibrationProblem.Data, "it holds no calibration", episode, "Name the files under `calibration:` in rig.yaml before recording, or give --calibration FILE.");
    }

    private static CheckedCalibration Check(EpisodeReader episode, string file, CalibrationResult result, CalibrationResult[] all)
    {
        string name = Path.GetFileName(file);
        if (result.Verdict.State == Verdict.Red)
        {
            return new CheckedCalibration(name, result.Kind, Verdict.Red, null, "The calibration itself says that it is not to be used: calibrate anew.");
        }

        try
        {
            return result.Kind switch
            {
                "hand-eye" => HandEye(episode, name, result, all),
                "latency" => Lag(episode.Folder, name, result),
                "rig" => RigCheck.Run(episode, name, result),
                _ => Lens(episode, name, result),
            };
        }
        catch (Exception e) when (e is NoLagException or UndeterminedMotionException or CalibrationException or EpisodeException)
        {
            return new CheckedCalibration(name, result.Kind, Unknown, null, $"It cannot be judged by this episode: {e.Message}");
        }
    }

    // The chain of poses and the pictures are two looks at one calibration: either may be impossible.
    private static CheckedCalibration HandEye(EpisodeReader episode, string name, CalibrationResult result, CalibrationResult[] all)
    {
        CheckedCalibration chain;
        try
        {
            chain = Chain(episode.Folder, name, result);
        }
        catch (Exception e) when (e is NoLagException or UndeterminedMotionException or CalibrationException or EpisodeException)
        {
            chain = new CheckedCalibration(name, result.Kind, Unknown, null, $"It cannot be judged by this episode: {e.Message}");
        }

        CheckedMeasure seen = ArmCheck.Run(episode, result, Source(episode.Folder, result, "robot"), all);
        var closing = new CheckedMeasure("chain arm – target", chain.State, chain.Deviations, null, null, "σ", chain.Sentence);
        string state = CheckedMeasure.Worst([chain.State, seen.State]);
        string sentence = chain.State == Unknown && seen.State != Unknown ? seen.Sentence
            : chain.State != Unknown && seen.State == Unknown ? chain.Sentence
            : $"{chain.Sentence} {seen.Sentence}";
        return chain with { State = state, Sentence = sentence, Measures = [closing, seen] };
    }

    private static CheckedCalibration Lens(EpisodeReader episode, string name, CalibrationResult result)
    {
        foreach (CameraResult camera in result.Cameras)
        {
            if (CameraPictures.Of(episode, camera.Name, out _) is { } pictures)
            {
                using GrayImage first = pictures.Read(0);
                if (RigCheck.WrongSize(camera, first) is { } wrong)
                {
                    return new CheckedCalibration(name, result.Kind, Verdict.Red, null, wrong);
                }
            }
        }

        return new CheckedCalibration(name, result.Kind, Unknown, null, "An episode without a target in view says nothing about a lens: compare with a fresh calibration by `calibrate compare`.");
    }

    private static CheckedCalibration Chain(string episode, string name, CalibrationResult result)
    {
        if (Source(episode, result, "robot") is not { } robot || Source(episode, result, "target") is not { } target)
        {
            return new CheckedCalibration(name, result.Kind, Unknown, null, "It was made from a table of pairs, and does not say which streams they were: make it with --robot EPISODE:STREAM --target EPISODE:STREAM.");
        }

        PoseStream hand = robot.ReadPoses();
        PoseStream seen = target.ReadPoses();
        LagEstimate lag = PoseLagSolver.Solve(hand, seen, new LagOptions(1_000_000_000, EstimateRate: false));
        HandEyeSetup setup = result.Settings.GetValueOrDefault("setup") == "eye-to-hand" ? HandEyeSetup.EyeToHand : HandEyeSetup.EyeInHand;
        PoseEquation[] equations = PoseEquation.From(StreamPairs.Choose(hand, seen, lag, 200), setup);
        if (equations.Length < 5)
        {
            return new CheckedCalibration(name, result.Kind, Unknown, null, "The arm hardly moved while its target was seen.");
        }

        var poses = new HandEyePoses(RigPose.Of(result.Transforms[0]), RigPose.Of(result.Transforms[1]));
        double rotation = HandEyeStart.Median([.. equations.Select(e => HandEyeStart.Distance(e, poses).Rotation)]) * 180 / Math.PI;
        double translation = HandEyeStart.Median([.. equations.Select(e => HandEyeStart.Distance(e, poses).Translation)]) * 1000;
        double storedRotation = Stored(result, "rotation left over, RMS");
        double storedTranslation = Stored(result, "translation left over, RMS");

        // What was left over when it was made is what noise explains; the median of three coordinates is 0.89 of their RMS.
        double deviations = Math.Max(rotation / Math.Max(0.02, 0.89 * storedRotation), translation / Math.Max(0.1, 0.89 * storedTranslation));
        return new CheckedCalibration(
            name, result.Kind, State(deviations), deviations,
            Text($"{robot} and {target} close to {rotation:0.00} degrees and {translation:0.0} mm (median of {equations.Length} poses); when it was made it was {storedRotation:0.00} degrees and {storedTranslation:0.0} mm.{Advice(deviations, "something has moved between arm and target")}"));
    }

    private static CheckedCalibration Lag(string episode, string name, CalibrationResult result)
    {
        if (Source(episode, result, "a") is not { } a || Source(episode, result, "b") is not { } b || result.Lags.Count == 0)
        {
            return new CheckedCalibration(name, result.Kind, Unknown, null, "It was made from text files, and does not say which streams of an episode they were.");
        }

        LagResult stored = result.Lags[0];
        var options = new LagOptions(Math.Max(1_000_000_000, 2 * Math.Abs(stored.LagNs)), EstimateRate: false);
        bool joints = a.Kind().StartsWith("joint.", StringComparison.Ordinal) && b.Kind().StartsWith("joint.", StringComparison.Ordinal);
        LagEstimate now = joints ? ChannelLagSolver.Solve(a.ReadChannels(), b.ReadChannels(), options) : PoseLagSolver.Solve(a.ReadPoses(), b.ReadPoses(), options);
        double sigma = Math.Sqrt((now.SigmaNs * now.SigmaNs) + ((stored.SigmaNs ?? 0) * (stored.SigmaNs ?? 0)) + (LeastLagNs * LeastLagNs));
        double deviations = Math.Abs(now.LagNs - stored.LagNs) / sigma;
        return new CheckedCalibration(
            name, result.Kind, State(deviations), deviations,
            Text($"{b.Stream} is {now.LagNs / 1e6:0.0} ms late behind {a.Stream} here (± {now.SigmaNs / 1e6:0.0}); the calibration says {stored.LagNs / 1e6:0.0} ms.{Advice(deviations, "a delay has changed")}"));
    }

    private static string State(double deviations) => deviations < AmberDeviations ? Verdict.Green : deviations < RedDeviations ? Verdict.Amber : Verdict.Red;

    private static string Advice(double deviations, string cause) => deviations < AmberDeviations ? "" : $" Probably {cause}: calibrate anew.";

    private static double Stored(CalibrationResult result, string quantity) => result.Quantities.FirstOrDefault(q => q.Name == quantity)?.Value ?? 0;

    // The same stream of another episode: only the folder differs.
    private static EpisodeSource? Source(string episode, CalibrationResult result, string setting)
    {
        if (!result.Settings.TryGetValue(setting, out string? text))
        {
            return null;
        }

        int colon = text.LastIndexOf(':');
        if (colon <= 0 || text[..colon].EndsWith(".csv", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = text[(colon + 1)..].Split('/', 2);
        return new EpisodeSource(episode, parts[0], parts.Length == 2 ? parts[1] : null);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
