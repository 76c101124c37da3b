using Calibration.Results;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Intrinsics;

/// <summary>σ of where a point at infinity is seen, over the image.</summary>
/// <remarks>
/// A lens and the poses of its boards move together: turn the camera a little, and all boards turn with it. What counts is what is left when that freedom is taken out: the
/// direction is tied to the mean rotation of the boards, and the change of its pixel is followed through. This is mrcal's mean-frames method (mrcal, "projection uncertainty").
/// </remarks>
internal static class ProjectionUncertainty
{
    public const int Columns = 24;

    /// <summary>On a grid from corner to corner of the image; NaN where the lens sees nothing.</summary>
    public static UncertaintyMap? Map(LensFit fit, int width, int height)
    {
        if (JointCovariance(fit) is not { } joint)
        {
            return null;
        }

        int rows = Math.Max(2, (int)Math.Round((double)Columns * height / width));
        double[] sigma = new double[Columns * rows];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < Columns; c++)
            {
                sigma[(r * Columns) + c] = At(fit, joint, (double)c / (Columns - 1) * (width - 1), (double)r / (rows - 1) * (height - 1)) ?? -1;
            }
        }

        return new(Columns, rows, sigma);
    }

    /// <summary>σ along the larger axis of the error ellipse at a pixel, pixels; null where the lens sees nothing.</summary>
    public static double? At(LensFit fit, Matrix<double> joint, double u, double v)
    {
        int n = fit.Lens.Count;
        Span<double> byPoint = stackalloc double[6];
        Span<double> byLens = stackalloc double[32];
        if (!fit.Lens.Unproject(fit.Intrinsics, u, v, out Vector3d ray) || !fit.Lens.Project(fit.Intrinsics, ray, out _, out _, byPoint, byLens[..(2 * n)]))
        {
            return null;
        }

        // The ray follows the mean turn of the boards: ray' = ray + turn × ray, so its pixel's derivative by the turn is ray × (derivative by the point).
        Matrix<double> jacobian = Matrix<double>.Build.Dense(2, n + 3);
        for (int axis = 0; axis < 2; axis++)
        {
            for (int k = 0; k < n; k++)
            {
                jacobian[axis, k] = byLens[(axis * n) + k];
            }

            Vector3d turn = Vector3d.Cross(ray, new(byPoint[3 * axis], byPoint[(3 * axis) + 1], byPoint[(3 * axis) + 2]));
            (jacobian[axis, n], jacobian[axis, n + 1], jacobian[axis, n + 2]) = (turn.X, turn.Y, turn.Z);
        }

        Matrix<double> pixel = jacobian * joint * jacobian.Transpose();
        double half = (pixel[0, 0] + pixel[1, 1]) / 2, difference = (pixel[0, 0] - pixel[1, 1]) / 2;
        return Math.Sqrt(Math.Max(0, half + Math.Sqrt((difference * difference) + (pixel[0, 1] * pixel[0, 1]))));
    }

    /// <summary>Covariance of the lens parameters and the mean turn of the boards (rad, in the camera's frame).</summary>
    public static Matrix<double>? JointCovariance(LensFit fit)
    {
        if (fit.Covariance is not { } lens)
        {
            return null;
        }

        int n = fit.Lens.Count, places = fit.Bundle.Places.Length;
        Matrix<double> follow = Matrix<double>.Build.Dense(n + 3, n);
        Matrix<double> own = Matrix<double>.Build.Dense(n + 3, n + 3);
        for (int k = 0; k < n; k++)
        {
            follow[k, k] = 1;
        }

        for (int place = 0; place < places; place++)
        {
            if (fit.Normal.PlaceResponse(place) is not { } response)
            {
                return null;
            }

            for (int i = 0; i < 3; i++)
            {
                for (int k = 0; k < n; k++)
                {
                    follow[n + i, k] += response.Follow[3 + i, k] / places;
                }

                for (int j = 0; j < 3; j++)
                {
                    own[n + i, n + j] += response.Own[3 + i, 3 + j] * fit.CornerSigma * fit.CornerSigma / ((double)places * places);
                }
            }
        }

        return (follow * lens * follow.Transpose()) + own;
    }
}
