using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>A motion between two poses, seen from both sides: A · X = X · B.</summary>
/// <param name="A">A_j⁻¹ · A_i.</param>
/// <param name="B">B_j · B_i⁻¹.</param>
internal readonly record struct Motion(Pose A, Pose B);

/// <summary>Chooses the motions that the closed forms work on.</summary>
internal static class Motions
{
    /// <summary>Below this a motion's axis is mostly noise; above <see cref="MostRad"/> the sign of its quaternion is.</summary>
    public const double LeastRad = 15 * Math.PI / 180;

    public const double MostRad = 165 * Math.PI / 180;

    private const int Enough = 3;
    private const int AtMost = 2_500;

    /// <summary>Motions between all pairs of poses; of many poses, an even choice. Motions of 15 … 165 degrees, or from a smaller angle on where there are none of these.</summary>
    public static Motion[] Between(IReadOnlyList<PoseEquation> equations)
    {
        int n = equations.Count;
        long all = (long)n * (n - 1) / 2;

        // A stride that has no factor in common with the usual lengths visits all distances between poses alike.
        long stride = Math.Max(1, all / AtMost) | 1;
        var motions = new List<Motion>();
        long index = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++, index++)
            {
                if (index % stride == 0)
                {
                    motions.Add(new Motion(equations[j].A.Inverse() * equations[i].A, equations[j].B * equations[i].B.Inverse()));
                }
            }
        }

        for (double least = LeastRad; least > 1e-3; least /= 2)
        {
            Motion[] large = [.. motions.Where(m => IsBetween(m.A.Rotation.Angle, least) && IsBetween(m.B.Rotation.Angle, least))];
            if (large.Length >= Enough)
            {
                return large;
            }
        }

        return [.. motions];
    }

    private static bool IsBetween(double angle, double least) => angle >= least && angle <= MostRad;
}
