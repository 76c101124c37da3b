using System.Globalization;
using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Results;
using Calibration.Tables;
using Calibration.Targets;
using Capture.Core.Time;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Episodes;

/// <summary>
/// An arm and a camera of one recording: how late the camera stamps, and where it is on the hand or beside the robot. The target's motion in the pictures is compared with the arm's own, so the
/// pictures' stamps need not be right; the arm's are taken as true.
/// </summary>
public sealed class ArmAndCamera
{
    private readonly EpisodeCamera _camera;
    private readonly EpisodeViews _views;
    private readonly PoseStream _arm;
    private readonly long? _armSigmaNs;
    private readonly string _armName;
    private readonly Target _target;
    private readonly CameraResult _lens;
    private readonly TargetTrack _track;
    private readonly string _lensFrom;
    private readonly List<Finding> _findings = [];

    /// <param name="arm">The arm's stream in the same episode.</param>
    /// <param name="lens">A result file with the camera's lens; null: the episode's own, or one from this recording.</param>
    /// <exception cref="CalibrationException">The arm's stream holds no poses, or too few pictures show the target.</exception>
    public ArmAndCamera(EpisodeCamera camera, EpisodeSource arm, Target target, string? lens, LookOptions options)
    {
        (_camera, _target, _armName) = (camera, target, arm.ToString());

        // What is cheap to find wrong is looked at first; a growing arm has come further once the pictures were seen.
        _ = arm.Kind();
        _views = EpisodeViews.Look(camera, [target], options);
        _ = EpisodeCalibration.NotNone(_views);
        _arm = arm.ReadPoses();
        _armSigmaNs = arm.TimeSigmaNs();
        _lens = EpisodeLens.Find(camera.Folder, camera.Name, lens, _views, _findings, out _lensFrom);
        _track = new TargetTrack(_lens, target, 0, _views.Seen);
    }

    /// <summary>How late the camera's stamps are behind the arm's. σ holds how well the arm's own times are known: its joints are read one after the other, over a millisecond or two.</summary>
    /// <exception cref="NoLagException">The motion does not tell.</exception>
    public CalibrationResult Latency(LagOptions options, IReadOnlyList<InputFile> inputs)
    {
        PoseStream seen = _track.ToStream($"{_camera.Folder}:{_camera.Name}");
        options = options with { EstimateRate = false };
        LagEstimate fitted = PoseLagSolver.Solve(_arm, seen, options);
        double sigma = Math.Sqrt((fitted.SigmaNs * fitted.SigmaNs) + Math.Pow(_armSigmaNs ?? 0, 2)), wider = sigma / fitted.SigmaNs;
        LagEstimate lag = fitted with
        {
            SigmaNs = sigma,
            Low95Ns = (long)(fitted.LagNs - (wider * (fitted.LagNs - fitted.Low95Ns))),
            High95Ns = (long)(fitted.LagNs + (wider * (fitted.High95Ns - fitted.LagNs))),
        };
        CalibrationResult result = LatencyCalibration.Describe(lag, _arm, seen, options, [.. inputs, .. Pictures()]);
        Tell(result.Settings);
        return EpisodeCalibration.Told(
            result with
            {
                Cameras = [_lens],
                Quantities =
                [
                    .. result.Quantities,
                    new Quantity("sigma by the motion alone", fitted.SigmaNs / 1e6, null, "ms", "what more motion would lower"),
                    new Quantity("sigma of the arm's own times", (_armSigmaNs ?? 0) / 1e6, null, "ms", _armSigmaNs is null ? "not known while the episode grows: not in the lag's sigma" : "as its sync certificate states it"),
                ],
                Findings = [.. _findings, .. result.Findings, DeclaredLatency(result.Lags[0])],
                Views = Views([]),
            },
            [_views]);
    }

    /// <summary>From the still and spread views; the arm is taken at their stamps less the camera's lag. The lens's own uncertainty is part of σ.</summary>
    /// <exception cref="UndeterminedMotionException">The motions cannot determine the answer.</exception>
    public CalibrationResult HandEye(HandEyeSetup setup, LagOptions options, IReadOnlyList<InputFile> inputs)
    {
        PoseStream seen = _track.ToStream($"{_camera.Folder}:{_camera.Name}");
        LagEstimate? lag = null;
        try
        {
            lag = PoseLagSolver.Solve(_arm, seen, options with { EstimateRate = false });
        }
        catch (NoLagException e)
        {
            _findings.Add(new(Finding.Warning, "no-lag", _camera.Name, $"How late the camera stamps could not be told, and 0 was taken: that is right only if the arm rested in every view. {e.Message}"));
        }

        TargetSighting[] chosen = Chosen();
        (PosePair[] pairs, TargetSighting[] used) = Pairs(chosen, lag?.LagNs ?? 0);
        if (pairs.Length < 3)
        {
            throw new UndeterminedMotionException($"{_armName} and {_camera.Name} have {pairs.Length} views in common. Record longer, with both running and the target in view.");
        }

        HandEyeResult solved = HandEyeSolver.Solve(pairs, setup);
        double[] lensShare = LensShare(solved, pairs, used, setup);
        solved = solved with { Covariance = [.. solved.Covariance.Zip(lensShare, (a, b) => a + b)] };
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["pairs"] = pairs.Length.ToString(CultureInfo.InvariantCulture), ["lens's share of sigma"] = "added" };
        CalibrationResult result = HandEyeCalibration.Describe(solved, [.. inputs, .. Pictures()], _findings.Concat(_arm.Notes.Select(n => new Finding(Finding.Note, "reading", _armName, HandEyeCalibration.Sentence(n)))), settings);
        Tell(result.Settings);
        return EpisodeCalibration.Told(
            result with { Cameras = [_lens], Lags = lag is null ? [] : [LatencyCalibration.Lag(lag)], Views = Views([.. used]) }, [_views]);
    }

    private void Tell(SortedDictionary<string, string> settings)
    {
        settings["robot"] = _armName;
        settings["camera"] = _camera.Name;
        settings["board"] = _target.Text;
        settings["lens"] = _lensFrom;
    }

    private IEnumerable<InputFile> Pictures() => _views.Chosen.Select(i => i.Input);

    private TargetSighting[] Chosen()
    {
        var bySource = _track.Sightings.ToDictionary(s => s.Image);
        return [.. _views.Chosen.Where(bySource.ContainsKey).Select(i => bySource[i])];
    }

    private ViewResult[] Views(HashSet<TargetSighting> used) =>
        [.. Chosen().Select(s => _track.ToView(s, used.Count == 0 || used.Contains(s) ? "used" : "no-arm"))];

    private (PosePair[] Pairs, TargetSighting[] Used) Pairs(TargetSighting[] chosen, long lagNs)
    {
        long first = _arm.TimesNs[0];
        var sampler = new PoseSampler(_arm with { TimesNs = [.. _arm.TimesNs.Select(t => t - first)] });
        double square = _track.CornerSigma * _track.CornerSigma;
        var pairs = new List<PosePair>();
        var used = new List<TargetSighting>();
        foreach (TargetSighting s in chosen)
        {
            if (sampler.TrySample(s.StampNs - lagNs - first, out MovingPose robot))
            {
                pairs.Add(new PosePair(robot.Pose, s.Pose, s.Image.Source.Name, [.. s.Covariance.Select(v => v * square)]));
                used.Add(s);
            }
        }

        return ([.. pairs], [.. used]);
    }

    // What the answer would be with another lens of the same calibration: one σ along each axis of the lens's own uncertainty.
    private double[] LensShare(HandEyeResult solved, PosePair[] pairs, TargetSighting[] used, HandEyeSetup setup)
    {
        double[] share = new double[144];
        if (_lens.Covariance is null)
        {
            return share;
        }

        int n = _lens.Parameters.Length;
        double[] scale = [.. Enumerable.Range(0, n).Select(i => Math.Sqrt(_lens.Covariance[(i * n) + i]))];
        var axes = Matrix<double>.Build.Dense(n, n, (r, c) => scale[r] > 0 && scale[c] > 0 ? _lens.Covariance[(r * n) + c] / (scale[r] * scale[c]) : 0).Evd(Symmetricity.Symmetric);
        double[] change = new double[12];
        for (int k = 0; k < n; k++)
        {
            double sigma = Math.Sqrt(Math.Max(0, axes.EigenValues[k].Real));
            double[] lens = [.. _lens.Parameters.Select((p, i) => p + (sigma * scale[i] * axes.EigenVectors[i, k]))];
            PosePair[] other = [.. pairs.Select((p, i) => p with { Target = _track.PoseBy(used[i], lens) ?? p.Target })];
            HandEyePoses moved = HandEyeSolver.Again(other, setup, solved);
            solved.Poses.X.ChangeTo(moved.X, change.AsSpan(0, 6));
            solved.Poses.Z.ChangeTo(moved.Z, change.AsSpan(6, 6));
            for (int r = 0; r < 12; r++)
            {
                for (int c = 0; c < 12; c++)
                {
                    share[(r * 12) + c] += change[r] * change[c];
                }
            }
        }

        return share;
    }

    // The line for rig.yaml: the lag goes to both ends of what the recording declared.
    private Finding DeclaredLatency(LagResult lag)
    {
        double ms = lag.LagNs / 1e6, reach = ((lag.High95Ns ?? lag.LagNs) - lag.LagNs) / 1e6;
        LatencyRange? declared = _camera.Latency;
        double min = (declared?.Min.Nanoseconds / 1e6 ?? 0) + ms, max = Math.Max(min + reach, (declared?.Max.Nanoseconds / 1e6 ?? 0) + ms);
        string was = declared is { } d ? Text($"latency_ms: {{min: {d.Min.Nanoseconds / 1e6:0.###}, max: {d.Max.Nanoseconds / 1e6:0.###}}} was declared") : "no latency_ms was declared: its times are arrival times";
        return min < 0
            ? new Finding(Finding.Warning, "latency_ms", _camera.Name, Text($"{was}, and the pictures are {-ms:0.00} ms earlier than that says: more than all of it. The arm's stamps are late themselves, or the declared latency is of another camera."))
            : new Finding(Finding.Note, "latency_ms", _camera.Name, Text($"For rig.yaml: {_camera.Name}: {{latency_ms: {{min: {min:0.00}, max: {max:0.00}}}}} ({was}). For this episode and others of the same rig: capture refit EPISODE --latency {_camera.Name}={min:0.00}:{max:0.00}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
