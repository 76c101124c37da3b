namespace Capture.Core.Time;

// The argument behind every clock of this folder.
//
// Model. Let x be a segment's device time at its nominal rate, and H(x) the host instant at which the device counted x. Write H(x) = x + θ(x).
//   (A1) |θ'| ≤ ρ: the true rate is within MaxDriftPpm of the nominal one.
//   (A2) |θ''| ≤ w: the rate changes by no more than MaxWanderPpmPerMinute.
//   (A3) within a segment the device neither resets nor steps.
// A random walk of the rate has no second derivative; what it does below a second is far under the slack of 1 µs that each constraint is given.
//
// Readings are constraints, whatever the feed.
//   two-way: the device received after the host sent, and sent before the host received:
//            θ(x_receive) ≥ send − x_receive,  θ(x_send) ≤ receive − x_send.                       Causality alone: no assumption of symmetry.
//   one-way: the latency lies between Min and Max:  arrival − Max − x ≤ θ(x) ≤ arrival − Min − x.  True as far as the declaration is.
// A count is known to a tick, so each constraint is moved outwards by one.
//
// Why the bound holds. At any x*, with r = θ'(x*) and d = x − x*, Taylor's theorem and (A2) give θ(x) = θ(x*) + r·d + e, |e| ≤ ½·w·d². So
// (θ(x*), r) is a point of the polygon {low_k − ½wd_k² ≤ θ + r·d_k ≤ high_k + ½wd_k², |r| ≤ ρ}: a linear programme in two variables. The smallest and largest
// θ of the polygon enclose the truth. The bound is the distance from the estimate to the farther of the two. Nothing random went in, so it holds
// whatever the asymmetry. Between readings and after the last one the polygon's own range of rates (at first ±ρ) and ½wd² widen it: it grows as probes stop.
//
// A2 is the assumption that a bound leans on most: its default is forty times what a crystal at rest does. Readings that contradict each other under it prove it wrong of this crystal: at close it is doubled
// until they agree. How tight: with shortest delays there and back of together m, the polygon at x* is m wide as soon as some minutes hold short round trips near x*, so the bound is m/2 plus half
// of what those took longer, the sag to them, the slack: at most 1.2 · m/2 where ten exchanges a second find the minimum within some ten seconds (tested).
//
// The estimate, online. A line under all highs that touches the lower hull's edge at the mean x: the lower envelope (Moon, Skelly, Towsley, "Estimation and Removal
// of Clock Skew from Network Delay Measurements", INFOCOM 1999: linear programme; Zhang, Liu, Xia, INFOCOM 2002: convex hull). Likewise a line
// above all lows. Both give a rate; they are weighed by their scatter and drawn towards nominal (prior: TypicalDriftPpm) while they know little. With the common
// rate each line is pushed onto its points again. One-way: the envelope itself. Two-way: the middle of the two. It is then moved into the polygon's interval.
// The estimate, at close. The same constraints from both sides, through a smoother whose wander, noise and edge are estimated: ClockShape.cs.
//
// Sigma. Assumes: (two-way) the shortest delays there and back are equal; (one-way) the fastest arrivals took Min; above it, delays of the chosen samples are
// independent with a density that does not vanish at its lower end. Online a minimum's error is about the gap to the next smallest ones, which is what is measured. At close: ClockShape.cs.
//
// Events seen on two clocks (a trigger's edge and the exposure it started, an LED and its picture, a click and its sound) are exchanges as well: the device counted the event between the earliest and the latest
// host instant at which it can have happened (ClockExchange.OfEvent). They go through TwoWayClock and ClockFit.TwoWay unchanged.
//
// Related: RFC 5905 (clock filter: least delay; error ≤ half the round trip + drift × age); Marzullo, Owicki 1983 (intersect intervals rather than average points);
// LSL and pyxdf (least-RTT of a burst of probes, robust line afterwards, resets found offline from gaps of 5 s and jumps of 1 s; they state no bound).

/// <summary>The assumptions in the estimators' units (ns, ns per ns, per ns).</summary>
/// <param name="PriorDrift">One standard deviation of the rate before anything is known.</param>
internal readonly record struct CorridorModel(double MaxDrift, double PriorDrift, double WanderPerNanosecond, double Slack)
{
    /// <summary>Of every constraint, ns: what a random walk of the rate does below a second.</summary>
    public const double LeastSlack = 1_000;

    /// <exception cref="ArgumentException">An assumption is out of range.</exception>
    public static CorridorModel From(ClockAssumptions a, double nanosecondsPerTick)
    {
        if (!(a.MaxDriftPpm is > 0 and <= 100_000) || !(a.TypicalDriftPpm > 0) || !(a.MaxWanderPpmPerMinute is >= 0 and <= 100_000) || a.Window <= Duration.Zero || a.RestartAfter < 1)
        {
            throw new ArgumentException(
                $"Clock assumptions must be: drift in (0, 100000] ppm (is {a.MaxDriftPpm}), typically more than 0 (is {a.TypicalDriftPpm}), wander in [0, 100000] ppm/min (is {a.MaxWanderPpmPerMinute}), " +
                $"window > 0 (is {a.Window}), restart after ≥ 1 (is {a.RestartAfter}).",
                nameof(a));
        }

        return new CorridorModel(a.MaxDriftPpm * 1e-6, a.TypicalDriftPpm * 1e-6, a.MaxWanderPpmPerMinute * 1e-6 / 60e9, LeastSlack + nanosecondsPerTick);
    }

    /// <summary>½·w·d²: how far a wandering rate can leave the straight line after <paramref name="d"/> ns.</summary>
    public double Sag(double d) => 0.5 * WanderPerNanosecond * d * d;
}

/// <summary>Constraints by device time: <c>θ(HighX[i]) ≤ High[i]</c> and <c>θ(LowX[i]) ≥ Low[i]</c>; ±∞ where there is none.</summary>
internal readonly ref struct Constraints(ReadOnlySpan<double> highX, ReadOnlySpan<double> high, ReadOnlySpan<double> lowX, ReadOnlySpan<double> low)
{
    public readonly ReadOnlySpan<double> HighX = highX;
    public readonly ReadOnlySpan<double> High = high;
    public readonly ReadOnlySpan<double> LowX = lowX;
    public readonly ReadOnlySpan<double> Low = low;
}

/// <summary>The polygon's extent as seen from <c>At</c>: offsets there, and rates.</summary>
/// <param name="Feasible">False when the constraints contradict each other; the interval is then that of the least contradiction.</param>
internal readonly record struct Corridor(double At, double Lower, double Upper, double RateMin, double RateMax, bool Feasible)
{
    /// <summary>The offsets possible at <paramref name="x"/>.</summary>
    public (double Lower, double Upper) Interval(double x, in CorridorModel model)
    {
        double d = x - At;
        double sag = model.Sag(d);
        double drift = model.MaxDrift * Math.Abs(d);

        // Beyond some distance (A1) says more than (A2).
        double up = Math.Min(d >= 0 ? (RateMax * d) + sag : (RateMin * d) + sag, drift);
        double down = Math.Min(d >= 0 ? sag - (RateMin * d) : sag - (RateMax * d), drift);
        return (Lower - down, Upper + up);
    }

    /// <summary>Solves the linear programme at <paramref name="at"/>. O(constraints · steps of bisection).</summary>
    public static Corridor Solve(in Constraints c, double at, in CorridorModel model)
    {
        double least = -model.MaxDrift;
        double most = model.MaxDrift;

        // The width f(r) − g(r) of the corridor at rate r is concave: look for any rate where it is not negative.
        double a = least;
        double b = most;
        double inside = double.NaN;
        double best = 0;
        double bestWidth = double.NegativeInfinity;
        for (int i = 0; i < 60 && double.IsNaN(inside); i++)
        {
            double r1 = a + ((b - a) / 3);
            double r2 = b - ((b - a) / 3);
            double w1 = Width(c, at, r1, model);
            double w2 = Width(c, at, r2, model);
            if (w1 >= 0 || w2 >= 0)
            {
                inside = w1 >= w2 ? r1 : r2;
            }

            if (Math.Max(w1, w2) > bestWidth)
            {
                bestWidth = Math.Max(w1, w2);
                best = w1 >= w2 ? r1 : r2;
            }

            if (w1 < w2)
            {
                a = r1;
            }
            else
            {
                b = r2;
            }
        }

        if (double.IsNaN(inside))
        {
            double f = Ceiling(c, at, best, model);
            double g = Floor(c, at, best, model);
            return new Corridor(at, Math.Min(f, g), Math.Max(f, g), best, best, Feasible: false);
        }

        least = Edge(c, at, inside, least, model);
        most = Edge(c, at, inside, most, model);
        return new Corridor(at, -Peak(c, at, least, most, model, upper: false), Peak(c, at, least, most, model, upper: true), least, most, Feasible: true);
    }

    // The rate nearest to `limit` at which the corridor is still open; its outer side, so that nothing possible is cut off.
    private static double Edge(in Constraints c, double at, double inside, double limit, in CorridorModel model)
    {
        if (Width(c, at, limit, model) >= 0)
        {
            return limit;
        }

        for (int i = 0; i < 30; i++)
        {
            double middle = 0.5 * (inside + limit);
            if (Width(c, at, middle, model) >= 0)
            {
                inside = middle;
            }
            else
            {
                limit = middle;
            }
        }

        return limit;
    }

    // The largest ceiling (or largest −floor) over the rates from a to b: concave, so thirds find it.
    private static double Peak(in Constraints c, double at, double a, double b, in CorridorModel model, bool upper)
    {
        double best = Math.Max(Value(c, at, a, model, upper), Value(c, at, b, model, upper));
        for (int i = 0; i < 40 && !double.IsInfinity(best); i++)
        {
            double r1 = a + ((b - a) / 3);
            double r2 = b - ((b - a) / 3);
            double v1 = Value(c, at, r1, model, upper);
            double v2 = Value(c, at, r2, model, upper);
            best = Math.Max(best, Math.Max(v1, v2));
            if (v1 < v2)
            {
                a = r1;
            }
            else
            {
                b = r2;
            }
        }

        return best;
    }

    private static double Value(in Constraints c, double at, double r, in CorridorModel model, bool upper) =>
        upper ? Ceiling(c, at, r, model) : -Floor(c, at, r, model);

    private static double Width(in Constraints c, double at, double r, in CorridorModel model) => Ceiling(c, at, r, model) - Floor(c, at, r, model);

    private static double Ceiling(in Constraints c, double at, double r, in CorridorModel model)
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i < c.High.Length; i++)
        {
            double d = c.HighX[i] - at;
            least = Math.Min(least, c.High[i] + model.Sag(d) - (r * d));
        }

        return least + model.Slack;
    }

    private static double Floor(in Constraints c, double at, double r, in CorridorModel model)
    {
        double most = double.NegativeInfinity;
        for (int i = 0; i < c.Low.Length; i++)
        {
            double d = c.LowX[i] - at;
            most = Math.Max(most, c.Low[i] - model.Sag(d) - (r * d));
        }

        return most - model.Slack;
    }
}
