namespace Capture.Core.Time;

/// <summary>
/// The straight line through a corridor: a common rate, the support under the highs and the support above the lows (both at x = <c>At</c>).
/// See "The estimate" and "Sigma" in Corridor.cs.
/// </summary>
/// <param name="Middle">Mean x of the readings: the rate's error counts from here.</param>
/// <param name="SlopeSigma">Of the rate; the prior's when nothing is known.</param>
internal readonly record struct EnvelopeLine(double At, double Slope, double High, double Low, double HighSigma, double LowSigma, double SlopeSigma, double Middle)
{
    /// <summary>Fewer readings than this make no rate.</summary>
    public const int FewestForRate = 4;

    public double Value(double x, bool twoSided) => (twoSided ? 0.5 * (High + Low) : High) + (Slope * (x - At));

    public double Sigma(double x, bool twoSided, in CorridorModel model)
    {
        double offset = twoSided ? 0.5 * Math.Sqrt((HighSigma * HighSigma) + (LowSigma * LowSigma)) : HighSigma;
        double rate = SlopeSigma * (x - Middle);

        // The wander that is usual is taken as a third of the wander that is allowed.
        double wander = model.Sag(x - Middle) / 3;
        return Math.Sqrt((offset * offset) + (rate * rate) + (wander * wander) + (model.Slack * model.Slack / 12));
    }

    /// <param name="scratch">This and <paramref name="heights"/>: at least as long as the longer side of the constraints.</param>
    /// <param name="priorDrift">How far, typically, the rate is from nominal.</param>
    /// <param name="rateMin">Rates outside the corridor's own are not considered.</param>
    public static EnvelopeLine Fit(in Constraints c, double at, double rateMin, double rateMax, double priorDrift, Span<int> scratch, Span<double> heights)
    {
        (double highSlope, double highSigma, double highMiddle) = HullSlope(c.HighX, c.High, 1, scratch, heights);
        (double lowSlope, double lowSigma, double lowMiddle) = HullSlope(c.LowX, c.Low, -1, scratch, heights);
        double highWeight = 1 / (highSigma * highSigma);
        double lowWeight = 1 / (lowSigma * lowSigma);
        double priorWeight = 1 / (priorDrift * priorDrift);
        double weight = highWeight + lowWeight + priorWeight;
        double slope = Math.Clamp(((highSlope * highWeight) + (lowSlope * lowWeight)) / weight, rateMin, rateMax);
        double middle = double.IsNaN(lowMiddle) ? highMiddle : double.IsNaN(highMiddle) ? lowMiddle : 0.5 * (highMiddle + lowMiddle);
        (double high, double highGap) = Support(c.HighX, c.High, 1, at, slope);
        (double low, double lowGap) = Support(c.LowX, c.Low, -1, at, slope);
        double half = double.IsFinite(high - low) ? (high - low) / Math.Sqrt(12) : double.NaN;
        return new EnvelopeLine(
            at,
            slope,
            high,
            low,
            double.IsNaN(highGap) ? half : highGap,
            double.IsNaN(lowGap) ? half : lowGap,
            Math.Min(1 / Math.Sqrt(weight), 0.5 * (rateMax - rateMin)),
            middle);
    }

    // Slope of the hull's edge over the mean x (Andrew's monotone chain), and how well the points pin it down.
    private static (double Slope, double Sigma, double Middle) HullSlope(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double sign, Span<int> hull, Span<double> heights)
    {
        int size = 0;
        int used = 0;
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (double.IsInfinity(y[i]))
            {
                continue;
            }

            used++;
            sum += x[i];
            if (size > 0 && x[i] <= x[hull[size - 1]])
            {
                // The same instant twice: the tighter one stays.
                if (sign * y[i] >= sign * y[hull[size - 1]])
                {
                    continue;
                }

                size--;
            }

            while (size >= 2 && Above(x, y, sign, hull[size - 2], hull[size - 1], i))
            {
                size--;
            }

            hull[size++] = i;
        }

        if (used == 0)
        {
            return (0, double.PositiveInfinity, double.NaN);
        }

        double middle = sum / used;
        if (used < FewestForRate || size < 2)
        {
            return (0, double.PositiveInfinity, middle);
        }

        int edge = 1;
        while (edge < size - 1 && x[hull[edge]] < middle)
        {
            edge++;
        }

        int p = hull[edge - 1];
        int q = hull[edge];
        double slope = (y[q] - y[p]) / (x[q] - x[p]);

        // The usual gap between neighbouring minima, from the lower quarter: what lies far above says nothing about the envelope.
        int n = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (!double.IsInfinity(y[i]))
            {
                heights[n++] = sign * (y[i] - y[p] - (slope * (x[i] - x[p])));
            }
        }

        int quarter = Math.Max(FewestForRate, n / 4);
        double gap = Math.Max(0, Smallest(heights[..n], quarter - 1)) / quarter;
        return (slope, ((3 * gap) + 1_000) / (x[q] - x[p]), middle);
    }

    // The value at place k of the sorted order (Hoare's selection). The library's sort allocates on its first use, which may be in an armed recorder.
    private static double Smallest(Span<double> values, int k)
    {
        int from = 0;
        int to = values.Length - 1;
        while (from < to)
        {
            double pivot = values[(from + to) >>> 1];
            int i = from;
            int j = to;
            while (i <= j)
            {
                while (values[i] < pivot)
                {
                    i++;
                }

                while (values[j] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }

            if (k <= j)
            {
                to = j;
            }
            else if (k >= i)
            {
                from = i;
            }
            else
            {
                break;
            }
        }

        return values[k];
    }

    // Whether b lies on or above the line from a to c, seen along `sign`.
    private static bool Above(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double sign, int a, int b, int c) =>
        sign * (((y[b] - y[a]) * (x[c] - x[a])) - ((y[c] - y[a]) * (x[b] - x[a]))) >= 0;

    // The line of this slope that touches the points from outside, at `at`; and half the distance to the third nearest point.
    private static (double Offset, double Gap) Support(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double sign, double at, double slope)
    {
        double first = double.PositiveInfinity;
        double second = double.PositiveInfinity;
        double third = double.PositiveInfinity;
        for (int i = 0; i < x.Length; i++)
        {
            double v = sign * (y[i] - (slope * (x[i] - at)));
            if (v < first)
            {
                (first, second, third) = (v, first, second);
            }
            else if (v < second)
            {
                (second, third) = (v, second);
            }
            else if (v < third)
            {
                third = v;
            }
        }

        return (sign * first, double.IsInfinity(third) ? double.NaN : 0.5 * (third - first));
    }
}
