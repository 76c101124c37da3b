using Calibration.Detection;
using Capture.Core.Geometry;

namespace Calibration.Checking;

/// <summary>A point that two views show: its pixels, and the directions that the lenses see there.</summary>
internal readonly record struct RayPair(PointMatch At, Vector3d RayA, Vector3d RayB);

/// <summary>Two views of one rigid scene by calibrated cameras, and the points that they have in common.</summary>
/// <param name="AFromB">T_a_b as the calibration says.</param>
internal sealed record MatchedViews(CameraModel A, CameraModel B, Pose AFromB, IReadOnlyList<RayPair> Pairs)
{
    // Steeper rays have no place on an ideal pinhole's plane that is not far out.
    private const double LeastForward = 0.25;

    // Closer to the base line than this, a ray leaves its epipolar plane undetermined.
    private const double LeastFromBaseLine = 0.05;

    private const double OneMotionPixels = 2;

    /// <summary>The matches that one rigid motion explains: the calibration takes no part in choosing them, so that a camera that moved does not lose those that show it.</summary>
    public static MatchedViews Agreeing(CameraModel a, CameraModel b, Pose aFromB, IEnumerable<PointMatch> matches)
    {
        var pairs = new List<RayPair>();
        foreach (PointMatch m in matches)
        {
            if (a.Unproject(m.Ua, m.Va, out Vector3d ra) && b.Unproject(m.Ub, m.Vb, out Vector3d rb) && ra.Z > LeastForward && rb.Z > LeastForward)
            {
                pairs.Add(new RayPair(m, ra, rb));
            }
        }

        double focal = (a.Parameters[0] + b.Parameters[0]) / 2;
        bool[] inside = PointMatches.OneMotion([.. pairs.SelectMany(p => new[] { p.RayA.X / p.RayA.Z, p.RayA.Y / p.RayA.Z, p.RayB.X / p.RayB.Z, p.RayB.Y / p.RayB.Z })], OneMotionPixels / focal);
        return new MatchedViews(a, b, aFromB, [.. pairs.Where((_, i) => inside[i])]);
    }

    /// <summary>
    /// Symmetric epipolar distance in pixels of the real pictures, signed: each ray is turned the shortest way into the epipolar plane of the other one, and what that is in the picture counts; the mean of
    /// both. Works for any lens, and reduces to the distance from the epipolar line where there is no distortion.
    /// </summary>
    /// <returns>False where the pair says nothing: along the base line.</returns>
    public bool Distance(in RayPair pair, Pose aFromB, out double pixels)
    {
        pixels = 0;
        Vector3d t = aFromB.Translation.Normalized();
        Vector3d bInA = aFromB.Rotation * pair.RayB;
        Vector3d planeOfB = Vector3d.Cross(t, bInA);
        Vector3d planeOfA = Vector3d.Cross(t, pair.RayA);
        if (planeOfB.Length < LeastFromBaseLine || planeOfA.Length < LeastFromBaseLine)
        {
            return false;
        }

        planeOfB = planeOfB.Normalized();
        Vector3d planeInB = aFromB.Rotation.Inverse() * planeOfA.Normalized();
        double fromA = Vector3d.Dot(pair.RayA, planeOfB), fromB = Vector3d.Dot(pair.RayB, planeInB);
        if (!A.Project(pair.RayA - (planeOfB * fromA), out double ua, out double va) || !B.Project(pair.RayB - (planeInB * fromB), out double ub, out double vb))
        {
            return false;
        }

        double da = Math.Sqrt(Square(ua - pair.At.Ua) + Square(va - pair.At.Va)), db = Math.Sqrt(Square(ub - pair.At.Ub) + Square(vb - pair.At.Vb));
        pixels = Math.Sign(fromA) * (da + db) / 2;
        return true;
    }

    private static double Square(double x) => x * x;
}
