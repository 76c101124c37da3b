using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Intrinsics;

/// <summary>A first guess of a lens from pictures alone.</summary>
/// <remarks>
/// The focal length is searched on a grid with the centre in the middle of the image: for each candidate every view's pose follows in closed form, and the median misfit
/// judges. This needs no image of a whole board, no vanishing points and no perspective image, so that the same code starts a fisheye.
/// </remarks>
internal static class LensStart
{
    private const int MostViews = 20;

    /// <returns>Parameters of the model, distortion zero; null when no focal length explains the views.</returns>
    public static double[]? Find(LensModel lens, int width, int height, IReadOnlyList<Sighting> views)
    {
        Sighting[] sample = Spread(views);
        (double Cost, double Focal) best = (double.PositiveInfinity, 0);
        double side = Math.Max(width, height);
        for (double factor = 0.2; factor < 8; factor *= 1.15)
        {
            double cost = Misfit(lens, Parameters(lens, factor * side, width, height), sample);
            best = cost < best.Cost ? (cost, factor * side) : best;
        }

        if (!double.IsFinite(best.Cost))
        {
            return null;
        }

        double centre = best.Focal;
        for (double factor = 0.9; factor < 1.12; factor += 0.02)
        {
            double cost = Misfit(lens, Parameters(lens, factor * centre, width, height), sample);
            best = cost < best.Cost ? (cost, factor * centre) : best;
        }

        return Parameters(lens, best.Focal, width, height);
    }

    private static double[] Parameters(LensModel lens, double focal, int width, int height)
    {
        double[] parameters = new double[lens.Count];
        (parameters[0], parameters[1], parameters[2], parameters[3]) = (focal, focal, (width - 1) / 2.0, (height - 1) / 2.0);
        return parameters;
    }

    // The views with the most corners tell most; of those, an even choice.
    private static Sighting[] Spread(IReadOnlyList<Sighting> views)
    {
        Sighting[] rich = [.. views.OrderByDescending(v => v.Points.Length).Take(3 * MostViews)];
        int step = Math.Max(1, rich.Length / MostViews);
        return [.. rich.Where((_, i) => i % step == 0)];
    }

    private static double Misfit(LensModel lens, double[] parameters, Sighting[] views)
    {
        var errors = new List<double>();
        foreach (Sighting view in views)
        {
            if (PlanarPose.Initial(lens, parameters, view.Points, view.Uv) is not { } pose)
            {
                errors.Add(double.PositiveInfinity);
                continue;
            }

            double sum = 0;
            for (int i = 0; i < view.Points.Length; i++)
            {
                sum += lens.Project(parameters, pose * view.Points[i], out double u, out double v, [], [])
                    ? Math.Min(1e6, ((u - view.Uv[2 * i]) * (u - view.Uv[2 * i])) + ((v - view.Uv[(2 * i) + 1]) * (v - view.Uv[(2 * i) + 1])))
                    : 1e6;
            }

            errors.Add(Math.Sqrt(sum / view.Points.Length));
        }

        errors.Sort();
        return errors[errors.Count / 2];
    }
}
