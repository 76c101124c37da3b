using System.Runtime.InteropServices;

namespace Capture.Core.Time;

// How the fit at close follows a clock that wanders, and where its sigma comes from.
//
// Of each stretch of readings (Corridor.cs: the tightest high and, two-way, the tightest low) one measurement of θ is made: the middle of the two, or the high alone.
// The clock's state is (θ, rate); the rate walks at random with intensity q (the usual model of an oscillator: NTP's frequency wander; Galleani 2008). A Kalman filter forwards and the
// Rauch-Tung-Striebel smoother backwards give θ, its rate and their covariance at every instant, from readings on both sides.
//
// Nothing in it is set by hand:
//   weights    a two-way measurement whose round trip is e above the shortest is uniform in ±e/2 when jitter has a density at its lower end, so its variance goes with e² (minimum-RTT
//              selection, made soft). One-way: e above the least of the neighbours. Stalls weigh nothing.
//   scale      of the noise: from the filter's own innovations.
//   q          the likelihood of the innovations over a grid of q; estimates are averaged over the grid by it (so a flat likelihood widens sigma instead of choosing).
//   edge       the measurements lie above the true edge by the mean of a minimum. Minima over 1, 2, 4, 8 … stretches fall towards the edge like a geometric series
//              (extreme values of Weibull type, whatever the shape): its limit is the edge. What the extrapolation moved is taken as its own error. LowerEdge.cs.
//
// So sigma² = smoother's variance (averaged over q) + the edge's. It assumes: two-way, the shortest delays there and back are alike; one-way, the shortest is the declared Min. The bound assumes neither.

/// <summary>The clock's offset and rate at one device time, with their covariance. ns, and ns per ns.</summary>
/// <param name="Walk">Intensity of the rate's random walk, per ns.</param>
internal readonly record struct ShapePoint(double X, double Theta, double Rate, double Variance, double Covariance, double RateVariance, double Walk)
{
    public double ThetaAt(double x) => Theta + (Rate * (x - X));

    /// <summary>Standard deviation at another time: the rate's error and the walk since then add to it.</summary>
    public double SigmaAt(double x)
    {
        double d = Math.Abs(x - X);
        double signed = x - X;
        return Math.Sqrt(Math.Max(0, Variance + (2 * Covariance * signed) + (RateVariance * d * d) + (Walk * d * d * d / 3)));
    }
}

internal sealed class ClockShape
{
    // Seconds and microseconds inside: rates in ppm, walks in ppm² per second, and numbers near 1.
    private const double Second = 1e9;
    private const double Micro = 1e3;

    // Intensities of the walk, ppm²/s: a tenth of a ppm after an hour … ten ppm after a second.
    private const double LeastWalk = 1e-6;
    private const double WalkStep = 3.1622776601683795;
    private const int Walks = 17;

    private const int FewestForWalk = 8;

    private readonly double _priorPpm;
    private readonly double _floor;
    private readonly List<double> _x = [];
    private readonly List<double> _value = [];
    private readonly List<double> _weight = [];
    private readonly List<int> _query = [];
    private double _scale;
    private State[] _filtered = [];
    private State[] _predicted = [];

    private ClockShape(in CorridorModel model)
    {
        _priorPpm = model.PriorDrift * 1e6 * 2;
        _floor = Math.Max((model.Slack - CorridorModel.LeastSlack) / Math.Sqrt(12) / Micro, 0.05);
    }

    /// <summary>Solves at each of <paramref name="queries"/> (ascending).</summary>
    /// <param name="c">One reading a stretch, by device time.</param>
    /// <param name="polled">The host looks for arrivals only every so often.</param>
    public static ShapePoint[] Solve(in Constraints c, ReadOnlySpan<double> queries, bool twoSided, bool polled, in CorridorModel model)
    {
        ClockShape shape = new(model);
        shape.Measure(c, twoSided);
        shape.Place(queries);
        ShapePoint[] points = shape.Average(queries.Length);
        shape.MoveToEdge(c, twoSided, polled, points);
        return points;
    }

    private void Measure(in Constraints c, bool twoSided)
    {
        List<double> excess = [];
        List<double> raw = [];
        for (int i = 0; i < c.High.Length; i++)
        {
            bool both = twoSided && double.IsFinite(c.Low[i]);
            if (!double.IsFinite(c.High[i]) || (twoSided && !both))
            {
                continue;
            }

            _x.Add((twoSided ? 0.5 * (c.HighX[i] + c.LowX[i]) : c.HighX[i]) / Second);
            _value.Add((twoSided ? 0.5 * (c.High[i] + c.Low[i]) : c.High[i]) / Micro);
            raw.Add((twoSided ? c.High[i] - c.Low[i] : c.High[i]) / Micro);
        }

        // Above the least of the neighbours; the round trip's least is that of a longer while.
        int reach = twoSided ? 60 : 5;
        double slope = twoSided ? 0 : RobustSlope(raw);
        for (int i = 0; i < raw.Count; i++)
        {
            double least = double.PositiveInfinity;
            for (int j = Math.Max(0, i - reach); j <= Math.Min(raw.Count - 1, i + reach); j++)
            {
                least = Math.Min(least, raw[j] - (slope * (_x[j] - _x[i])));
            }

            excess.Add(raw[i] - least);
        }

        double[] sorted = [.. excess];
        Array.Sort(sorted);
        double usual = sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
        foreach (double e in excess)
        {
            double deviation = ((e + (0.5 * usual)) / Math.Sqrt(12)) + _floor;
            _weight.Add(deviation * deviation);
        }
    }

    // Median of the slopes between halves: good enough to see which of ten neighbours is least.
    private double RobustSlope(List<double> raw)
    {
        int half = raw.Count / 2;
        if (half < 2)
        {
            return 0;
        }

        double[] slopes = new double[half];
        for (int i = 0; i < half; i++)
        {
            slopes[i] = (raw[i + half] - raw[i]) / Math.Max(1e-9, _x[i + half] - _x[i]);
        }

        Array.Sort(slopes);
        return slopes[half / 2];
    }

    // Queries become points of the timeline that measure nothing.
    private void Place(ReadOnlySpan<double> queries)
    {
        List<(double X, double Value, double Weight, int Query)> all = new(_x.Count + queries.Length);
        for (int i = 0; i < _x.Count; i++)
        {
            all.Add((_x[i], _value[i], _weight[i], -1));
        }

        for (int i = 0; i < queries.Length; i++)
        {
            all.Add((queries[i] / Second, 0, double.PositiveInfinity, i));
        }

        all.Sort((a, b) => a.X.CompareTo(b.X));
        _x.Clear();
        _value.Clear();
        _weight.Clear();
        foreach ((double x, double value, double weight, int query) in all)
        {
            _x.Add(x);
            _value.Add(value);
            _weight.Add(weight);
            _query.Add(query);
        }

        _filtered = new State[all.Count];
        _predicted = new State[all.Count];
    }

    private ShapePoint[] Average(int queries)
    {
        Span<double> likelihood = stackalloc double[Walks];
        Span<double> scale = stackalloc double[Walks];
        int measured = CollectionsMarshal.AsSpan(_query).Count(-1);
        int walks = measured < FewestForWalk ? 1 : Walks;
        double best = double.NegativeInfinity;
        for (int w = 0; w < walks; w++)
        {
            (likelihood[w], scale[w]) = Filter(WalkAt(w, walks));
            best = Math.Max(best, likelihood[w]);
        }

        double sum = 0;
        for (int w = 0; w < walks; w++)
        {
            // What weighs next to nothing is left out, so that a wild walk's rounding cannot count.
            double weight = Math.Exp(likelihood[w] - best);
            likelihood[w] = weight < 1e-3 ? 0 : weight;
            sum += likelihood[w];
        }

        ShapePoint[] points = new ShapePoint[queries];
        double[] spread = new double[queries];
        for (int w = 0; w < walks; w++)
        {
            double p = likelihood[w] / sum;
            if (p == 0)
            {
                continue;
            }

            double walk = WalkAt(w, walks);
            _scale += p * scale[w];
            Filter(walk);
            Smooth();
            for (int i = 0; i < _x.Count; i++)
            {
                if (_query[i] >= 0)
                {
                    Take(ref points[_query[i]], ref spread[_query[i]], _filtered[i], _x[i], p, scale[w], walk);
                }
            }
        }

        for (int i = 0; i < queries; i++)
        {
            double mean = points[i].Theta / Micro;
            points[i] = points[i] with { Variance = points[i].Variance + (Math.Max(0, spread[i] - (mean * mean)) * Micro * Micro) };
        }

        return points;
    }

    private static double WalkAt(int w, int walks) => walks == 1 ? 1e-3 : LeastWalk * Math.Pow(WalkStep, w);

    private static void Take(ref ShapePoint point, ref double squares, in State s, double x, double p, double scale, double walk)
    {
        squares += p * s.Theta * s.Theta;
        point = new ShapePoint(
            x * Second,
            point.Theta + (p * s.Theta * Micro),
            point.Rate + (p * s.Rate * 1e-6),
            point.Variance + (p * s.P00 * scale * Micro * Micro),
            point.Covariance + (p * s.P01 * scale * Micro * 1e-6),
            point.RateVariance + (p * s.P11 * scale * 1e-12),
            point.Walk + (p * walk * scale * 1e-12 / Second));
    }

    // Forwards. Log likelihood with the scale of all variances at its best, and that scale.
    private (double LogLikelihood, double Scale) Filter(double walk)
    {
        int start = _weight.FindIndex(double.IsFinite);
        State s = new(start < 0 ? 0 : _value[start], 0, 1e10, 0, _priorPpm * _priorPpm);
        double logs = 0;
        double squares = 0;
        double precise = 0;
        double precision = 0;
        int n = 0;
        bool first = true;
        double before = _x.Count > 0 ? _x[0] : 0;
        for (int i = 0; i < _x.Count; i++)
        {
            s = s.After(_x[i] - before, walk);
            before = _x[i];
            _predicted[i] = s;
            if (double.IsFinite(_weight[i]))
            {
                double total = s.P00 + _weight[i];
                double innovation = _value[i] - s.Theta;
                if (!first)
                {
                    logs += Math.Log(total);
                    squares += innovation * innovation / total;
                    precise += innovation * innovation / (total * total);
                    precision += 1 / total;
                    n++;
                }

                first = false;
                s = s.With(innovation, total);
            }

            _filtered[i] = s;
        }

        if (n < FewestForWalk)
        {
            return (-0.5 * (logs + squares), Math.Max(1, n == 0 ? 1 : squares / n));
        }

        // By precision, as the estimate weighs them (the sandwich of a weighted mean): the variance is then right even where the weights are not.
        double scale = squares / n;
        return (-0.5 * ((n * Math.Log(Math.Max(scale, 1e-12))) + logs), precise / precision);
    }

    // Backwards (Rauch, Tung, Striebel 1965), in place.
    private void Smooth()
    {
        for (int i = _x.Count - 2; i >= 0; i--)
        {
            _filtered[i] = _filtered[i].Smoothed(_x[i + 1] - _x[i], _predicted[i + 1], _filtered[i + 1]);
        }
    }

    private void MoveToEdge(in Constraints c, bool twoSided, bool polled, ShapePoint[] points)
    {
        if (points.Length == 0)
        {
            return;
        }

        (double high, double highError) = LowerEdge.Of(c.HighX, c.High, 1, points, polled);
        (double low, double lowError) = twoSided ? LowerEdge.Of(c.LowX, c.Low, -1, points, polled: false) : (0, 0);
        double shift = twoSided ? 0.5 * (high - low) : high;

        // Two-way, what the shape is off by moves both edges alike and leaves their middle: the bench clocks show six tenths of the variance that two edges of their own would have.
        double variance = twoSided ? 0.6 * 0.25 * ((highError * highError) + (lowError * lowError)) : highError * highError;
        double floor = _floor * Micro;

        // An error that all of the shape has in common is taken off with the edge: that of a mean of all measurements.
        double common = CommonVariance() * Micro * Micro;
        for (int i = 0; i < points.Length; i++)
        {
            double bent = Math.Max(points[i].Variance - common, 0.25 * points[i].Variance);
            points[i] = points[i] with { Theta = points[i].Theta + shift, Variance = bent + variance + (floor * floor) };
        }
    }

    private double CommonVariance()
    {
        double precision = 0;
        foreach (double w in _weight)
        {
            precision += 1 / w;
        }

        return precision > 0 ? _scale / precision : 0;
    }

    /// <summary>µs, ppm.</summary>
    private readonly record struct State(double Theta, double Rate, double P00, double P01, double P11)
    {
        public State After(double d, double walk) => new(
            Theta + (Rate * d),
            Rate,
            P00 + (2 * d * P01) + (d * d * P11) + (walk * d * d * d / 3),
            P01 + (d * P11) + (walk * d * d / 2),
            P11 + (walk * d));

        public State With(double innovation, double total)
        {
            double k0 = P00 / total;
            double k1 = P01 / total;
            return new State(Theta + (k0 * innovation), Rate + (k1 * innovation), P00 - (k0 * P00), P01 - (k0 * P01), P11 - (k1 * P01));
        }

        public State Smoothed(double d, in State predicted, in State next)
        {
            // Gain = P · Fᵀ · predicted⁻¹, F = [1 d; 0 1].
            double a00 = P00 + (d * P01);
            double a01 = P01;
            double a10 = P01 + (d * P11);
            double a11 = P11;
            double determinant = (predicted.P00 * predicted.P11) - (predicted.P01 * predicted.P01);
            if (!(determinant > 0))
            {
                return next with { Theta = next.Theta - (next.Rate * d) };
            }

            double i00 = predicted.P11 / determinant;
            double i01 = -predicted.P01 / determinant;
            double i11 = predicted.P00 / determinant;
            double g00 = (a00 * i00) + (a01 * i01);
            double g01 = (a00 * i01) + (a01 * i11);
            double g10 = (a10 * i00) + (a11 * i01);
            double g11 = (a10 * i01) + (a11 * i11);
            double dTheta = next.Theta - predicted.Theta;
            double dRate = next.Rate - predicted.Rate;
            double d00 = next.P00 - predicted.P00;
            double d01 = next.P01 - predicted.P01;
            double d11 = next.P11 - predicted.P11;
            return new State(
                Theta + (g00 * dTheta) + (g01 * dRate),
                Rate + (g10 * dTheta) + (g11 * dRate),
                P00 + (g00 * ((g00 * d00) + (g01 * d01))) + (g01 * ((g00 * d01) + (g01 * d11))),
                P01 + (g10 * ((g00 * d00) + (g01 * d01))) + (g11 * ((g00 * d01) + (g01 * d11))),
                P11 + (g10 * ((g10 * d00) + (g11 * d01))) + (g11 * ((g10 * d01) + (g11 * d11))));
        }
    }
}
