namespace Capture.Episodes.SyncCheck;

/// <summary>
/// When a gripper that closes meets something: the end of the closing. It comes to rest smoothly and a servo counts in steps, so the end is not where the reading stops changing (that is up to some 20 ms
/// early) but where the approach, drawn out, arrives: the n-th root of the way still to go is nearly straight in time, for n = 1 (a hard stop), 2 (braked evenly) or 3 (braked evenly to no acceleration).
/// </summary>
internal static class Contacts
{
    private const long RestNs = 80_000_000;
    private const double LeastShare = 0.15;
    private const double StillShare = 0.004;

    /// <summary>Instants at which a closing ended, ns of episode time.</summary>
    /// <param name="opening">Not smoothed: a moving mean bends the end.</param>
    public static List<long> Find(long[] times, double[] opening)
    {
        var contacts = new List<long>();
        if (times.Length < 10)
        {
            return contacts;
        }

        double range = opening.Max() - opening.Min();
        if (range <= 0)
        {
            return contacts;
        }

        // A closing: from its widest down to a rest, by more than a seventh of the whole range.
        double still = StillShare * range;
        int start = 0;
        for (int i = 0; i < times.Length; i++)
        {
            if (opening[i] >= opening[start])
            {
                start = i;
            }
            else if (RestsUntil(times, opening, i, still) is { } rest)
            {
                if (opening[start] - opening[rest] > LeastShare * range && End(times, opening, start, rest) is { } end)
                {
                    contacts.Add(end);
                }

                start = i = rest;
            }
        }

        return contacts;
    }

    /// <summary>The end of a rest that begins at a row; null where none does.</summary>
    private static int? RestsUntil(long[] times, double[] opening, int from, double still)
    {
        for (int k = from + 1; k < times.Length && Math.Abs(opening[k] - opening[from]) <= still; k++)
        {
            if (times[k] - times[from] >= RestNs)
            {
                return k;
            }
        }

        return null;
    }

    private static long? End(long[] times, double[] opening, int start, int end)
    {
        double rest = opening[end];
        double whole = opening[start] - rest;
        int first = end;
        while (first > start && opening[first] - rest < 0.6 * whole)
        {
            first--;
        }

        int last = end;
        while (last > first && opening[last] - rest < 0.01 * whole)
        {
            last--;
        }

        if (last - first < 5)
        {
            return null;
        }

        double bestError = double.MaxValue;
        double? best = null;
        // A smooth end fits a lower root too, but touches zero there and is badly placed: the lower root must fit far better.
        foreach (int root in new[] { 3, 2, 1 })
        {
            (double Error, double? Zero) fit = Fit(times, opening, rest, first, last, root);
            if (fit.Zero is not null && fit.Error < bestError / 2)
            {
                (bestError, best) = (fit.Error, fit.Zero);
            }
        }

        return best is { } ns && Math.Abs(ns) < 200e6 ? times[last] + (long)ns : null;
    }

    /// <summary>A parabola through the root of the way to go; where it reaches zero, ns after the last point, and how far off the way itself it is.</summary>
    private static (double Error, double? Zero) Fit(long[] times, double[] opening, double rest, int first, int last, int root)
    {
        double[] s = new double[5];
        double[] r = new double[3];
        for (int i = first; i <= last; i++)
        {
            double t = (times[i] - times[last]) / 1e8;
            double z = Math.Pow(opening[i] - rest, 1.0 / root);
            double weight = Math.Pow(opening[i] - rest, 2 * (1 - (1.0 / root)));
            for (int k = 0; k < 5; k++)
            {
                s[k] += weight * Math.Pow(t, k);
            }

            for (int k = 0; k < 3; k++)
            {
                r[k] += weight * z * Math.Pow(t, k);
            }
        }

        double d = Determinant(s[0], s[1], s[2], s[1], s[2], s[3], s[2], s[3], s[4]);
        if (Math.Abs(d) < 1e-30)
        {
            return (double.MaxValue, null);
        }

        double a = Determinant(r[0], s[1], s[2], r[1], s[2], s[3], r[2], s[3], s[4]) / d;
        double b = Determinant(s[0], r[0], s[2], s[1], r[1], s[3], s[2], r[2], s[4]) / d;
        double c = Determinant(s[0], s[1], r[0], s[1], s[2], r[1], s[2], s[3], r[2]) / d;
        double error = 0;
        for (int i = first; i <= last; i++)
        {
            double t = (times[i] - times[last]) / 1e8;
            error += Math.Pow(Math.Pow(Math.Max(a + (b * t) + (c * t * t), 0), root) - (opening[i] - rest), 2);
        }

        // The crossing that the way falls through, the first one after the last point.
        double under = (b * b) - (4 * a * c);
        double zero = Math.Abs(c) < 1e-12 * Math.Abs(b) ? -a / b : under < 0 ? -b / (2 * c) : (2 * a) / (-b + Math.Sqrt(under));
        return double.IsFinite(zero) && zero > -0.5 ? (error, zero * 1e8) : (double.MaxValue, null);
    }

    private static double Determinant(double a, double b, double c, double d, double e, double f, double g, double h, double i) =>
        (a * ((e * i) - (f * h))) - (b * ((d * i) - (f * g))) + (c * ((d * h) - (e * g)));
}
