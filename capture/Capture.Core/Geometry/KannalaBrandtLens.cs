namespace Capture.Core.Geometry;

/// <summary>Fisheye: the image radius is a polynomial of the angle to the optical axis, so that directions beyond 90° have a pixel.</summary>
/// <remarks>Source: Kannala and Brandt, "A generic camera model and calibration method" (2006), radial part, in the form of OpenCV's fisheye documentation.</remarks>
internal sealed class KannalaBrandtLens : LensModel
{
    internal KannalaBrandtLens()
        : base("kannala-brandt", "k1", "k2", "k3", "k4")
    {
    }

    public override bool Project(ReadOnlySpan<double> parameters, Vector3d point, out double u, out double v, Span<double> byPoint, Span<double> byParameter)
    {
        double fx = parameters[0], fy = parameters[1];
        double r2 = (point.X * point.X) + (point.Y * point.Y);
        double r = Math.Sqrt(r2);
        double rho2 = r2 + (point.Z * point.Z);
        if (!(rho2 > 0) || (r < 1e-12 * Math.Sqrt(rho2) && point.Z < 0))
        {
            u = v = 0;
            return false; // exactly behind: no direction in the image
        }

        double theta = Math.Atan2(r, point.Z);
        double bent = Bend(parameters, theta, out double slope);

        // scale = bent / r; at the axis it tends to 1 / z.
        bool onAxis = r < 1e-9 * Math.Abs(point.Z);
        double scale = onAxis ? 1 / point.Z : bent / r;
        u = (fx * point.X * scale) + parameters[2];
        v = (fy * point.Y * scale) + parameters[3];
        if (!byPoint.IsEmpty)
        {
            // d scale / d(x, y) = along · (x, y); d scale / dz = −slope / rho².
            double along = onAxis ? 0 : ((slope * point.Z / rho2) - scale) / r2;
            double byZ = -slope / rho2;
            byPoint[0] = fx * (scale + (along * point.X * point.X));
            byPoint[1] = fx * along * point.X * point.Y;
            byPoint[2] = fx * point.X * byZ;
            byPoint[3] = fy * along * point.X * point.Y;
            byPoint[4] = fy * (scale + (along * point.Y * point.Y));
            byPoint[5] = fy * point.Y * byZ;
        }

        if (!byParameter.IsEmpty)
        {
            byParameter[..16].Clear();
            byParameter[0] = point.X * scale;
            byParameter[9] = point.Y * scale;
            byParameter[2] = 1;
            byParameter[11] = 1;
            double unitX = onAxis ? 0 : point.X / r, unitY = onAxis ? 0 : point.Y / r;
            double power = theta;
            for (int i = 0; i < 4; i++)
            {
                power *= theta * theta;
                byParameter[4 + i] = fx * unitX * power;
                byParameter[12 + i] = fy * unitY * power;
            }
        }

        return double.IsFinite(u + v);
    }

    public override bool Unproject(ReadOnlySpan<double> parameters, double u, double v, out Vector3d direction)
    {
        double x = (u - parameters[2]) / parameters[0], y = (v - parameters[3]) / parameters[1];
        double target = Math.Sqrt((x * x) + (y * y));
        double theta = Math.Min(target, Math.PI / 2);
        bool found = false;
        for (int i = 0; i < 50 && !found; i++)
        {
            double error = target - Bend(parameters, theta, out double slope);
            if (!(slope > 1e-9))
            {
                break;
            }

            double step = Math.Clamp(error / slope, -0.5, 0.5);
            theta += step;
            found = Math.Abs(step) < 1e-14 * (1 + theta);
        }

        double sine = target > 0 ? Math.Sin(theta) / target : 0;
        direction = new Vector3d(x * sine, y * sine, Math.Cos(theta)).Normalized();
        return found && theta is >= 0 and <= Math.PI && GrowsUpTo(parameters, theta);
    }

    private static double Bend(ReadOnlySpan<double> parameters, double theta, out double slope)
    {
        double k1 = parameters[4], k2 = parameters[5], k3 = parameters[6], k4 = parameters[7];
        double t2 = theta * theta;
        slope = 1 + (t2 * ((3 * k1) + (t2 * ((5 * k2) + (t2 * ((7 * k3) + (9 * t2 * k4)))))));
        return theta * (1 + (t2 * (k1 + (t2 * (k2 + (t2 * (k3 + (t2 * k4))))))));
    }

    private static bool GrowsUpTo(ReadOnlySpan<double> parameters, double theta)
    {
        for (int part = 1; part <= 8; part++)
        {
            Bend(parameters, theta * part / 8, out double slope);
            if (slope <= 0)
            {
                return false;
            }
        }

        return true;
    }
}
