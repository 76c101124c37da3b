using System.Globalization;
using Calibration.Results;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Rigs;

/// <summary>
/// Several boards that are fixed to each other (a box of boards, two sheets on one wall): one arrangement, whose shape is an unknown of the adjustment. Found from pictures that show two boards at once: where
/// their relative pose is the same in all of them, they are tied. Then cameras that see different boards at one moment share a view, too.
/// </summary>
internal static class BoardArrangement
{
    private const int FewestPictures = 3;

    // How far the relative poses may scatter (median): rad, and parts of the boards' distance from the camera.
    private const double LargestTurnRad = 1.5 * Math.PI / 180;
    private const double LargestShift = 0.015;

    /// <returns>T_first_board per target (the first one's is the identity); null where the boards move against each other, or not all are joined by pictures that show two.</returns>
    public static Pose[]? Find(IReadOnlyList<Target> targets, IReadOnlyList<PlaceSighting> sightings, List<Finding> findings)
    {
        // A board that looks the same when it is turned may be numbered otherwise in each picture.
        if (targets.Count < 2 || targets.Any(t => t.Renumberings.Count > 1))
        {
            return null;
        }

        var fromFirst = new Pose?[targets.Count];
        fromFirst[0] = Pose.Identity;
        for (bool grown = true; grown;)
        {
            grown = false;
            for (int a = 0; a < targets.Count; a++)
            {
                for (int b = 0; b < targets.Count; b++)
                {
                    if (fromFirst[a] is { } known && fromFirst[b] is null && Between(sightings, a, b) is { } step)
                    {
                        fromFirst[b] = known * step;
                        grown = true;
                    }
                }
            }
        }

        if (fromFirst.Any(p => p is null))
        {
            return null;
        }

        findings.Add(new(Finding.Note, "tied-boards", string.Join(' ', targets.Select(t => t.Text)), string.Create(
            CultureInfo.InvariantCulture, $"The {targets.Count} boards keep their places to each other: they are taken as one rigid arrangement, whose shape is solved for.")));
        return [.. fromFirst.Select(p => p!.Value)];
    }

    // T_a_b: the one in the middle of those that single pictures give, where they agree.
    private static Pose? Between(IReadOnlyList<PlaceSighting> sightings, int a, int b)
    {
        (Pose Step, double Distance)[] seen =
        [
            .. from one in sightings.Where(s => s.Target == a)
               from other in sightings.Where(s => s.Target == b && s.Camera == one.Camera && s.Moment == one.Moment)
               select (one.Pose.Inverse() * other.Pose, one.Pose.Translation.Length),
        ];
        if (seen.Length < FewestPictures)
        {
            return null;
        }

        double Off(Pose x, int i) => Math.Max((x.Rotation.Inverse() * seen[i].Step.Rotation).Angle / LargestTurnRad, (x.Translation - seen[i].Step.Translation).Length / (LargestShift * seen[i].Distance));
        double Median(Pose x) => Enumerable.Range(0, seen.Length).Select(i => Off(x, i)).Order().ElementAt(seen.Length / 2);
        Pose best = seen.Select(s => s.Step).MinBy(Median);
        return Median(best) < 1 ? best : null;
    }
}
