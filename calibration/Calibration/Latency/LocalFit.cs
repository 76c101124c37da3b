namespace Calibration.Latency;

/// <summary>Weights of a local parabola: value and slope at an instant as weighted sums of the samples around it.</summary>
/// <param name="reachNs">Samples further away than this take no part.</param>
internal sealed class LocalFit(long[] times, double reachNs)
{
    /// <summary>Most samples that take part.</summary>
    public const int Most = 24;

    private const int Least = 4;

    /// <param name="value">Σ value[i] · y[first + i] is the fitted value.</param>
    /// <param name="slope">The same for the slope per nanosecond.</param>
    /// <returns>False where too few samples are near, or none on one side.</returns>
    public bool TryWeights(double atNs, Span<double> value, Span<double> slope, out int first, out int count)
    {
        count = 0;
        first = FirstAtOrAfter(atNs - reachNs);
        int end = first;
        while (end < times.Length && times[end] <= atNs + reachNs)
        {
            end++;
        }

        // Of a burst of samples the middle ones.
        if (end - first > Most)
        {
            int middle = FirstAtOrAfter(atNs);
            first = Math.Clamp(middle - (Most / 2), first, end - Most);
            end = first + Most;
        }

        count = end - first;
        if (count < Least || times[first] > atNs || times[end - 1] < atNs)
        {
            return false;
        }

        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0;
        Span<double> w = stackalloc double[Most];
        double left = double.NegativeInfinity, right = double.PositiveInfinity;
        for (int i = 0; i < count; i++)
        {
            double x = (times[first + i] - atNs) / reachNs;
            left = x <= 0 ? x : left;
            right = x >= 0 && double.IsPositiveInfinity(right) ? x : right;
            double cube = 1 - Math.Abs(x * x * x);
            double weight = Math.Max(0, cube * cube * cube);
            w[i] = weight;
            s0 += weight;
            s1 += weight * x;
            s2 += weight * x * x;
            s3 += weight * x * x * x;
            s4 += weight * x * x * x * x;
        }

        // A hole around the instant: what lies in it was not seen.
        double determinant = (s0 * ((s2 * s4) - (s3 * s3))) - (s1 * ((s1 * s4) - (s3 * s2))) + (s2 * ((s1 * s3) - (s2 * s2)));
        if (right - left > 0.7 || Math.Abs(determinant) < 1e-9)
        {
            return false;
        }

        // Rows of the inverse of the normal matrix: the first gives the value, the second the slope.
        double a0 = ((s2 * s4) - (s3 * s3)) / determinant;
        double a1 = -((s1 * s4) - (s2 * s3)) / determinant;
        double a2 = ((s1 * s3) - (s2 * s2)) / determinant;
        double b1 = ((s0 * s4) - (s2 * s2)) / determinant;
        double b2 = -((s0 * s3) - (s1 * s2)) / determinant;
        for (int i = 0; i < count; i++)
        {
            double x = (times[first + i] - atNs) / reachNs;
            value[i] = w[i] * (a0 + (a1 * x) + (a2 * x * x));
            slope[i] = w[i] * (a1 + (b1 * x) + (b2 * x * x)) / reachNs;
        }

        return true;
    }

    private int FirstAtOrAfter(double ns)
    {
        int low = 0;
        int high = times.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (times[middle] < ns)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
