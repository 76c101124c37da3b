using System.Globalization;
using Calibration.Detection;
using Calibration.Results;
using Calibration.Solving;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Intrinsics;

/// <summary>One camera's lens from pictures of one or more targets.</summary>
public static class IntrinsicsCalibration
{
    /// <summary>Views below which no lens is fitted.</summary>
    public const int FewestViews = 3;

    /// <param name="name">The camera's name in the result.</param>
    /// <param name="lens">A lens model, or null: chosen by <see cref="LensChoice"/>.</param>
    /// <exception cref="CalibrationException">The pictures cannot give a lens: sizes differ, too few show the target, …</exception>
    public static CalibrationResult Run(string name, IReadOnlyList<ImageSource> sources, IReadOnlyList<Target> targets, LensModel? lens)
    {
        IReadOnlyList<DetectedImage> images = new BoardDetector(targets).Detect(sources);
        return Solve(name, images, targets, lens, sources);
    }

    /// <summary>The same from pictures that were looked at already.</summary>
    internal static CalibrationResult Solve(string name, IReadOnlyList<DetectedImage> images, IReadOnlyList<Target> targets, LensModel? lens, IReadOnlyList<ImageSource> sources)
    {
        var findings = new List<Finding>();
        CameraFit fit = Fit(name, images, targets, lens, sources, findings);
        Verdict verdict = IntrinsicsVerdict.Of(fit, findings, out IReadOnlyList<Quantity> quantities);
        return new CalibrationResult
        {
            Kind = "intrinsics",
            Verdict = verdict,
            Settings = Settings(targets, lens, images, fit.Choice),
            Inputs = [.. images.Select(i => i.Input)],
            Quantities = quantities,
            Cameras = [fit.ToResult(name)],
            Findings = findings,
            Views = fit.ToViews(name),
        };
    }

    internal static SortedDictionary<string, string> Settings(IReadOnlyList<Target> targets, LensModel? lens, IReadOnlyList<DetectedImage> images, string choice)
    {
        string[] ways = [.. images.SelectMany(i => i.Sightings).Select(s => s.How).OfType<string>().GroupBy(h => h).OrderByDescending(g => g.Count()).Select(g => $"{g.Key} ({g.Count()} views)")];
        return new(StringComparer.Ordinal)
        {
            ["target"] = string.Join(' ', targets.Select(t => t.Text)),
            ["model"] = lens?.Name ?? "auto",
            ["model choice"] = choice,
            ["detector"] = string.Join(", ", ways),
            ["spoiled view"] = string.Create(CultureInfo.InvariantCulture, $"RMS above {OutlierSearch.SpoiledFactor} × the median view's and 0.5 px"),
            ["wild corner"] = string.Create(CultureInfo.InvariantCulture, $"beyond {OutlierSearch.WildFactor} robust standard deviations"),
        };
    }

    /// <summary>The fit that rigs build on.</summary>
    internal static CameraFit Fit(string name, IReadOnlyList<DetectedImage> images, IReadOnlyList<Target> targets, LensModel? lens, IReadOnlyList<ImageSource> sources, List<Finding> findings)
    {
        (int width, int height) = OneSize(name, images);
        BoardAdvice.Check(images, targets, sources, findings);
        var views = new List<CameraView>();
        for (int t = 0; t < targets.Count; t++)
        {
            string[] states = ViewScreening.Screen(images, t, "", findings);
            for (int i = 0; i < images.Count; i++)
            {
                views.Add(new(images[i], t, i, targets[t], states[i]));
            }
        }

        CameraView[] used = [.. views.Where(v => v.State == ViewScreening.Used && v.Corners.Count >= 8)];
        foreach (CameraView poor in views.Where(v => v.State == ViewScreening.Used && v.Corners.Count < 8))
        {
            poor.State = ViewScreening.NoTarget;
        }

        if (used.Length < FewestViews)
        {
            throw TooFew(name, images, targets, sources, used.Length);
        }

        double robust = Math.Max(1, Math.Max(width, height) / 1300.0);
        Bundle best = LensChoice.RobustStart(lens, width, height, used, robust)
            ?? throw new CalibrationException(CalibrationProblem.Data, "no focal length explains the views", $"camera {name}", "Check that --target names the board in the pictures (inner corners, not squares).");
        double[] rms = OutlierSearch.RmsOf(best);
        int[] spoiled = OutlierSearch.Spoiled(rms);
        double median = rms.Order().ElementAt(rms.Length / 2);
        foreach (int k in spoiled)
        {
            used[k].State = ViewScreening.Outlier;
            findings.Add(new(Finding.Warning, "spoiled-view", used[k].Image.Source.Name, string.Create(
                CultureInfo.InvariantCulture,
                $"RMS {rms[k]:0.00} px, against {median:0.00} px in the median view: left out. The target moved or was bent, or corners were numbered wrongly; look at the picture in the report.")));
        }

        CameraView[] kept = [.. used.Where(v => v.State == ViewScreening.Used)];
        if (kept.Length < FewestViews)
        {
            throw new CalibrationException(CalibrationProblem.Data, $"only {kept.Length} of {used.Length} views agree with each other", $"camera {name}", "Take more pictures of a flat board that is held still.");
        }

        Bundle clean = LensChoice.RobustStart(lens, width, height, kept, robust) ?? best;
        OutlierSearch.DropWildCorners(clean);
        for (int k = 0; k < kept.Length; k++)
        {
            clean.Sightings[k].Use.CopyTo(kept[k].Use, 0);
        }

        CameraFit chosen = LensChoice.Choose(lens, width, height, kept, clean, robust)
            ?? throw new CalibrationException(CalibrationProblem.Data, "the views do not determine the lens", $"camera {name}", "Tilt the board by 30° or so, in different directions, and fill the image with it.");
        chosen.Views = views;
        return chosen;
    }

    private static (int Width, int Height) OneSize(string name, IReadOnlyList<DetectedImage> images)
    {
        var sizes = images.GroupBy(i => (i.Width, i.Height)).OrderByDescending(g => g.Count()).ToArray();
        if (sizes.Length > 1)
        {
            DetectedImage odd = sizes[1].First();
            throw new CalibrationException(
                CalibrationProblem.Data,
                $"is {odd.Width} × {odd.Height} pixels, and {sizes[0].Count()} others are {sizes[0].Key.Width} × {sizes[0].Key.Height}",
                odd.Source.Name,
                $"A calibration holds for one image size of camera {name}: give pictures of one size only.");
        }

        return sizes[0].Key;
    }

    private static CalibrationException TooFew(string name, IReadOnlyList<DetectedImage> images, IReadOnlyList<Target> targets, IReadOnlyList<ImageSource> sources, int count)
    {
        string what = $"{count} of {images.Count} pictures show {string.Join(" or ", targets.Select(t => t.Text))} well enough, and {FewestViews} are the least";
        string? advice = BoardAdvice.Propose(targets, sources);
        return new(CalibrationProblem.Data, what, $"camera {name}", advice ?? "Check --target (inner corners, not squares), and that the whole board is in the picture and sharp.");
    }
}
