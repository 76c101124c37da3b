namespace Calibration.Latency;

/// <summary>One place where two streams may fit.</summary>
/// <param name="ShiftNs">Added to the slower stream's stamps.</param>
/// <param name="Correlation">−1 … 1.</param>
internal readonly record struct Peak(long ShiftNs, double Correlation);

/// <summary>
/// Masked, normalised correlation of activity over all shifts: each shift is judged over the samples that both streams saw, with their own means and deviations, so that gaps and a stream that is
/// shorter than the other do not count as rest.
/// </summary>
internal static class ActivityCorrelation
{
    private const long GridNs = 10_000_000;
    private const int AtMostWindows = 2_500;

    // Over fewer windows than this share any two streams correlate.
    private const double LeastShare = 0.3;

    /// <summary>Peaks, the highest first, each at least 0.25 s from a higher one.</summary>
    /// <param name="slow">Middle of each window and its activity.</param>
    /// <param name="fast">Activity of the faster stream around an instant, over a window as long as the slower one's.</param>
    /// <param name="fastFromNs">Range of the faster stream.</param>
    public static List<Peak> Peaks(IReadOnlyList<(long AtNs, double Value)> slow, Func<long, double> fast, long fastFromNs, long fastToNs, long mostNs)
    {
        int step = Math.Max(1, slow.Count / AtMostWindows);
        (long At, double Value)[] points = [.. slow.Where((p, i) => i % step == 0 && double.IsFinite(p.Value))];
        if (points.Length < 8)
        {
            return [];
        }

        int cells = (int)Math.Min(4_000_000, ((fastToNs - fastFromNs) / GridNs) + 1);
        double[] grid = new double[cells];
        for (int i = 0; i < cells; i++)
        {
            grid[i] = fast(fastFromNs + (i * GridNs));
        }

        int reach = (int)(mostNs / GridNs);
        double[] correlation = new double[(2 * reach) + 1];
        for (int shift = -reach; shift <= reach; shift++)
        {
            correlation[shift + reach] = At(points, grid, fastFromNs, shift * GridNs);
        }

        const int Apart = (int)(250_000_000 / GridNs);
        var peaks = new List<Peak>();
        foreach (int i in Enumerable.Range(0, correlation.Length)
            .Where(i => !double.IsNaN(correlation[i]) && IsTop(correlation, i))
            .OrderByDescending(i => correlation[i]))
        {
            if (peaks.TrueForAll(p => Math.Abs((p.ShiftNs / GridNs) + reach - i) > Apart))
            {
                peaks.Add(new Peak((i - reach) * GridNs, correlation[i]));
            }

            if (peaks.Count == 6)
            {
                break;
            }
        }

        return peaks;
    }

    private static bool IsTop(double[] c, int i) => (i == 0 || !(c[i - 1] > c[i])) && (i == c.Length - 1 || !(c[i + 1] > c[i]));

    private static double At((long At, double Value)[] points, double[] grid, long fromNs, long shift)
    {
        double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
        foreach ((long at, double a) in points)
        {
            long cell = (at + shift - fromNs + (GridNs / 2)) / GridNs;
            if (cell < 0 || cell >= grid.Length || double.IsNaN(grid[cell]))
            {
                continue;
            }

            double b = grid[cell];
            n++;
            sa += a;
            sb += b;
            saa += a * a;
            sbb += b * b;
            sab += a * b;
        }

        if (n < Math.Max(8, LeastShare * points.Length))
        {
            return double.NaN;
        }

        double va = saa - (sa * sa / n);
        double vb = sbb - (sb * sb / n);
        return va > 0 && vb > 0 ? (sab - (sa * sb / n)) / Math.Sqrt(va * vb) : double.NaN;
    }
}
