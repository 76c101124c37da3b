using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Reports;

/// <summary>How far apart two lenses see the same far points, in pixels, over the image.</summary>
/// <remarks>A lens's own frame is arbitrary: the turn between the two frames that makes them agree best is taken out first (least squares over the field; mrcal's "projection diff").</remarks>
public sealed record LensDifference(int Columns, int Rows, double[] Pixels, double TurnRad)
{
    public double MedianPixels => Pixels.Where(double.IsFinite).Order().ElementAtOrDefault(Pixels.Count(double.IsFinite) / 2);

    public double WorstPixels => Pixels.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();

    /// <exception cref="CalibrationException">The image sizes differ.</exception>
    public static LensDifference Between(CameraModel a, CameraModel b)
    {
        if ((a.Width, a.Height) != (b.Width, b.Height))
        {
            throw new CalibrationException(CalibrationProblem.Data, $"one is for {a.Width} × {a.Height} pixels, the other for {b.Width} × {b.Height}", "the two calibrations", "Compare calibrations of the same image size.");
        }

        const int Across = 24;
        int rows = Math.Max(2, (int)Math.Round((double)Across * a.Height / a.Width));
        var rays = new List<Vector3d>();
        var pixels = new List<(double U, double V)>();
        for (int i = 0; i < Across * rows; i++)
        {
            (double u, double v) = ((double)(i % Across) / (Across - 1) * (a.Width - 1), (double)(i / Across) / (rows - 1) * (a.Height - 1));
            rays.Add(a.Unproject(u, v, out Vector3d ray) ? ray : new(double.NaN, 0, 0));
            pixels.Add((u, v));
        }

        Rotation turn = BestTurn(b, rays, pixels);
        double[] apart = [.. rays.Select((ray, i) =>
            ray.IsFinite && b.Project(turn * ray, out double u, out double v) ? Math.Sqrt(((u - pixels[i].U) * (u - pixels[i].U)) + ((v - pixels[i].V) * (v - pixels[i].V))) : double.NaN)];
        return new(Across, rows, apart, turn.Angle);
    }

    private static Rotation BestTurn(CameraModel camera, List<Vector3d> rays, List<(double U, double V)> pixels)
    {
        Rotation turn = Rotation.Identity;
        Span<double> byPoint = stackalloc double[6];
        Span<double> normal = stackalloc double[36];
        Span<double> side = stackalloc double[6];
        for (int iteration = 0; iteration < 20; iteration++)
        {
            normal.Clear();
            side.Clear();
            for (int i = 0; i < rays.Count; i++)
            {
                Vector3d turned = turn * rays[i];
                if (!rays[i].IsFinite || !camera.Lens.Project(camera.Parameters, turned, out double u, out double v, byPoint, []))
                {
                    continue;
                }

                for (int axis = 0; axis < 2; axis++)
                {
                    Vector3d g = Vector3d.Cross(turned, new(byPoint[3 * axis], byPoint[(3 * axis) + 1], byPoint[(3 * axis) + 2]));
                    double residual = axis == 0 ? pixels[i].U - u : pixels[i].V - v;
                    double weight = 1 / (1 + (residual * residual)); // where the two differ wildly, the turn does not follow
                    ReadOnlySpan<double> row = [g.X, g.Y, g.Z];
                    for (int r = 0; r < 3; r++)
                    {
                        side[r] += weight * row[r] * residual;
                        for (int c = 0; c < 3; c++)
                        {
                            normal[(r * 6) + c] += weight * row[r] * row[c];
                        }
                    }
                }
            }

            for (int i = 3; i < 6; i++)
            {
                normal[(i * 6) + i] = 1;
            }

            if (!SmallCholesky.Solve6(normal, side))
            {
                break;
            }

            Vector3d step = new(side[0], side[1], side[2]);
            turn = Rotation.FromRotationVector(step) * turn;
            if (step.Length < 1e-13)
            {
                break;
            }
        }

        return turn;
    }
}
