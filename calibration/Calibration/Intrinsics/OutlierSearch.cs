using Calibration.Solving;

namespace Calibration.Intrinsics;

/// <summary>Views and corners that do not fit the rest, after a robust fit.</summary>
/// <remarks>
/// A view is spoiled when its own RMS is above <see cref="SpoiledFactor"/> times the median view's and above half a pixel: such a view (moved, bent, half hidden) pulls the lens with
/// all its corners. A corner is wild beyond <see cref="WildFactor"/> robust standard deviations (1.4826 × median absolute residual) of the rest.
/// </remarks>
internal static class OutlierSearch
{
    public const double SpoiledFactor = 4;

    public const double WildFactor = 5;

    /// <summary>RMS of each sighting over its corners in use, pixels.</summary>
    public static double[] RmsOf(Bundle bundle) => [.. bundle.Sightings.Select(s => RmsOf(bundle, s))];

    public static double RmsOf(Bundle bundle, Sighting s)
    {
        double[] residuals = new double[2 * s.Points.Length];
        bundle.Residuals(s, residuals);
        double sum = 0;
        int count = 0;
        for (int i = 0; i < s.Points.Length; i++)
        {
            if (s.Use[i])
            {
                sum += (residuals[2 * i] * residuals[2 * i]) + (residuals[(2 * i) + 1] * residuals[(2 * i) + 1]);
                count++;
            }
        }

        return count == 0 ? double.NaN : Math.Sqrt(sum / count);
    }

    /// <summary>Indices of spoiled sightings, given the RMS of all.</summary>
    public static int[] Spoiled(double[] rms)
    {
        double[] sorted = [.. rms.Where(double.IsFinite).Order()];
        double median = sorted.Length > 0 ? sorted[sorted.Length / 2] : 0;
        return [.. Enumerable.Range(0, rms.Length).Where(i => !double.IsFinite(rms[i]) || rms[i] > Math.Max(0.5, SpoiledFactor * median))];
    }

    /// <summary>Takes wild corners out of use; returns how many.</summary>
    public static int DropWildCorners(Bundle bundle)
    {
        var absolute = new List<double>();
        var all = bundle.Sightings.Select(s =>
        {
            double[] residuals = new double[2 * s.Points.Length];
            bundle.Residuals(s, residuals);
            absolute.AddRange(residuals.Where((_, k) => s.Use[k / 2]).Select(Math.Abs));
            return residuals;
        }).ToArray();
        absolute.Sort();
        double limit = absolute.Count == 0 ? double.MaxValue : WildFactor * 1.4826 * Math.Max(absolute[absolute.Count / 2], 1e-6);
        int dropped = 0;
        for (int k = 0; k < all.Length; k++)
        {
            Sighting s = bundle.Sightings[k];
            for (int i = 0; i < s.Points.Length; i++)
            {
                if (s.Use[i] && !(Math.Abs(all[k][2 * i]) <= limit && Math.Abs(all[k][(2 * i) + 1]) <= limit))
                {
                    s.Use[i] = false;
                    dropped++;
                }
            }
        }

        return dropped;
    }
}
