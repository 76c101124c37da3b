using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>Quantiles of small sets.</summary>
internal static class Spread
{
    public static double Median(IEnumerable<double> values) => At(values, 0.5);

    /// <summary>The smallest value that at least this share of all does not exceed.</summary>
    public static double At(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    public static string Quartiles(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return string.Create(CultureInfo.InvariantCulture, $"middle half {At(all, 0.25):0.00}–{At(all, 0.75):0.00} of {all.Length}");
    }
}
