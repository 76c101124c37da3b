using System.Globalization;
using Calibration.Detection;
using Calibration.Intrinsics;
using Calibration.Results;
using Calibration.Targets;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Rigs;

/// <summary>Lenses, places and lags of N cameras that saw the same boards, two at a time at least.</summary>
public static class RigCalibration
{
    /// <summary>A lag is used when it is this many σ from zero.</summary>
    private const double SignificantLag = 3;

    /// <param name="cameras">Name and pictures; the first camera is the rig's frame.</param>
    /// <param name="lens">A lens model, or null: chosen per camera.</param>
    /// <exception cref="CalibrationException">A camera cannot be calibrated, or no chain of common views joins all.</exception>
    public static CalibrationResult Run(IReadOnlyList<(string Name, IReadOnlyList<ImageSource> Sources)> cameras, IReadOnlyList<Target> targets, LensModel? lens)
    {
        var detected = cameras.Select(c => new BoardDetector(targets).Detect(c.Sources)).ToArray();
        return Solve([.. cameras.Select(c => c.Name)], [.. cameras.Select(c => c.Sources)], detected, targets, lens);
    }

    internal static CalibrationResult Solve(
        IReadOnlyList<string> names,
        IReadOnlyList<IReadOnlyList<ImageSource>> sources,
        IReadOnlyList<IReadOnlyList<DetectedImage>> detected,
        IReadOnlyList<Target> targets,
        LensModel? lens)
    {
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new CalibrationException(CalibrationProblem.Asked, "two cameras have one name", "--camera", "Give each camera a name of its own.");
        }

        var findings = new List<Finding>();
        CameraFit[] fits = [.. names.Select((name, c) => IntrinsicsCalibration.Fit(name, detected[c], targets, lens, sources[c], findings))];
        bool stamped = Moments.HaveStamps(sources);
        long[] lags = stamped ? FirstLags(fits, findings, names) : new long[names.Count];
        IReadOnlyList<Moment> moments = Moments.Pair(names, sources, lags, out string how);
        List<PlaceSighting> sightings = Sightings(fits, moments);
        Pose[]? arrangement = BoardArrangement.Find(targets, sightings, findings);
        foreach (PlaceSighting s in sightings.Where(_ => arrangement is not null))
        {
            s.ToFirst = arrangement![s.Target].Inverse();
        }

        Pose[] rigFromCamera = RigStart.Find(names, sightings);
        var problem = RigProblem.Build(fits, sources, moments, sightings, rigFromCamera, lags, stamped, arrangement);
        problem.SolveRobustly();
        problem.DropSpoiled(names, findings);
        problem.SolveExactly(SignificantLag, findings, names);
        return Write(names, detected, targets, lens, fits, problem, findings, how, stamped ? StampSpread(moments, sources) : null);
    }

    private static long[] FirstLags(CameraFit[] fits, List<Finding> findings, IReadOnlyList<string> names)
    {
        long[] lags = new long[fits.Length];
        var tracks = fits.Select(Track).ToArray();
        for (int c = 1; c < fits.Length; c++)
        {
            if (LagSearch.Find(tracks[0], tracks[c]) is { } seconds && Math.Abs(seconds) > 0.05)
            {
                lags[c] = (long)(seconds * 1e9);
                findings.Add(new(Finding.Warning, "large-lag", names[c], string.Create(
                    CultureInfo.InvariantCulture, $"Stamps {Math.Abs(seconds) * 1e3:0} ms {(seconds > 0 ? "later" : "earlier")} than {names[0]}, by the motion of the board: pictures are paired with that taken into account.")));
            }
        }

        return lags;
    }

    private static (double Time, Pose Pose)[] Track(CameraFit fit) =>
        [.. fit.Used.Zip(fit.Fit.Bundle.Places).Where(x => x.First.TargetIndex == 0).Select(x => (Time: x.First.Image.Source.StampNs!.Value / 1e9, Pose: x.Second)).OrderBy(x => x.Time)];

    private static List<PlaceSighting> Sightings(CameraFit[] fits, IReadOnlyList<Moment> moments)
    {
        var all = new List<PlaceSighting>();
        for (int c = 0; c < fits.Length; c++)
        {
            var momentOf = new Dictionary<int, int>();
            for (int m = 0; m < moments.Count; m++)
            {
                momentOf[moments[m].Images[c]] = m;
            }

            for (int i = 0; i < fits[c].Used.Count; i++)
            {
                CameraView view = fits[c].Used[i];
                all.Add(new(c, momentOf[view.ImageIndex], view.TargetIndex, view, fits[c].Fit.Bundle.Places[i]));
            }
        }

        return all;
    }

    // How far apart, in ms, the stamps of one moment are: median and 95th percentile.
    private static (double Median, double P95) StampSpread(IReadOnlyList<Moment> moments, IReadOnlyList<IReadOnlyList<ImageSource>> sources)
    {
        double[] spread = [.. moments
            .Select(m => m.Images.Select((image, c) => image < 0 ? (long?)null : sources[c][image].StampNs).OfType<long>().ToArray())
            .Where(s => s.Length > 1)
            .Select(s => (s.Max() - s.Min()) / 1e6)
            .Order()];
        return spread.Length == 0 ? (0, 0) : (spread[spread.Length / 2], spread[(int)(spread.Length * 0.95)]);
    }

    private static CalibrationResult Write(
        IReadOnlyList<string> names,
        IReadOnlyList<IReadOnlyList<DetectedImage>> detected,
        IReadOnlyList<Target> targets,
        LensModel? lens,
        CameraFit[] fits,
        RigProblem problem,
        List<Finding> findings,
        string how,
        (double Median, double P95)? spread)
    {
        RigSolution s = problem.Solution!;
        var transforms = new List<TransformResult>();
        var lags = new List<LagResult>();
        for (int c = 1; c < names.Count; c++)
        {
            (Pose pose, Matrix<double>? covariance) = s.RigFromCamera(c);
            transforms.Add(RigPose.Write(names[0], names[c], pose, covariance is null ? null : [.. Enumerable.Range(0, 36).Select(i => covariance[i / 6, i % 6])]));
            if (s.Lag(c) is { } lag)
            {
                lags.Add(new(names[c], names[0], (long)Math.Round(lag.Seconds * 1e9), lag.Sigma * 1e9, (long)((lag.Seconds - (1.96 * lag.Sigma)) * 1e9), (long)((lag.Seconds + (1.96 * lag.Sigma)) * 1e9)));
            }

            if (NamesAreSwapped(names[0], names[c], pose))
            {
                findings.Add(new(Finding.Warning, "swapped-cameras", $"{names[0]} and {names[c]}", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{names[c]} lies {Math.Abs(pose.Translation.X) * 1e3:0} mm to the {(pose.Translation.X < 0 ? "left" : "right")} of {names[0]}: the pictures or the names seem to be swapped.")));
            }
        }

        for (int b = 1; b < (s.Bundle.Boards?.Length ?? 0); b++)
        {
            transforms.Add(RigPose.Write("board0", $"board{b}", s.Bundle.Boards![b], s.BoardCovariance(b)));
        }

        if (spread is { P95: > 1 } apart)
        {
            findings.Add(new(Finding.Note, "unsynchronised-stamps", "stamps", string.Create(
                CultureInfo.InvariantCulture, $"Pictures of one moment are stamped {apart.Median:0.0} ms apart in the median, {apart.P95:0.0} ms in the 95th percentile: each is used at its own time.")));
        }

        var views = new List<ViewResult>();
        var cameraResults = new List<CameraResult>();
        for (int c = 0; c < names.Count; c++)
        {
            cameraResults.Add(s.Camera(c, names[c], fits[c]));
            views.AddRange(problem.Views(c, names[c], fits[c]));
        }

        SortedDictionary<string, string> settings = IntrinsicsCalibration.Settings(targets, lens, [.. detected.SelectMany(d => d)], string.Join(" | ", fits.Select((f, c) => $"{names[c]}: {f.Choice}")));
        settings["pairing"] = how;
        settings["cameras"] = string.Join(' ', names);
        List<Quantity> quantities =
        [
            new("rms", s.Rms, null, "px", "over all cameras"),
            new("corner_sigma", s.CornerSigma, null, "px"),
            new("common_moments", problem.CommonMoments, null, "1"),
        ];
        if (spread is { } stamps)
        {
            quantities.Add(new("stamp_spread_median", stamps.Median, null, "ms"));
            quantities.Add(new("stamp_spread_p95", stamps.P95, null, "ms"));
        }

        return new CalibrationResult
        {
            Kind = "rig",
            Verdict = RigVerdict.Of(cameraResults, transforms, s, problem.CommonMoments, findings),
            Settings = settings,
            Inputs = [.. detected.SelectMany(d => d.Select(i => i.Input))],
            Quantities = quantities,
            Cameras = cameraResults,
            Transforms = transforms,
            Lags = lags,
            Findings = findings,
            Views = views,
        };
    }

    private static bool NamesAreSwapped(string first, string second, Pose firstFromSecond)
    {
        bool Says(string name, string word) => name.Contains(word, StringComparison.OrdinalIgnoreCase);
        double x = firstFromSecond.Translation.X;
        bool sideBySide = Math.Abs(x) > 0.5 * firstFromSecond.Translation.Length;
        return sideBySide && ((Says(first, "left") && Says(second, "right") && x < 0) || (Says(first, "right") && Says(second, "left") && x > 0));
    }
}
