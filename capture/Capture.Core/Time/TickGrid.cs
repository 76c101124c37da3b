namespace Capture.Core.Time;

/// <summary>The even spacing of a periodic stream's ticks: <c>Origin + k · Period</c>. Lost, doubled and overtaken samples do not disturb it.</summary>
/// <param name="Period">Ticks.</param>
/// <param name="Tolerance">How far from the grid a sample of it may lie, ticks.</param>
internal readonly record struct TickGrid(DeviceTicks Origin, double Period, double Tolerance)
{
    private const int Fewest = 12;

    /// <summary>Null where the ticks are too few or not evenly spaced: then spacing says nothing.</summary>
    /// <param name="ticks">In any order.</param>
    public static TickGrid? Of(ReadOnlySpan<DeviceTicks> ticks)
    {
        if (ticks.Length < Fewest)
        {
            return null;
        }

        double[] sorted = new double[ticks.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            sorted[i] = ticks[i] - ticks[0];
        }

        Array.Sort(sorted);
        double[] gaps = [.. sorted.Zip(sorted.Skip(1), (a, b) => b - a).Where(g => g > 0)];
        if (gaps.Length < Fewest / 2)
        {
            return null;
        }

        Array.Sort(gaps);
        double period = gaps[gaps.Length / 2];
        (period, double phase) = Refined(sorted, period);
        double[] off = [.. sorted.Select(t => Math.Abs(Off(t - phase, period)))];
        Array.Sort(off);
        double tolerance = (3 * off[(int)(0.9 * off.Length)]) + 2;
        return tolerance < period / 8 ? new TickGrid(ticks[0] + (long)Math.Round(phase), period, tolerance) : null;
    }

    public bool Has(DeviceTicks ticks) => Math.Abs(Off(ticks - Origin, Period)) <= Tolerance;

    public long Slot(DeviceTicks ticks) => (long)Math.Round((ticks - Origin) / Period);

    private static double Off(double t, double period) => t - (Math.Round(t / period) * period);

    // Least squares over the slots, counted from neighbour to neighbour so that an error of the period does not add up.
    private static (double Period, double Phase) Refined(double[] sorted, double period)
    {
        (double n, double sk, double st, double skk, double skt) = (0, 0, 0, 0, 0);
        double k = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            k += i == 0 ? 0 : Math.Round((sorted[i] - sorted[i - 1]) / period);
            n++;
            sk += k;
            st += sorted[i];
            skk += k * k;
            skt += k * sorted[i];
        }

        double determinant = (n * skk) - (sk * sk);
        double slope = determinant > 0 ? ((n * skt) - (sk * st)) / determinant : period;
        return (slope, (st - (slope * sk)) / n);
    }
}
