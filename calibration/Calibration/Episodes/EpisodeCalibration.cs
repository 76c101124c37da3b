using System.Globalization;
using Calibration.Detection;
using Calibration.Intrinsics;
using Calibration.Results;
using Calibration.Rigs;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Episodes;

/// <summary>Lenses and rigs from the cameras of an episode.</summary>
public static class EpisodeCalibration
{
    /// <summary>A moment's pictures of several cameras lie this close, or half a frame.</summary>
    private const long OneMomentNs = 60_000_000;

    /// <exception cref="CalibrationException">The recording cannot give a lens.</exception>
    public static CalibrationResult Intrinsics(EpisodeCamera camera, IReadOnlyList<Target> targets, LensModel? lens, LookOptions options)
    {
        EpisodeViews views = EpisodeViews.Look(camera, targets, options);
        IReadOnlyList<DetectedImage> taken = NotNone(views);
        CalibrationResult result = IntrinsicsCalibration.Solve(camera.Name, taken, targets, lens, [.. taken.Select(i => i.Source)]);
        return Told(WithDevices(result, [camera]), [views]);
    }

    /// <summary>Pictures of one moment are those nearest in time to one that was chosen for any of the cameras, where the target rested in all.</summary>
    /// <exception cref="CalibrationException">A camera cannot be calibrated, or no chain of common views joins all.</exception>
    public static CalibrationResult Rig(IReadOnlyList<EpisodeCamera> cameras, IReadOnlyList<Target> targets, LensModel? lens, LookOptions options)
    {
        IReadOnlyList<EpisodeViews> views = EpisodeViews.LookAll(cameras, targets, options);
        foreach (EpisodeViews v in views)
        {
            _ = NotNone(v);
        }

        var taken = views.Select(_ => new SortedSet<int>()).ToArray();
        for (int a = 0; a < views.Count; a++)
        {
            foreach (int chosen in views[a].Choice.Chosen)
            {
                // Another camera's choice may have brought this rest already.
                if (IsThere(views[a], taken[a], chosen))
                {
                    continue;
                }

                taken[a].Add(chosen);
                long at = views[a].Seen[chosen].Source.StampNs!.Value;
                for (int b = 0; b < views.Count; b++)
                {
                    if (b != a && Beside(views[b], at) is { } picture && !IsThere(views[b], taken[b], picture))
                    {
                        taken[b].Add(picture);
                    }
                }
            }
        }

        DetectedImage[][] detected = [.. views.Select((v, c) => taken[c].Select(i => v.Seen[i]).ToArray())];
        CalibrationResult result = RigCalibration.Solve(
            [.. cameras.Select(c => c.Name)], [.. detected.Select(d => (IReadOnlyList<ImageSource>)[.. d.Select(i => i.Source)])], detected, targets, lens);
        return Told(WithDevices(result, cameras), views);
    }

    /// <summary>The settings that say which recording it was, and what was taken of it.</summary>
    internal static CalibrationResult Told(CalibrationResult result, IReadOnlyList<EpisodeViews> views)
    {
        foreach (EpisodeViews v in views)
        {
            result.Settings[views.Count == 1 ? "views" : $"views of {v.Camera}"] = v.Choice.Sentence;
        }

        result.Settings["view rule"] = string.Create(
            CultureInfo.InvariantCulture,
            $"sharp (edges up to 1.5 x the median), still (moved up to {ViewChoice.StillPixels} px), apart (outer corners by {ViewChoice.LeastApart} of the width), up to {ViewChoice.MostViews}");
        return result;
    }

    /// <summary>The recorder's start check then sees when another camera stands in the place of one.</summary>
    private static CalibrationResult WithDevices(CalibrationResult result, IReadOnlyList<EpisodeCamera> cameras) =>
        result with { Cameras = [.. result.Cameras.Select(c => c with { Device = cameras.FirstOrDefault(e => e.Name == c.Name)?.Device })] };

    internal static IReadOnlyList<DetectedImage> NotNone(EpisodeViews views) => views.Seen.Count > 0
        ? views.Chosen.Count > 0 ? views.Chosen : [.. views.Seen.Take(12)]
        : throw new CalibrationException(CalibrationProblem.Data, "it holds no picture", $"camera {views.Camera}", "Record longer.");

    private static bool IsThere(EpisodeViews views, IEnumerable<int> taken, int picture) => taken.Any(t => ViewChoice.Apart(views.Seen[t], views.Seen[picture]) <= 2 * ViewChoice.StillPixels);

    private static int? Beside(EpisodeViews views, long atNs)
    {
        int best = -1;
        for (int i = 0; i < views.Seen.Count; i++)
        {
            if (views.Choice.MovedPixels(i) <= ViewChoice.StillPixels && Apart(views, i, atNs) <= OneMomentNs && (best < 0 || Apart(views, i, atNs) < Apart(views, best, atNs)))
            {
                best = i;
            }
        }

        return best < 0 ? null : best;
    }

    private static long Apart(EpisodeViews views, int image, long atNs) => Math.Abs(views.Seen[image].Source.StampNs!.Value - atNs);
}
