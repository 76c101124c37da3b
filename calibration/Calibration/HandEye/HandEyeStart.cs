using Calibration.HandEye.ClosedForms;
using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>A start for the refinement that wild poses do not spoil: the closed forms on all poses and Park's on many triples, the least median wins.</summary>
internal static class HandEyeStart
{
    private const int Triples = 120;

    // Median length of a vector of three normal numbers.
    private const double MedianOfThree = 1.5382;

    public static HandEyePoses Find(PoseEquation[] equations)
    {
        Motion[] motions = Motions.Between(equations);
        double reach = Reach(equations);
        HandEyePoses? best = null;
        double least = double.PositiveInfinity;
        void Try(HandEyePoses? candidate)
        {
            if (candidate is { } c && Score(equations, c, reach) is double score && score < least)
            {
                (best, least) = (c, score);
            }
        }

        foreach (ClosedForm method in ClosedFormSolver.All)
        {
            Try(ClosedFormSolver.Solve(method, equations, motions));
        }

        // Triples by a fixed walk through the poses: the same input gives the same answer.
        int n = equations.Length;
        ulong walk = 0x9E3779B97F4A7C15;
        for (int t = 0; n > 3 && t < Triples; t++)
        {
            int[] chosen = new int[3];
            for (int k = 0; k < 3; k++)
            {
                walk ^= walk << 13;
                walk ^= walk >> 7;
                walk ^= walk << 17;
                chosen[k] = (int)(walk % (ulong)n);
            }

            if (chosen[0] != chosen[1] && chosen[1] != chosen[2] && chosen[0] != chosen[2])
            {
                PoseEquation[] three = [.. chosen.Select(i => equations[i])];
                Try(ClosedFormSolver.Solve(ClosedForm.Park, three, Motions.Between(three)));
            }
        }

        return best ?? new HandEyePoses(Pose.Identity, equations[0].A * equations[0].B);
    }

    /// <summary>How far a pair is from an answer: rad, m.</summary>
    public static (double Rotation, double Translation) Distance(PoseEquation e, HandEyePoses poses)
    {
        Pose predicted = e.Predicted(poses.X, poses.Z);
        return ((e.B.Rotation * predicted.Rotation.Inverse()).Angle, (e.B.Translation - predicted.Translation).Length);
    }

    /// <summary>Metres that weigh as much as one radian: the usual distance of the target.</summary>
    public static double Reach(IReadOnlyList<PoseEquation> equations) => Math.Max(1e-3, Median([.. equations.Select(e => e.B.Translation.Length)]));

    public static PoseNoise MedianNoise(PoseEquation[] equations, HandEyePoses poses)
    {
        (double Rotation, double Translation)[] left = [.. equations.Select(e => Distance(e, poses))];
        return new PoseNoise(
            Math.Max(1e-6, Median([.. left.Select(d => d.Translation)]) / MedianOfThree),
            Math.Max(1e-6, Median([.. left.Select(d => d.Rotation)]) / MedianOfThree),
            0);
    }

    public static double Median(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? double.NaN : values.Length % 2 == 1 ? values[values.Length / 2] : (values[(values.Length / 2) - 1] + values[values.Length / 2]) / 2;
    }

    private static double Score(PoseEquation[] equations, HandEyePoses poses, double reach)
    {
        double[] all = [.. equations.Select(e => Distance(e, poses)).Select(d => d.Rotation + (d.Translation / reach))];
        return Median(all);
    }
}
