using Calibration.Intrinsics;
using Capture.Core.Geometry;

namespace Calibration.Rigs;

/// <summary>One camera's sight of one place.</summary>
internal sealed class PlaceSighting(int camera, int moment, int target, CameraView view, Pose pose)
{
    public int Camera { get; } = camera;

    public int Moment { get; } = moment;

    public int Target { get; } = target;

    public CameraView View { get; } = view;

    /// <summary>T_camera_board from this picture alone.</summary>
    public Pose Pose { get; set; } = pose;

    /// <summary>T_board_first where boards are tied to the first one: all of them then have one place. Null: a place of its own.</summary>
    public Pose? ToFirst { get; set; }

    /// <summary>T_camera_(the place's frame) by a numbering's turn of the board.</summary>
    public Pose PlacePose(Pose turn) => Pose * turn * (ToFirst ?? Pose.Identity);

    /// <summary>Sightings of one moment and one group have one place.</summary>
    public int Group => ToFirst is null ? Target : 0;

    /// <summary>Which of the target's renumberings was applied.</summary>
    public int Renumbering { get; set; }
}

/// <summary>Where the cameras are, roughly: from poses of boards that two of them saw at once, chained from camera to camera.</summary>
internal static class RigStart
{
    /// <returns>T_rig_camera per camera.</returns>
    /// <exception cref="CalibrationException">Some cameras share no view with the rest.</exception>
    public static Pose[] Find(IReadOnlyList<string> names, IReadOnlyList<PlaceSighting> sightings)
    {
        int n = names.Count;
        var common = new (Pose Pose, int Votes)?[n, n];
        foreach (var pair in Pairs(sightings).GroupBy(p => (A: p.A.Camera, B: p.B.Camera)))
        {
            (Pose pose, int votes) = Consensus([.. pair]);
            common[pair.Key.A, pair.Key.B] = (pose, votes);
            common[pair.Key.B, pair.Key.A] = (pose.Inverse(), votes);
        }

        // The strongest links first, as a tree from the first camera.
        var poses = new Pose?[n];
        poses[0] = Pose.Identity;
        while (true)
        {
            (int From, int To, int Votes) best = (-1, -1, 0);
            for (int a = 0; a < n; a++)
            {
                for (int b = 0; b < n; b++)
                {
                    if (poses[a] is not null && poses[b] is null && common[a, b] is { } link && link.Votes > best.Votes)
                    {
                        best = (a, b, link.Votes);
                    }
                }
            }

            if (best.From < 0)
            {
                break;
            }

            poses[best.To] = poses[best.From]!.Value * common[best.From, best.To]!.Value.Pose;
        }

        string[] lost = [.. names.Where((_, i) => poses[i] is null)];
        return lost.Length == 0
            ? [.. poses.Select(p => p!.Value)]
            : throw new CalibrationException(
                CalibrationProblem.Data,
                $"no chain of common views reaches {string.Join(", ", lost)} from {names[0]}",
                "--camera",
                $"Take pictures in which {lost[0]} and one of {string.Join(", ", names.Except(lost))} see the same board at the same moment, and check that the pictures are paired as you expect.");
    }

    /// <summary>T_a_b from the pair's two poses, for every way to number the board.</summary>
    public static IEnumerable<(Pose Pose, int Renumbering)> Relative(PlaceSighting a, PlaceSighting b)
    {
        Pose[] turns = BoardTurns.Of(b.View.Target);
        for (int r = 0; r < turns.Length; r++)
        {
            yield return (a.PlacePose(Pose.Identity) * b.PlacePose(turns[r]).Inverse(), r);
        }
    }

    /// <summary>How far apart two poses are: the angle (rad), and the distance over the typical distance of a board.</summary>
    public static double Apart(Pose a, Pose b, double typical) =>
        (a.Rotation.Inverse() * b.Rotation).Angle + ((a.Translation - b.Translation).Length / typical);

    private static IEnumerable<(PlaceSighting A, PlaceSighting B)> Pairs(IReadOnlyList<PlaceSighting> sightings) =>
        sightings.GroupBy(s => (s.Moment, s.Group)).SelectMany(place => place.SelectMany(a => place.Where(b => a.Camera < b.Camera).Select(b => (a, b))));

    // The candidate that most pairs agree with.
    private static (Pose Pose, int Votes) Consensus((PlaceSighting A, PlaceSighting B)[] pairs)
    {
        const double Agreement = 0.1;
        double typical = pairs.Average(p => p.A.Pose.Translation.Length);
        Pose[][] candidates = [.. pairs.Select(p => Relative(p.A, p.B).Select(c => c.Pose).ToArray())];
        (Pose Pose, int Votes, double Sum) best = (Pose.Identity, 0, double.MaxValue);
        int step = Math.Max(1, candidates.Length / 60);
        for (int i = 0; i < candidates.Length; i += step)
        {
            foreach (Pose candidate in candidates[i])
            {
                double[] apart = [.. candidates.Select(others => others.Min(o => Apart(candidate, o, typical)))];
                int votes = apart.Count(a => a < Agreement);
                double sum = apart.Where(a => a < Agreement).Sum();
                if (votes > best.Votes || (votes == best.Votes && sum < best.Sum))
                {
                    best = (candidate, votes, sum);
                }
            }
        }

        return (best.Pose, best.Votes);
    }
}
