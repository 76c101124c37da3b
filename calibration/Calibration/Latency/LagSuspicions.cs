using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Latency;

/// <summary>What the motion says about units and conventions, once the lag is known.</summary>
internal static class LagSuspicions
{
    private static readonly (double Factor, string Unit)[] s_lengths = [(1000, "millimetres"), (100, "centimetres")];
    private const double Near = 0.15;
    private const double LeastWayM = 0.01;

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

        // Read in another order a quaternion is the opposite turn between two fixed ones: turns still match, as of inverted poses, and ways do not.
        else if (ratiosWay.Count > 20 && turnLeft < 0.1 * turnAll && wayLeft > 0.3 * wayAll && wayAll > LeastWayM * 2 * windows.Length && !s_lengths.Any(l => Is(moving, l.Factor) || Is(moving, 1 / l.Factor)))
        {
            found.Add($"the rotations of {slowName} and {fastName} move together, and their positions do not: look at the quaternions' order (x y z w is expected; --order wxyz reads w first), at conjugated quaternions, and at a mirrored axis");
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
