using Capture.Core.Geometry;

namespace Calibration.Solving;

/// <summary>Pose of a flat target in front of a camera whose lens is known.</summary>
/// <remarks>
/// A small or distant plane has two poses that look nearly alike, mirrored about the line of sight (Schweighofer and Pinz, "Robust pose estimation from a planar
/// target", 2006): both are refined, and the better one wins.
/// </remarks>
internal static class PlanarPose
{
    /// <param name="uv">u, v per point.</param>
    /// <returns>T_camera_board and the RMS in pixels; null when the points do not determine it.</returns>
    public static (Pose Pose, double Rms)? Solve(LensModel lens, ReadOnlySpan<double> intrinsics, IReadOnlyList<Vector3d> points, double[] uv)
    {
        if (Initial(lens, intrinsics, points, uv) is not { } start)
        {
            return null;
        }

        (Pose Pose, double Rms) best = Refine(lens, intrinsics, points, uv, start);
        (Pose Pose, double Rms) other = Refine(lens, intrinsics, points, uv, Mirrored(best.Pose, points));
        best = other.Rms < best.Rms ? other : best;
        return double.IsFinite(best.Rms) && best.Pose.IsFinite ? best : null;
    }

    /// <summary>The closed form: directions to homography to the nearest rotation.</summary>
    public static Pose? Initial(LensModel lens, ReadOnlySpan<double> intrinsics, IReadOnlyList<Vector3d> points, double[] uv)
    {
        var plane = new List<Vector3d>(points.Count);
        var rays = new List<Vector3d>(points.Count);
        for (int i = 0; i < points.Count; i++)
        {
            if (lens.Unproject(intrinsics, uv[2 * i], uv[(2 * i) + 1], out Vector3d ray))
            {
                plane.Add(points[i]);
                rays.Add(ray);
            }
        }

        if (plane.Count < 4 || plane.Count < points.Count / 2 || Homography.Fit(plane, rays) is not { } h)
        {
            return null;
        }

        Vector3d a = h.Column(0), b = h.Column(1), t = h.Column(2);
        double scale = 2 / (a.Length + b.Length);
        if (!double.IsFinite(scale))
        {
            return null;
        }

        // The two orthogonal axes nearest to a and b, treated alike: along their sum and their difference.
        Vector3d sum = (a.Normalized() + b.Normalized()).Normalized(), difference = (a.Normalized() - b.Normalized()).Normalized();
        Vector3d x = (sum + difference).Normalized(), y = (sum - difference).Normalized();
        Matrix3d m = Matrix3d.FromColumns(x, y, Vector3d.Cross(x, y));
        return m.Determinant > 0.5 && double.IsFinite(m.Trace) ? new Pose(Rotation.FromMatrix(m), t * scale) : null;
    }

    /// <summary>Levenberg-Marquardt on the pixels, the lens fixed.</summary>
    public static (Pose Pose, double Rms) Refine(LensModel lens, ReadOnlySpan<double> intrinsics, IReadOnlyList<Vector3d> points, double[] uv, Pose start)
    {
        Pose pose = start;
        Span<double> normal = stackalloc double[36];
        Span<double> gradient = stackalloc double[6];
        Span<double> damped = stackalloc double[36];
        Span<double> step = stackalloc double[6];
        double cost = Cost(lens, intrinsics, points, uv, pose);
        double lambda = 1e-4;
        for (int iteration = 0; iteration < 40 && double.IsFinite(cost); iteration++)
        {
            Accumulate(lens, intrinsics, points, uv, pose, normal, gradient);
            bool better = false;
            for (int attempt = 0; attempt < 8 && !better; attempt++)
            {
                normal.CopyTo(damped);
                for (int i = 0; i < 6; i++)
                {
                    damped[(i * 6) + i] *= 1 + lambda;
                }

                gradient.CopyTo(step);
                if (!SmallCholesky.Solve6(damped, step))
                {
                    lambda *= 10;
                    continue;
                }

                Pose moved = pose.Moved(step);
                double newCost = Cost(lens, intrinsics, points, uv, moved);
                if (newCost < cost)
                {
                    better = cost - newCost > 1e-12 * cost;
                    (pose, cost) = (moved, newCost);
                    lambda = Math.Max(1e-12, lambda / 10);
                    break;
                }

                lambda *= 10;
            }

            if (!better)
            {
                break;
            }
        }

        return (pose, Math.Sqrt(cost / points.Count));
    }

    /// <summary>Covariance of the pose for corners of σ 1 pixel, the lens fixed: 36 numbers; null when the points do not determine it.</summary>
    public static double[]? Covariance(LensModel lens, ReadOnlySpan<double> intrinsics, IReadOnlyList<Vector3d> points, Pose pose)
    {
        double[] normal = new double[36];
        Accumulate(lens, intrinsics, points, [.. points.SelectMany(_ => new double[2])], pose, normal, stackalloc double[6]);
        return SymmetricSystem.Inverse(normal, 6);
    }

    // The plane's normal mirrored about the line of sight to its middle.
    private static Pose Mirrored(Pose pose, IReadOnlyList<Vector3d> points)
    {
        Vector3d middle = Vector3d.Zero;
        foreach (Vector3d p in points)
        {
            middle += p / points.Count;
        }

        Vector3d seen = pose * middle;
        Vector3d sight = seen.Normalized();
        Rotation halfTurn = Rotation.FromQuaternion(sight.X, sight.Y, sight.Z, 0);
        Vector3d z = pose.Rotation * Vector3d.UnitZ;
        Vector3d wanted = (sight * (2 * Vector3d.Dot(z, sight))) - z;
        Vector3d axis = Vector3d.Cross(z, wanted);
        double angle = Math.Atan2(axis.Length, Vector3d.Dot(z, wanted));
        Rotation turned = axis.Length < 1e-9 ? halfTurn * pose.Rotation : Rotation.FromRotationVector(axis.Normalized() * angle) * pose.Rotation;
        return new(turned, seen - (turned * middle));
    }

    private static double Cost(LensModel lens, ReadOnlySpan<double> intrinsics, IReadOnlyList<Vector3d> points, double[] uv, Pose pose)
    {
        double sum = 0;
        for (int i = 0; i < points.Count; i++)
        {
            if (!lens.Project(intrinsics, pose * points[i], out double u, out double v, [], []))
            {
                return double.PositiveInfinity;
            }

            double du = uv[2 * i] - u, dv = uv[(2 * i) + 1] - v;
            sum += (du * du) + (dv * dv);
        }

        return sum;
    }

    /// <summary>JᵀJ and Jᵀr of the pixels at a pose, by the six numbers of its change.</summary>
    internal static void Accumulate(LensModel lens, ReadOnlySpan<double> intrinsics, IReadOnlyList<Vector3d> points, double[] uv, Pose pose, Span<double> normal, Span<double> gradient)
    {
        normal.Clear();
        gradient.Clear();
        Span<double> byPoint = stackalloc double[6];
        Span<double> row = stackalloc double[6];
        for (int i = 0; i < points.Count; i++)
        {
            Vector3d turned = pose.Rotation * points[i];
            if (!lens.Project(intrinsics, turned + pose.Translation, out double u, out double v, byPoint, []))
            {
                continue;
            }

            for (int axis = 0; axis < 2; axis++)
            {
                PoseRow(byPoint.Slice(3 * axis, 3), turned, row);
                double residual = axis == 0 ? uv[2 * i] - u : uv[(2 * i) + 1] - v;
                for (int r = 0; r < 6; r++)
                {
                    gradient[r] += row[r] * residual;
                    for (int c = 0; c < 6; c++)
                    {
                        normal[(r * 6) + c] += row[r] * row[c];
                    }
                }
            }
        }
    }

    /// <summary>Derivative of a pixel coordinate by the six numbers of a pose change, from its derivative by the point.</summary>
    /// <param name="turned">R · p: the point before the translation.</param>
    internal static void PoseRow(ReadOnlySpan<double> byPoint, Vector3d turned, Span<double> row)
    {
        // ∂(exp(δθ) R p) / ∂δθ = −[R p]×, so the row is (R p) × (derivative by the point).
        Vector3d g = new(byPoint[0], byPoint[1], byPoint[2]);
        Vector3d turn = Vector3d.Cross(turned, g);
        (row[0], row[1], row[2]) = (g.X, g.Y, g.Z);
        (row[3], row[4], row[5]) = (turn.X, turn.Y, turn.Z);
    }
}
