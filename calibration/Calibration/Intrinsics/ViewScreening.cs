using Calibration.Detection;
using Calibration.Results;

namespace Calibration.Intrinsics;

/// <summary>What is wrong with pictures before anything is solved: blur, and pictures that are the same.</summary>
internal static class ViewScreening
{
    public const string Used = "used";
    public const string NoTarget = "no-target";
    public const string Blurred = "blurred";
    public const string Duplicate = "duplicate";
    public const string Outlier = "outlier";

    /// <summary>Corners that stay within this of another view's are the same view, pixels (RMS).</summary>
    private const double SamePixels = 0.5;

    /// <summary>A state per picture, in order, for one target.</summary>
    public static string[] Screen(IReadOnlyList<DetectedImage> images, int target, string subjectPrefix, List<Finding> findings)
    {
        string[] states = [.. images.Select(i => i.Sightings[target].Corners.Count == 0 ? NoTarget : Used)];
        double[] widths = [.. images.Select(i => i.Sightings[target].EdgeWidth ?? 0).Where(w => w > 0).Order()];
        double median = widths.Length > 0 ? widths[widths.Length / 2] : 0;
        for (int i = 0; i < images.Count; i++)
        {
            if (states[i] != Used)
            {
                continue;
            }

            BoardSighting seen = images[i].Sightings[target];
            if (seen.EdgeWidth is { } width && width > 5 && width > 2 * median)
            {
                states[i] = Blurred;
                findings.Add(new(Finding.Warning, "blurred-view", subjectPrefix + images[i].Source.Name, string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"Edges are {width:0.0} px wide, against {median:0.0} px in the median view: left out. Hold the target still, or shorten the exposure.")));
                continue;
            }

            for (int j = 0; j < i; j++)
            {
                if (states[j] == Used && IsSame(seen, images[j].Sightings[target], images[i].Input.Sha256 == images[j].Input.Sha256))
                {
                    states[i] = Duplicate;
                    findings.Add(new(Finding.Warning, "duplicate-view", subjectPrefix + images[i].Source.Name,
                        $"Shows the same as {images[j].Source.Name}: left out, because it tells nothing new and would make the result look surer than it is."));
                    break;
                }
            }
        }

        return states;
    }

    private static bool IsSame(BoardSighting a, BoardSighting b, bool sameBytes)
    {
        if (sameBytes)
        {
            return true;
        }

        var other = b.Corners.ToDictionary(c => c.Id);
        double sum = 0;
        int common = 0;
        foreach (Corner corner in a.Corners)
        {
            if (other.TryGetValue(corner.Id, out Corner match))
            {
                sum += ((corner.U - match.U) * (corner.U - match.U)) + ((corner.V - match.V) * (corner.V - match.V));
                common++;
            }
        }

        return common > 0 && common >= 0.8 * Math.Max(a.Corners.Count, b.Corners.Count) && Math.Sqrt(sum / common) < SamePixels;
    }
}
