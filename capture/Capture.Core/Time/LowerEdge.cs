namespace Capture.Core.Time;

/// <summary>The lower end of what lies above a clock's shape: where the shortest delays would be if there were infinitely many readings.</summary>
/// <remarks>
/// The minima of n delays lie above the end by a mean that falls with n as n^(−1/k), k being the order of the delays' distribution at its lower end (extreme values of Weibull type): k = 1 where the density does not
/// vanish there. So minima over 1, 2, 4, 8 … stretches fall like a geometric series, whose ratio is estimated and whose limit is the end.
/// Where the host looks only every so often (USB: each millisecond), a packet waits for the next look besides. The wait is spread evenly over the interval, because the device's instants beat against the looks; short are
/// only those that neither queue nor wait, their density grows from zero, and k is 2 whatever the queue. Then the ratio is known, and the least of all says most: for k = 2 it lies above the end by a mean of
/// √π/2 and with a deviation of 0.463 of the Weibull scale (Johnson, Kotz, Balakrishnan 1994, chapter 21).
/// </remarks>
internal static class LowerEdge
{
    /// <summary>Intervals at which hosts are known to look: USB microframes and frames, and their multiples; timers of 100 Hz. ns.</summary>
    private static readonly double[] s_intervals = [10e6, 8e6, 4e6, 2e6, 1e6, 125e3];

    private const int FewestForPoll = 16;

    // Of a polled minimum's mean above the end: its own deviation (0.463 / 0.886), and how well a scale is known from a dozen minima (a quarter).
    private const double DeviationOfMean = 0.58;

    /// <summary>Whether the arrivals are bunched at even host instants while the instants of the device are not.</summary>
    /// <param name="readings">All, not the shortest alone: those are bunched wherever the device is periodic.</param>
    public static bool IsPolled(List<Reading> readings)
    {
        foreach (double interval in s_intervals)
        {
            if (readings.Count > FewestForPoll && Bunching(readings, interval, 1) > 0.9 && Bunching(readings, interval, 0) < 0.5)
            {
                return true;
            }
        }

        return false;
    }

    // The resultant of the phases' steps (Mardia, Jupp 2000): 1 where all are alike. Of steps, so that looks that drift against the host's clock are seen as well.
    private static double Bunching(List<Reading> readings, double interval, double share)
    {
        double sine = 0;
        double cosine = 0;
        for (int i = 1; i < readings.Count; i++)
        {
            double step = readings[i].HighX - readings[i - 1].HighX + (share * (readings[i].High - readings[i - 1].High));
            (double s, double c) = Math.SinCos(2 * Math.PI * (step % interval) / interval);
            sine += s;
            cosine += c;
        }

        return Math.Sqrt((sine * sine) + (cosine * cosine)) / (readings.Count - 1);
    }

    /// <summary>The lower end of <paramref name="sign"/> · (y − shape), and its standard deviation, ns.</summary>
    public static (double Edge, double Error) Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double sign, ShapePoint[] points, bool polled)
    {
        List<double> level = Above(x, y, sign, points);
        if (level.Count == 0)
        {
            return (0, 0);
        }

        double least = level.Min();
        int readings = level.Count;
        double mean = Mean(level);
        double middle = Median(level);
        double drop = 0;
        double lastDrop = 0;
        double fallen = double.NaN;
        double former = 0;
        double later = 0;
        for (int doubling = 0; doubling < 5 && level.Count >= 8; doubling++)
        {
            List<double> next = [];
            for (int i = 0; i + 1 < level.Count; i += 2)
            {
                next.Add(Math.Min(level[i], level[i + 1]));
            }

            // The ratio from medians, which outliers do not move.
            double middleNext = Median(next);
            if (doubling > 0)
            {
                former += fallen;
                later += middle - middleNext;
            }

            fallen = middle - middleNext;
            middle = middleNext;
            lastDrop = drop;
            drop = mean - Mean(next);
            mean -= drop;
            level = next;
        }

        if (polled && readings >= FewestForPoll)
        {
            // Over two doublings a mean of order 2 halves: what it fell by is what is left. The least of all is one minimum over as many stretches as the last level has minima.
            double left = Math.Max(drop + lastDrop, 0) / Math.Sqrt(level.Count);

            // It is the least also because the shape lies high there.
            double shape = Mean([.. points.Select(p => p.Variance)]);
            return (least - left, Math.Sqrt((left * DeviationOfMean * left * DeviationOfMean) + shape));
        }

        double ratio = former > 0 ? Math.Clamp((0.7 * later / former) + (0.3 * 0.62), 0.5, 0.75) : 0.62;
        double tail = drop * ratio / (1 - ratio);
        double spread = 0;
        foreach (double v in level)
        {
            spread += (v - mean) * (v - mean);
        }

        spread = level.Count > 1 ? spread / (level.Count - 1) / level.Count : tail * tail;

        // The slower the minima converge, the worse the limit is known: an error of the ratio moves it by 1 / (1 − ratio)², and its chance grows with it.
        double error = 0.062 * drop / Math.Pow(1 - ratio, 3);
        return (mean - tail, Math.Max(error, 0.5 * Math.Sqrt(spread)));
    }

    private static List<double> Above(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double sign, ShapePoint[] points)
    {
        List<double> above = [];
        int at = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (double.IsFinite(y[i]))
            {
                while (at + 1 < points.Length && points[at + 1].X <= x[i])
                {
                    at++;
                }

                above.Add(sign * (y[i] - Between(points, at, x[i])));
            }
        }

        return above;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]);
    }

    private static double Mean(List<double> values)
    {
        double sum = 0;
        foreach (double v in values)
        {
            sum += v;
        }

        return sum / values.Count;
    }

    private static double Between(ShapePoint[] points, int at, double x)
    {
        ShapePoint a = points[at];
        if (at + 1 >= points.Length || x < a.X)
        {
            return a.ThetaAt(x);
        }

        ShapePoint b = points[at + 1];
        return a.Theta + ((x - a.X) / (b.X - a.X) * (b.Theta - a.Theta));
    }
}
