using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Solving;

/// <summary>Plane to directions: the 3 × 3 matrix H with direction ∝ H · (x, y, 1).</summary>
/// <remarks>Direct linear transform on p × (H X) = 0 (Hartley and Zisserman, "Multiple View Geometry", 4.1): directions need no image plane, so that a fisheye's work too.</remarks>
internal static class Homography
{
    /// <param name="plane">Points with z = 0, at least four, no three of four on a line.</param>
    /// <param name="directions">Unit directions, one per point.</param>
    /// <returns>Null when the points do not determine it.</returns>
    public static Matrix3d? Fit(IReadOnlyList<Vector3d> plane, IReadOnlyList<Vector3d> directions)
    {
        if (plane.Count < 4)
        {
            return null;
        }

        double mx = plane.Average(p => p.X), my = plane.Average(p => p.Y);
        double spread = plane.Average(p => Math.Sqrt(((p.X - mx) * (p.X - mx)) + ((p.Y - my) * (p.Y - my))));
        if (!(spread > 0))
        {
            return null;
        }

        double scale = Math.Sqrt(2) / spread;
        Matrix<double> normal = Matrix<double>.Build.Dense(9, 9);
        double[] row = new double[9];
        for (int i = 0; i < plane.Count; i++)
        {
            double x = (plane[i].X - mx) * scale, y = (plane[i].Y - my) * scale;
            Matrix3d cross = Matrix3d.Skew(directions[i]);
            foreach ((double a, double b, double c) in new[] { (cross.M00, cross.M01, cross.M02), (cross.M10, cross.M11, cross.M12), (cross.M20, cross.M21, cross.M22) })
            {
                (row[0], row[1], row[2]) = (a * x, a * y, a);
                (row[3], row[4], row[5]) = (b * x, b * y, b);
                (row[6], row[7], row[8]) = (c * x, c * y, c);
                for (int r = 0; r < 9; r++)
                {
                    for (int s = 0; s <= r; s++)
                    {
                        normal[r, s] += row[r] * row[s];
                        normal[s, r] = normal[r, s];
                    }
                }
            }
        }

        var parts = normal.Evd(Symmetricity.Symmetric);
        double[] h = parts.EigenVectors.Column(0).ToArray();
        Matrix3d scaled = Matrix3d.FromRows(h);
        Matrix3d toUnit = new(scale, 0, -mx * scale, 0, scale, -my * scale, 0, 0, 1);
        Matrix3d fitted = scaled * toUnit;

        // The sign that puts the points in front, not behind.
        double sign = 0;
        for (int i = 0; i < plane.Count; i++)
        {
            sign += Math.Sign(Vector3d.Dot(fitted * new Vector3d(plane[i].X, plane[i].Y, 1), directions[i]));
        }

        return sign >= 0 ? fitted : fitted * -1;
    }

    /// <summary>Plane to pixels by the same fit, pixels taken as directions of a camera with a focal length of their own spread.</summary>
    public static Func<Vector3d, (double U, double V)>? FitPixels(IReadOnlyList<Vector3d> plane, IReadOnlyList<(double U, double V)> pixels)
    {
        if (plane.Count < 4)
        {
            return null;
        }

        double mu = pixels.Average(p => p.U), mv = pixels.Average(p => p.V);
        double spread = Math.Max(1e-9, pixels.Average(p => Math.Abs(p.U - mu) + Math.Abs(p.V - mv)));
        Matrix3d? h = Fit(plane, [.. pixels.Select(p => new Vector3d((p.U - mu) / spread, (p.V - mv) / spread, 1).Normalized())]);
        return h is not { } m
            ? null
            : p =>
            {
                Vector3d d = m * new Vector3d(p.X, p.Y, 1);
                return ((d.X / d.Z * spread) + mu, (d.Y / d.Z * spread) + mv);
            };
    }
}
