namespace Capture.Core.Geometry;

/// <summary>Pinhole with radial and tangential distortion; with 8 parameters the radial part is a quotient.</summary>
/// <remarks>Source: D. Brown, "Close-range camera calibration" (1971), in the form and order of OpenCV's calib3d documentation.</remarks>
internal sealed class BrownConradyLens : LensModel
{
    private static readonly string[] Names = ["k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"];

    private readonly int _terms;

    internal BrownConradyLens(string name, int terms)
        : base(name, Names[..terms]) => _terms = terms;

    public override bool Project(ReadOnlySpan<double> parameters, Vector3d point, out double u, out double v, Span<double> byPoint, Span<double> byParameter)
    {
        u = v = 0;
        if (!(point.Z > 1e-9 * (Math.Abs(point.X) + Math.Abs(point.Y))) || point.Z <= 0)
        {
            return false;
        }

        double fx = parameters[0], fy = parameters[1];
        double inverse = 1 / point.Z;
        double x = point.X * inverse, y = point.Y * inverse;
        Terms t = new(parameters, _terms);
        Distort(t, x, y, out Distorted d);
        u = (fx * d.X) + parameters[2];
        v = (fy * d.Y) + parameters[3];
        if (!byPoint.IsEmpty)
        {
            Slopes(t, x, y, d, out double dxx, out double dxy, out double dyx, out double dyy);
            byPoint[0] = fx * dxx * inverse;
            byPoint[1] = fx * dxy * inverse;
            byPoint[2] = -fx * ((dxx * x) + (dxy * y)) * inverse;
            byPoint[3] = fy * dyx * inverse;
            byPoint[4] = fy * dyy * inverse;
            byPoint[5] = -fy * ((dyx * x) + (dyy * y)) * inverse;
        }

        if (!byParameter.IsEmpty)
        {
            ByParameter(fx, fy, x, y, d, byParameter);
        }

        return double.IsFinite(u + v);
    }

    public override bool Unproject(ReadOnlySpan<double> parameters, double u, double v, out Vector3d direction)
    {
        double targetX = (u - parameters[2]) / parameters[0], targetY = (v - parameters[3]) / parameters[1];
        Terms t = new(parameters, _terms);
        bool found = TryInvert(t, targetX, targetY, targetX, targetY, out double x, out double y);
        if (!found)
        {
            // From the centre outwards: Newton's steps from the far side of a fold lead elsewhere.
            (x, y) = (0, 0);
            found = true;
            for (int part = 1; part <= 16 && found; part++)
            {
                found = TryInvert(t, targetX * part / 16, targetY * part / 16, x, y, out x, out y);
            }
        }

        direction = new Vector3d(x, y, 1).Normalized();
        return found && IsBeforeTheFold(t, x, y);
    }

    private static void Distort(in Terms t, double x, double y, out Distorted d)
    {
        double r2 = (x * x) + (y * y);
        double top = 1 + (r2 * (t.K1 + (r2 * (t.K2 + (r2 * t.K3)))));
        double bottom = 1 + (r2 * (t.K4 + (r2 * (t.K5 + (r2 * t.K6)))));
        double radial = top / bottom;
        d = new(
            (x * radial) + (2 * t.P1 * x * y) + (t.P2 * (r2 + (2 * x * x))),
            (y * radial) + (t.P1 * (r2 + (2 * y * y))) + (2 * t.P2 * x * y),
            r2,
            radial,
            bottom);
    }

    private static void Slopes(in Terms t, double x, double y, in Distorted d, out double dxx, out double dxy, out double dyx, out double dyy)
    {
        double r2 = d.R2;
        double topSlope = t.K1 + (r2 * ((2 * t.K2) + (3 * r2 * t.K3)));
        double bottomSlope = t.K4 + (r2 * ((2 * t.K5) + (3 * r2 * t.K6)));
        double slope = (topSlope - (d.Radial * bottomSlope)) / d.Bottom; // d radial / d r²
        dxx = d.Radial + (2 * x * x * slope) + (2 * t.P1 * y) + (6 * t.P2 * x);
        dxy = (2 * x * y * slope) + (2 * t.P1 * x) + (2 * t.P2 * y);
        dyx = dxy;
        dyy = d.Radial + (2 * y * y * slope) + (6 * t.P1 * y) + (2 * t.P2 * x);
    }

    private static bool TryInvert(in Terms t, double targetX, double targetY, double startX, double startY, out double x, out double y)
    {
        (x, y) = (startX, startY);
        for (int i = 0; i < 50; i++)
        {
            Distort(t, x, y, out Distorted d);
            Slopes(t, x, y, d, out double dxx, out double dxy, out double dyx, out double dyy);
            double ex = targetX - d.X, ey = targetY - d.Y;
            double determinant = (dxx * dyy) - (dxy * dyx);
            if (!(Math.Abs(determinant) > 1e-9))
            {
                return false;
            }

            double sx = ((dyy * ex) - (dxy * ey)) / determinant, sy = ((dxx * ey) - (dyx * ex)) / determinant;
            x += sx;
            y += sy;
            if (!double.IsFinite(x + y))
            {
                return false;
            }

            if (Math.Abs(sx) + Math.Abs(sy) < 1e-13 * (1 + Math.Abs(x) + Math.Abs(y)))
            {
                return true;
            }
        }

        return false;
    }

    // The distorted radius must grow all the way out to the answer: beyond its first maximum two directions share a pixel.
    private static bool IsBeforeTheFold(in Terms t, double x, double y)
    {
        for (int part = 1; part <= 8; part++)
        {
            double px = x * part / 8, py = y * part / 8;
            Distort(t, px, py, out Distorted d);
            Slopes(t, px, py, d, out double dxx, out double dxy, out double dyx, out double dyy);
            if ((dxx * dyy) - (dxy * dyx) <= 0 || d.Bottom <= 0)
            {
                return false;
            }
        }

        return true;
    }

    private void ByParameter(double fx, double fy, double x, double y, in Distorted d, Span<double> by)
    {
        Span<double> du = by[..Count];
        Span<double> dv = by.Slice(Count, Count);
        du.Clear();
        dv.Clear();
        du[0] = d.X;
        dv[1] = d.Y;
        du[2] = 1;
        dv[3] = 1;
        if (_terms == 0)
        {
            return;
        }

        double r2 = d.R2, r4 = r2 * r2, r6 = r4 * r2;
        double gx = fx * x / d.Bottom, gy = fy * y / d.Bottom;
        (du[4], dv[4]) = (gx * r2, gy * r2);
        (du[5], dv[5]) = (gx * r4, gy * r4);
        (du[6], dv[6]) = (fx * 2 * x * y, fy * (r2 + (2 * y * y)));
        (du[7], dv[7]) = (fx * (r2 + (2 * x * x)), fy * 2 * x * y);
        if (_terms >= 5)
        {
            (du[8], dv[8]) = (gx * r6, gy * r6);
        }

        if (_terms == 8)
        {
            (du[9], dv[9]) = (-gx * d.Radial * r2, -gy * d.Radial * r2);
            (du[10], dv[10]) = (-gx * d.Radial * r4, -gy * d.Radial * r4);
            (du[11], dv[11]) = (-gx * d.Radial * r6, -gy * d.Radial * r6);
        }
    }

    private readonly struct Terms
    {
        public Terms(ReadOnlySpan<double> parameters, int count)
        {
            ReadOnlySpan<double> k = parameters[4..];
            (K1, K2, P1, P2) = count >= 4 ? (k[0], k[1], k[2], k[3]) : (0, 0, 0, 0);
            K3 = count >= 5 ? k[4] : 0;
            (K4, K5, K6) = count >= 8 ? (k[5], k[6], k[7]) : (0, 0, 0);
        }

        public double K1 { get; }

        public double K2 { get; }

        public double P1 { get; }

        public double P2 { get; }

        public double K3 { get; }

        public double K4 { get; }

        public double K5 { get; }

        public double K6 { get; }
    }

    /// <param name="Radial">The radial factor.</param>
    /// <param name="Bottom">Its denominator.</param>
    private readonly record struct Distorted(double X, double Y, double R2, double Radial, double Bottom);
}
