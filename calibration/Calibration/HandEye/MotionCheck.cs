using System.Globalization;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Calibration.HandEye;

/// <summary>How much the hand turned, and about which axes of its own.</summary>
/// <param name="LargestDeg">Largest turn between two poses.</param>
/// <param name="MainDeg">Root mean square turn about the axis that was turned about most.</param>
/// <param name="SecondDeg">The same about the second axis, at a right angle to it. This is what the answer hangs on.</param>
/// <param name="MainAxis">The first axis, in the frame that moves with the robot (base's for eye-to-hand).</param>
public sealed record MotionSummary(int Poses, double LargestDeg, double MainDeg, double SecondDeg, Vector3d MainAxis);

/// <summary>Poses from which the answer cannot be had. The message says which motion is missing.</summary>
public sealed class UndeterminedMotionException(string message) : Exception(message);

/// <summary>
/// Tells before solving whether the motions can determine the answer. Two turns about axes that are not parallel are needed: with translations alone the rotation of X is found
/// but its position is free; with parallel axes X may slide along the axis and turn about it. (Tsai and Lenz 1989, section III.)
/// </summary>
internal static class MotionCheck
{
    private const double LeastTurnDeg = 2;
    private const double LeastSecondDeg = 1;
    private const double LeastSecondShare = 0.02;

    /// <exception cref="UndeterminedMotionException">A motion is missing.</exception>
    public static MotionSummary Require(IReadOnlyList<PoseEquation> equations)
    {
        if (equations.Count < 3)
        {
            throw new UndeterminedMotionException(
                $"{equations.Count} {(equations.Count == 1 ? "pose" : "poses")} cannot determine the answer: at least 3 with turns about two different axes are needed, and 15 to 30 make it good. Record more poses.");
        }

        MotionSummary summary = Summarize(equations);
        string Number(double v) => v.ToString("0.0", CultureInfo.InvariantCulture);
        if (summary.LargestDeg < LeastTurnDeg)
        {
            throw new UndeterminedMotionException(
                $"The hand moved but did not turn (at most {Number(summary.LargestDeg)} degrees between two poses): from translations alone the camera's place on the hand cannot be known. Turn the hand by 20 to 60 degrees about at least two different axes.");
        }

        if (summary.SecondDeg < LeastSecondDeg || summary.SecondDeg < LeastSecondShare * summary.MainDeg)
        {
            Vector3d a = summary.MainAxis;
            throw new UndeterminedMotionException(string.Create(
                CultureInfo.InvariantCulture,
                $"All turns are about one axis, ({a.X:0.00}, {a.Y:0.00}, {a.Z:0.00}) in the robot's moving frame ({summary.MainDeg:0} degrees about it, {summary.SecondDeg:0.0} about any other): the answer may slide along that axis and turn about it. Add poses turned by 20 degrees or more about an axis at a right angle to it."));
        }

        return summary;
    }

    public static MotionSummary Summarize(IReadOnlyList<PoseEquation> equations)
    {
        // Every motion, not only the large ones: small turns are the finding here.
        var sum = new DenseMatrix(3, 3);
        double largest = 0;
        long count = 0;
        int step = Math.Max(1, equations.Count / 120);
        for (int i = 0; i < equations.Count; i += step)
        {
            for (int j = i + step; j < equations.Count; j += step)
            {
                Vector3d v = (equations[j].A.Rotation.Inverse() * equations[i].A.Rotation).ToRotationVector();
                double[] x = [v.X, v.Y, v.Z];
                for (int r = 0; r < 3; r++)
                {
                    for (int c = 0; c < 3; c++)
                    {
                        sum[r, c] += x[r] * x[c];
                    }
                }

                largest = Math.Max(largest, v.Length);
                count++;
            }
        }

        MathNet.Numerics.LinearAlgebra.Factorization.Evd<double> evd = (sum / Math.Max(1, count)).Evd(Symmetricity.Symmetric);
        Vector<double> axis = evd.EigenVectors.Column(2);
        double sign = axis[axis.AbsoluteMaximumIndex()] < 0 ? -1 : 1;
        const double Degrees = 180 / Math.PI;
        return new MotionSummary(
            equations.Count,
            largest * Degrees,
            Math.Sqrt(Math.Max(0, evd.EigenValues[2].Real)) * Degrees,
            Math.Sqrt(Math.Max(0, evd.EigenValues[1].Real)) * Degrees,
            new Vector3d(sign * axis[0], sign * axis[1], sign * axis[2]));
    }
}
