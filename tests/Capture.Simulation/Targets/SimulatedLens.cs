using Capture.Simulation.Scene;

namespace Capture.Simulation.Targets;

/// <summary>
/// A camera's true lens, in the simulator's own formulas (it shares none with what it tests). Pixel (0, 0) is the centre of the top-left pixel; no skew.
/// <code>
/// pinhole            fx fy cx cy
/// brown-conrady-N    + k1 k2 p1 p2 [k3 [k4 k5 k6]], N = 4, 5, 8: D. Brown 1971; with r² = x² + y²
///                      x' = x (1 + k1 r² + k2 r⁴ + k3 r⁶) / (1 + k4 r² + k5 r⁴ + k6 r⁶) + 2 p1 x y + p2 (r² + 2 x²), y' likewise with p1 and p2 exchanged
/// kannala-brandt     + k1 k2 k3 k4: distance from the centre = θ + k1 θ³ + k2 θ⁵ + k3 θ⁷ + k4 θ⁹ (Kannala and Brandt 2006)
/// </code>
/// </summary>
public sealed class SimulatedLens
{
    private readonly double[] _p;

    /// <exception cref="ArgumentException">The model is not known, or has another number of parameters.</exception>
    public SimulatedLens(string model, int width, int height, ReadOnlySpan<double> parameters)
    {
        int count = model switch
        {
            "pinhole" => 4, "brown-conrady-4" => 8, "brown-conrady-5" => 9, "brown-conrady-8" => 12, "kannala-brandt" => 8,
            _ => throw new ArgumentException($"no lens model '{model}'", nameof(model)),
        };
        if (parameters.Length != count)
        {
            throw new ArgumentException($"{model} has {count} parameters, not {parameters.Length}", nameof(parameters));
        }

        (Model, Width, Height, _p) = (model, width, height, parameters.ToArray());
    }

    public string Model { get; }

    public int Width { get; }

    public int Height { get; }

    public IReadOnlyList<double> Parameters => _p;

    private bool IsFisheye => Model == "kannala-brandt";

    /// <summary>Pixel of a point in the camera's frame; false behind a pinhole.</summary>
    public bool Project(Vec3 point, out double u, out double v)
    {
        (u, v) = (double.NaN, double.NaN);
        double x, y;
        if (IsFisheye)
        {
            double r = Math.Sqrt((point.X * point.X) + (point.Y * point.Y));
            double far = Bent(Math.Atan2(r, point.Z));
            (x, y) = r < 1e-12 ? (0, 0) : (far * point.X / r, far * point.Y / r);
        }
        else if (point.Z > 1e-9)
        {
            (x, y) = Distort(point.X / point.Z, point.Y / point.Z);
        }
        else
        {
            return false;
        }

        (u, v) = ((_p[0] * x) + _p[2], (_p[1] * y) + _p[3]);
        return true;
    }

    /// <summary>Direction that is seen at a pixel, of no particular length; false where the lens sees none.</summary>
    public bool Ray(double u, double v, out Vec3 ray)
    {
        double x = (u - _p[2]) / _p[0], y = (v - _p[3]) / _p[1];
        return IsFisheye ? FisheyeRay(x, y, out ray) : PinholeRay(x, y, out ray);
    }

    // Newton's method on two unknowns, the slopes by differences; in steps from the middle, so that it stays on the near side of a fold.
    private bool PinholeRay(double targetX, double targetY, out Vec3 ray)
    {
        const int Steps = 4;
        double x = 0, y = 0;
        for (int step = 1; step <= Steps; step++)
        {
            (double wantedX, double wantedY) = (targetX * step / Steps, targetY * step / Steps);
            for (int i = 0; i < 12; i++)
            {
                const double H = 1e-6;
                (double x0, double y0) = Distort(x, y);
                (double xx, double yx) = Distort(x + H, y);
                (double xy, double yy) = Distort(x, y + H);
                double a = (xx - x0) / H, b = (xy - x0) / H, c = (yx - y0) / H, d = (yy - y0) / H;
                double determinant = (a * d) - (b * c);
                if (!(determinant > 0.02))
                {
                    ray = default;
                    return false;
                }

                (double ex, double ey) = (wantedX - x0, wantedY - y0);
                x += ((d * ex) - (b * ey)) / determinant;
                y += ((a * ey) - (c * ex)) / determinant;
                if (Math.Abs(ex) + Math.Abs(ey) < 1e-12)
                {
                    break;
                }
            }
        }

        (double endX, double endY) = Distort(x, y);
        ray = new Vec3(x, y, 1);
        return Math.Abs(endX - targetX) + Math.Abs(endY - targetY) < 1e-9;
    }

    private bool FisheyeRay(double x, double y, out Vec3 ray)
    {
        double far = Math.Sqrt((x * x) + (y * y));
        double low = 0, high = Math.PI;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Bent(middle) < far ? (middle, high) : (low, middle);
        }

        double sine = Math.Sin(low);
        ray = far < 1e-12 ? new Vec3(0, 0, 1) : new Vec3(sine * x / far, sine * y / far, Math.Cos(low));
        return Math.Abs(Bent(low) - far) < 1e-9;
    }

    private double Bent(double theta)
    {
        double t2 = theta * theta;
        return theta * (1 + (t2 * (_p[4] + (t2 * (_p[5] + (t2 * (_p[6] + (t2 * _p[7]))))))));
    }

    private (double X, double Y) Distort(double x, double y)
    {
        double K(int index) => index < _p.Length ? _p[index] : 0;
        double r2 = (x * x) + (y * y);
        double radial = (1 + (r2 * (K(4) + (r2 * (K(5) + (r2 * K(8))))))) / (1 + (r2 * (K(9) + (r2 * (K(10) + (r2 * K(11)))))));
        double p1 = K(6), p2 = K(7);
        return ((x * radial) + (2 * p1 * x * y) + (p2 * (r2 + (2 * x * x))), (y * radial) + (p1 * (r2 + (2 * y * y))) + (2 * p2 * x * y));
    }
}
