using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Latency;

/// <summary>What the motion says about units and conventions, once the lag is known.</summary>
internal static class LagSuspicions
{
    private static readonly (double Factor, string Unit)[] s_lengths = [(1000, "millimetres"), (100, "centimetres")];
    private const double Near = 0.15;

    /// <summary>Mistakes that are undone in a copy, one by one: the one after which the streams fit far better is named.</summary>
    /// <remarks>A quaternion read in another order is the opposite turn between two fixed ones, so turns alone fit as those of inverted poses do: only turns and ways together show it.</remarks>
    public static IReadOnlyList<(string Sentence, Func<Pose, Pose> Undo)> Mistakes { get; } =
    [
        ("the quaternions of {0} are written w first: say --order wxyz, or name the columns", p => p with { Rotation = Rotation.FromQuaternion(p.Rotation.Y, p.Rotation.Z, p.Rotation.W, p.Rotation.X) }),
        ("the rotations of {0} are the wrong way round (its quaternions are conjugated), while its positions fit", p => p with { Rotation = p.Rotation.Inverse() }),
        ("{0} has left-handed poses: an axis is mirrored", p => new Pose(Rotation.FromQuaternion(-p.Rotation.X, p.Rotation.Y, -p.Rotation.Z, p.Rotation.W), p.Translation with { Y = -p.Translation.Y })),
    ];

    public static IReadOnlyList<string> Find(PoseLagProblem problem, PoseLagState state, PoseStream slow, Window[] windows, string slowName, string fastName)
    {
        double[] r = new double[6];
        var ratiosTurn = new List<double>();
        var ratiosWay = new List<double>();
        double turnLeft = 0, turnAll = 0, wayLeft = 0, wayAll = 0;
        for (int i = 0; i < windows.Length; i++)
        {
            if (!problem.Evaluate(state, i, r, []))
            {
                continue;
            }

            Pose a = slow.Poses[windows[i].From];
            Pose b = slow.Poses[windows[i].To];
            Vector3d slowTurn = state.Body * (a.Rotation.Inverse() * b.Rotation).ToRotationVector();
            Vector3d slowWay = state.World * (b.Translation - a.Translation + (b.Rotation * state.Arm) - (a.Rotation * state.Arm));
            Vector3d turn = problem.Turn(r) + slowTurn;
            Vector3d way = problem.Way(r) + slowWay;
            Add(ratiosTurn, turn.Length, slowTurn.Length, 0.01);
            Add(ratiosWay, way.Length, slowWay.Length, 0.002);
            turnLeft += Math.Min(problem.Turn(r).Length, 4);
            turnAll += turn.Length + slowTurn.Length;
            wayLeft += problem.Way(r).Length;
            wayAll += way.Length + slowWay.Length;
        }

        var found = new List<string>();
        double turning = Median(ratiosTurn);
        double moving = Median(ratiosWay);
        const double Degrees = 180 / Math.PI;
        if (Is(turning, Degrees) || Is(turning, 1 / Degrees))
        {
            found.Add($"it looks as if the rotations of {(turning > 1 ? fastName : slowName)} were made from degrees taken for radians: it turns 57 times as fast as the other");
        }
        else if (ratiosTurn.Count > 20 && turnLeft > 0.3 * turnAll && wayLeft < 0.2 * wayAll)
        {
            found.Add($"the positions of {slowName} and {fastName} move together, and their rotations do not: look at the quaternions' order (x y z w is expected; --order wxyz reads w first), or whether they were made from degrees taken for radians");
        }

        foreach ((double factor, string unit) in s_lengths)
        {
            if (Is(moving, factor) || Is(moving, 1 / factor))
            {
                found.Add($"it looks as if the positions of {(moving > 1 ? fastName : slowName)} are in {unit}, not metres");
            }
        }

        return found;
    }

    private static void Add(List<double> ratios, double fast, double slow, double least)
    {
        if (Math.Max(fast, slow) > least && Math.Min(fast, slow) > 1e-9)
        {
            ratios.Add(fast / slow);
        }
    }

    private static bool Is(double value, double factor) => Math.Abs(Math.Log(value / factor)) < Near;

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count < 20 ? double.NaN : values[values.Count / 2];
    }
}
