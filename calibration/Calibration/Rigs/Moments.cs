using System.Text.RegularExpressions;
using Calibration.Detection;

namespace Calibration.Rigs;

/// <summary>Pictures that belong together: one per camera at most, taken at (nearly) the same moment.</summary>
/// <param name="Images">Per camera the index of its picture, or −1.</param>
/// <param name="StampNs">Of the first camera that has one; null where pictures have no stamps.</param>
internal sealed record Moment(int[] Images, long? StampNs);

/// <summary>Pairs pictures of several cameras, by stamp, by number in the name, or by order.</summary>
internal static partial class Moments
{
    /// <summary>Pictures further apart than this show two moments, however slow the cameras are.</summary>
    private const long LongestApartNs = 100_000_000;

    /// <param name="lagsNs">How late each camera stamps, as far as known; one per camera.</param>
    public static IReadOnlyList<Moment> Pair(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<ImageSource>> cameras, long[] lagsNs, out string how)
    {
        if (HaveStamps(cameras))
        {
            how = "by stamp";
            return ByStamp(cameras, lagsNs);
        }

        string?[][] keys = [.. cameras.Select(c => c.Select(s => Key(s.Name)).ToArray())];
        bool unique = keys.All(k => k.All(x => x is not null) && k.Distinct(StringComparer.Ordinal).Count() == k.Length);
        bool shared = unique && keys.All(k => keys.Any(other => other != k && other.Intersect(k, StringComparer.Ordinal).Any()));
        if (shared)
        {
            how = "by number in the file name";
            string[] all = [.. keys.SelectMany(k => k).Select(k => k!).Distinct(StringComparer.Ordinal).OrderBy(k => k, ImageSet.NaturalOrder)];
            return [.. all.Select(key => new Moment([.. keys.Select(k => Array.IndexOf(k, key))], null))];
        }

        how = "by order";
        int[] counts = [.. cameras.Select(c => c.Count)];
        if (counts.Distinct().Count() > 1)
        {
            throw new CalibrationException(
                CalibrationProblem.Data,
                $"{string.Join(", ", names.Select((n, i) => $"{n} has {counts[i]} pictures"))}, and neither numbers nor stamps in their names pair them",
                "--camera",
                "Number the pictures alike (left07.jpg, right07.jpg), or name them by their stamps in ns.");
        }

        return [.. Enumerable.Range(0, counts[0]).Select(i => new Moment([.. counts.Select(_ => i)], null))];
    }

    public static bool HaveStamps(IReadOnlyList<IReadOnlyList<ImageSource>> cameras) => cameras.All(c => c.All(s => s.StampNs is not null));

    /// <summary>Median interval between pictures of one camera, ns.</summary>
    public static long Interval(IReadOnlyList<ImageSource> camera)
    {
        long[] stamps = [.. camera.Select(s => s.StampNs!.Value).Order()];
        long[] steps = [.. stamps.Zip(stamps.Skip(1), (a, b) => b - a).Order()];
        return steps.Length == 0 ? 0 : steps[steps.Length / 2];
    }

    // Each picture of a later camera joins the moment whose stamp is nearest, within half a frame and a tenth of a second; what finds none opens a moment of its own.
    private static List<Moment> ByStamp(IReadOnlyList<IReadOnlyList<ImageSource>> cameras, long[] lagsNs)
    {
        var moments = new List<(long Stamp, int[] Images)>();
        for (int c = 0; c < cameras.Count; c++)
        {
            long reach = Math.Clamp(Math.Max(Interval(cameras[c]), Interval(cameras[0])) / 2, 1, LongestApartNs);
            long[] sorted = [.. moments.Select(m => m.Stamp)];
            for (int i = 0; i < cameras[c].Count; i++)
            {
                long stamp = cameras[c][i].StampNs!.Value - lagsNs[c];
                int near = Nearest(sorted, stamp);
                if (near >= 0 && Math.Abs(sorted[near] - stamp) <= reach && moments[near].Images[c] < 0)
                {
                    moments[near].Images[c] = i;
                }
                else
                {
                    int[] images = [.. Enumerable.Repeat(-1, cameras.Count)];
                    images[c] = i;
                    moments.Add((stamp, images));
                }
            }

            moments.Sort((a, b) => a.Stamp.CompareTo(b.Stamp));
        }

        return [.. moments.Select(m => new Moment(m.Images, m.Stamp))];
    }

    private static int Nearest(long[] sorted, long stamp)
    {
        int at = Array.BinarySearch(sorted, stamp);
        if (at >= 0 || sorted.Length == 0)
        {
            return sorted.Length == 0 ? -1 : at;
        }

        at = ~at;
        return at == sorted.Length ? at - 1 : at == 0 || sorted[at] - stamp < stamp - sorted[at - 1] ? at : at - 1;
    }

    private static string? Key(string name) => LastNumber().Match(Path.GetFileNameWithoutExtension(name)) is { Success: true } match ? match.Value.TrimStart('0') : null;

    [GeneratedRegex(@"\d+(?!.*\d)")]
    private static partial Regex LastNumber();
}
