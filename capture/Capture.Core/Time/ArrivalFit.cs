using System.Collections.Immutable;

namespace Capture.Core.Time;

/// <summary>A place where samples of a periodic stream are missing.</summary>
/// <param name="Before">Index (in the arrivals) of the first sample behind the gap.</param>
/// <param name="Missing">Inferred number of missing samples.</param>
/// <param name="NewSegment">The pause was too long to trust the phase behind it: the fit began anew.</param>
public readonly record struct ArrivalGap(int Before, long Missing, bool NewSegment);

/// <summary>What a fit of arrivals found.</summary>
/// <param name="DriftPpm">Deviation of the period from the declared one, ppm, over the longest segment; null without a rate or with too few samples.</param>
/// <param name="ResidualP50">Lateness over the fit.</param>
/// <param name="CanTellGaps">Whether the jitter was below a fifth of the period. Where not, gaps of few samples may be missing from the list.</param>
public sealed record ArrivalFitResult(ImmutableArray<ArrivalGap> Gaps, double? DriftPpm, Duration ResidualP50, Duration ResidualP99, bool CanTellGaps)
{
    /// <summary>Indices (in the arrivals) of the first sample behind each shift of the sampling's phase by less than a period: the device's clock stepped, or it began anew.</summary>
    public ImmutableArray<int> Shifts { get; init; } = [];

    /// <summary>Smaller shifts cannot be told from jitter; null where none can.</summary>
    public Duration? LeastShift { get; init; }

    /// <summary>Inferred number of missing samples in all.</summary>
    public long Missing => Gaps.Sum(g => g.Missing);
}

/// <summary>Instants for a periodic stream without a device count, fitted at close. No sample is invented, dropped or moved out of its declared latency.</summary>
/// <remarks>
/// A lost sample shifts all later arrivals by a period; a late one shifts only itself. So the smallest lateness of the next arrivals, against the smallest of the last ones, tells the
/// two apart, where the online clock has to guess. A device whose clock steps goes on in another phase: that is a shift of the envelope (LevelShifts.cs), and each phase is fitted by itself. What is less than five
/// times the jitter of the fastest arrivals is not seen (<see cref="ArrivalFitResult.LeastShift"/>); the bound covers it. The envelope is then that of Corridor.cs with knots as in KnottedClock.cs. The instant is moved into
/// [arrival − Max, arrival − Min], and the bound is made of that interval: it holds whatever was inferred. Only where the envelope says that a sample was delivered later than
/// declared, the bound is wider and reaches the envelope too: then either may be true.
/// </remarks>
public static class ArrivalFit
{
    private const double GapThreshold = 0.75;
    private const int LeastLook = 32;
    private const int MostLook = 4_096;

    /// <param name="arrivals">Ascending.</param>
    /// <param name="rateHz">Declared samples a second; null when not periodic: then each instant is its arrival less the smallest latency.</param>
    /// <param name="output">As long as <paramref name="arrivals"/>: one estimate each.</param>
    /// <exception cref="ArgumentException">Lengths differ, arrivals descend, or a value is out of range.</exception>
    public static ArrivalFitResult Fit(
        ReadOnlySpan<HostTime> arrivals,
        double? rateHz,
        LatencyRange? latency,
        Span<TimeEstimate> output,
        ArrivalOptions? options = null)
    {
        LatencyChecks.Require(latency);
        options ??= new ArrivalOptions();
        if (output.Length != arrivals.Length)
        {
            throw new ArgumentException($"There are {arrivals.Length} arrivals but room for {output.Length} estimates; both must be the same.", nameof(output));
        }

        for (int i = 1; i < arrivals.Length; i++)
        {
            if (arrivals[i] < arrivals[i - 1])
            {
                throw new ArgumentException($"Arrivals must ascend, but number {i} ({arrivals[i]}) is before number {i - 1} ({arrivals[i - 1]}).", nameof(arrivals));
            }
        }

        if (rateHz is not { } rate)
        {
            for (int i = 0; i < arrivals.Length; i++)
            {
                output[i] = LatencyChecks.FromArrival(arrivals[i], latency);
            }

            return new ArrivalFitResult([], null, Duration.Zero, Duration.Zero, CanTellGaps: false);
        }

        if (!(rate > 0 && double.IsFinite(rate)))
        {
            throw new ArgumentException($"A sample rate must be a positive number of hertz, but is {rate}.", nameof(rateHz));
        }

        ArrivalFitter fitter = new(1e9 / rate, latency, options);
        int from = 0;
        for (int i = 1; i <= arrivals.Length; i++)
        {
            if (i < arrivals.Length && !ArrivalClock.IsPause(arrivals[i] - arrivals[i - 1], fitter.Period))
            {
                continue;
            }

            fitter.Segment(arrivals[from..i], output[from..i], from);
            if (i < arrivals.Length)
            {
                fitter.Pause(i, arrivals[i] - arrivals[i - 1]);
            }

            from = i;
        }

        return fitter.Result();
    }

    private sealed class ArrivalFitter(double period, LatencyRange? latency, ArrivalOptions options)
    {
        private readonly List<ArrivalGap> _gaps = [];
        private readonly List<double> _residuals = [];
        private readonly FitOptions _fit = new() { MaxDriftPpm = options.RateTolerancePpm, TypicalDriftPpm = options.RateTolerancePpm / 4, Window = options.Window };
        private readonly List<int> _shifts = [];
        private double _leastShift = double.PositiveInfinity;
        private int _longest;
        private double? _drift;

        public double Period => period;

        public void Pause(int before, Duration interval) =>
            _gaps.Add(new ArrivalGap(before, Math.Max(0, (long)Math.Round(interval.Nanoseconds / period) - 1), NewSegment: true));

        public void Segment(ReadOnlySpan<HostTime> arrivals, Span<TimeEstimate> output, int offset)
        {
            if (arrivals.IsEmpty)
            {
                return;
            }

            HostTime origin = arrivals[0];
            Duration least = latency?.Min ?? Duration.Zero;
            long[] index = Infer(arrivals, origin, offset);
            double slope = MedianSlope(arrivals);
            double[] expected = new double[arrivals.Length];
            double[] arrived = new double[arrivals.Length];
            for (int i = 0; i < arrivals.Length; i++)
            {
                expected[i] = index[i] * period * (1 + slope);
                arrived[i] = (arrivals[i] - origin).Nanoseconds;
            }

            int[] parts = LevelShifts.Parts(expected, arrived, out double leastShift, out (int Edge, double Rise)[] rises);
            if (WholePeriods(rises, period * (1 + slope), index, expected, offset))
            {
                parts = LevelShifts.Parts(expected, arrived, out leastShift, out _);
            }

            _leastShift = arrivals.Length > _longest ? leastShift : _leastShift;
            if (parts.Max() < 0)
            {
                // Nothing agrees with anything: one phase, as good as any.
                Array.Fill(parts, 0);
            }

            Phase[] phases = new Phase[parts.Max() + 1];
            for (int p = phases.Length - 1; p >= 0; p--)
            {
                // Of one of which no reading is left, the one after it is all that is known.
                phases[p] = parts.Contains(p) ? Solve(p, parts, index, arrived, least.Nanoseconds) : phases[p + 1];
            }

            HostTime last = new(long.MinValue);
            int phase = 0;
            for (int i = 0; i < arrivals.Length; i++)
            {
                if (parts[i] > phase)
                {
                    phase = parts[i];
                    _shifts.Add(offset + i);
                }

                double x = index[i] * period;
                Phase of = phases[phase];
                double turn = x + of.Theta(x);
                double sigma = of.Sigma(x);
                if (parts[i] == LevelShifts.Undecided)
                {
                    // Of the phase before a shift or of the one after it: the later turn that it can have had needs the shorter delay.
                    Phase other = phases[Math.Min(phase + 1, phases.Length - 1)];
                    double otherTurn = x + other.Theta(x);
                    sigma = Math.Max(Math.Max(sigma, other.Sigma(x)), Math.Abs(turn - otherTurn) / 2);
                    bool can = otherTurn <= arrived[i] - least.Nanoseconds + (2 * other.Sigma(x));
                    turn = can && otherTurn > turn ? otherTurn : turn;
                }

                _residuals.Add(Math.Max(0, arrived[i] - least.Nanoseconds - turn));
                HostTime latest = arrivals[i] - least;
                HostTime earliest = latency is { } l ? arrivals[i] - l.Max : latest - options.MaxCorrection;
                HostTime instant = Clamp(origin + turn.ToDuration(), earliest, latest);
                instant = instant < last ? Clamp(last, earliest, latest) : instant;
                last = instant;
                output[i] = new TimeEstimate(
                    instant,
                    Math.Min(double.IsNaN(sigma) ? period : sigma, (latest - earliest).Nanoseconds).ToDuration(),
                    latency is null ? null : Bound(origin + turn.ToDuration(), instant, earliest, latest));
            }
        }

        // The phase is known modulo the period: what shifted by a whole one and stayed there is a gap. Those near the end, which may be late as well (Infer), are left to this.
        private bool WholePeriods((int Edge, double Rise)[] rises, double step, long[] index, double[] expected, int offset)
        {
            bool any = false;
            foreach ((int edge, double rise) in rises)
            {
                long found = Lost(rise, step);
                if (found <= 0)
                {
                    continue;
                }

                any = true;
                _gaps.Add(new ArrivalGap(offset + edge, found, NewSegment: false));
                for (int i = edge; i < index.Length; i++)
                {
                    index[i] += found;
                    expected[i] += found * step;
                }
            }

            _gaps.Sort((a, b) => a.Before.CompareTo(b.Before));
            return any;
        }

        // How many lost samples explain that all behind came so much later.
        private static long Lost(double rise, double step) => (long)Math.Floor((rise / step) + (1 - GapThreshold));

        private Phase Solve(int part, int[] parts, long[] index, double[] arrived, double least)
        {
            List<Reading> readings = [];
            for (int i = 0; i < parts.Length; i++)
            {
                if (parts[i] == part)
                {
                    double x = index[i] * period;
                    readings.Add(new Reading(x, double.NegativeInfinity, x, arrived[i] - least - x));
                }
            }

            double from = readings[0].HighX;
            double span = readings[^1].HighX - from;
            int pieces = (int)Math.Clamp(Math.Ceiling(span / _fit.KnotEvery.Nanoseconds), 1, readings.Count);
            double[] xs = span == 0 ? [from] : [.. Enumerable.Range(0, pieces + 1).Select(i => from + (span * i / pieces))];
            CorridorModel model = CorridorModel.From(_fit, 0);
            Knot[] knots = KnottedClock.Solve(readings, xs, twoSided: false, ref model, _fit);
            if (readings.Count > Math.Max(_longest, EnvelopeLine.FewestForRate) && span > 0)
            {
                _longest = readings.Count;
                _drift = (knots[^1].Theta - knots[0].Theta) / span * 1e6;
            }

            return new Phase(knots);
        }

        // A turn before what the declared latency allows: either samples were lost and nobody noticed, or the host stalled and delivered later than declared. The bound reaches both.
        private static Duration Bound(HostTime turn, HostTime instant, HostTime earliest, HostTime latest)
        {
            Duration bound = latest - instant > instant - earliest ? latest - instant : instant - earliest;
            Duration toTurn = turn < earliest ? instant - turn + (latest - earliest) : bound;
            return toTurn > bound ? toTurn : bound;
        }

        public ArrivalFitResult Result()
        {
            _residuals.Sort();
            double mean = _residuals.Count == 0 ? double.PositiveInfinity : _residuals.Average();
            return new ArrivalFitResult([.. _gaps], _drift, Quantile(0.5), Quantile(0.99), 5 * mean < period)
            {
                Shifts = [.. _shifts],
                LeastShift = double.IsFinite(_leastShift) ? _leastShift.ToDuration() : null,
            };
        }

        // The frame index of each arrival, counted from 0.
        private long[] Infer(ReadOnlySpan<HostTime> arrivals, HostTime origin, int offset)
        {
            int n = arrivals.Length;
            double slope = MedianSlope(arrivals);
            double[] lateness = new double[n];
            for (int i = 0; i < n; i++)
            {
                lateness[i] = (arrivals[i] - origin).Nanoseconds - (i * period * (1 + slope));
            }

            // As far as a delay can reach, so that a stall is seen to its end.
            double width = latency is { } l ? (l.Max - l.Min).Nanoseconds : options.MaxCorrection.Nanoseconds;
            int look = (int)Math.Clamp((width / period) + 4, 8, MostLook);
            double[] ahead = LeastAhead(lateness, Math.Max(look, LeastLook));
            long[] index = new long[n];
            SlidingLeast behind = new(LeastLook);
            behind.Push(0, lateness[0]);
            double step = period * (1 + slope);
            double shift = 0;
            long missing = 0;
            for (int i = 1; i < n; i++)
            {
                double rise = ahead[i] - shift - behind.Least;

                // Near the end a stall that outlasts the recording looks the same: unless it would have to be longer than declared, late is taken.
                if (rise > GapThreshold * step && (n - i >= look || rise > width + (GapThreshold * step)))
                {
                    long found = Lost(rise, step);
                    missing += found;
                    shift += found * step;
                    _gaps.Add(new ArrivalGap(offset + i, found, NewSegment: false));
                }

                behind.Push(i, lateness[i] - shift);
                index[i] = i + missing;
            }

            return index;
        }

        // How far the true period is from the declared one: the median over distances at which jitter matters little, kept within the tolerance.
        // Lost samples lengthen some distances, most of them beyond the tolerance; the median does not see the rest while they are few.
        private double MedianSlope(ReadOnlySpan<HostTime> arrivals)
        {
            int distance = Math.Min(256, arrivals.Length / 4);
            if (distance < 16)
            {
                return 0;
            }

            double tolerance = options.RateTolerancePpm * 1e-6;
            List<double> slopes = [];
            for (int i = 0; i + distance < arrivals.Length; i++)
            {
                double slope = ((arrivals[i + distance] - arrivals[i]).Nanoseconds / (distance * period)) - 1;
                if (Math.Abs(slope) <= tolerance)
                {
                    slopes.Add(slope);
                }
            }

            slopes.Sort();
            return slopes.Count < 16 ? 0 : slopes[slopes.Count / 2];
        }

        private static double[] LeastAhead(double[] values, int look)
        {
            double[] least = new double[values.Length];
            SlidingLeast window = new(look);
            for (int i = values.Length - 1; i >= 0; i--)
            {
                window.Push(values.Length - 1 - i, values[i]);
                least[i] = window.Least;
            }

            return least;
        }

        private static HostTime Clamp(HostTime t, HostTime from, HostTime to) => t < from ? from : t > to ? to : t;

        private Duration Quantile(double q) =>
            _residuals.Count == 0 ? Duration.Zero : _residuals[Math.Min(_residuals.Count - 1, (int)(q * _residuals.Count))].ToDuration();
    }

    /// <summary>A stretch in which the sampling kept its phase.</summary>
    private readonly record struct Phase(Knot[] Knots)
    {
        public double Theta(double x) => ClockFitBuilder.Theta(Knots, x);

        public double Sigma(double x)
        {
            int after = Array.FindIndex(Knots, k => k.X > x);
            int next = after < 0 ? Knots.Length - 1 : after;
            return Math.Max(Knots[next].Sigma, Knots[Math.Max(0, next - 1)].Sigma);
        }
    }

    /// <summary>The smallest of the last values pushed, O(1) a push on average.</summary>
    private sealed class SlidingLeast(int length)
    {
        private readonly (long At, double Value)[] _ring = new (long, double)[length + 1];
        private int _head;
        private int _count;

        public double Least => _ring[_head].Value;

        public void Push(long at, double value)
        {
            while (_count > 0 && _ring[(_head + _count - 1) % _ring.Length].Value >= value)
            {
                _count--;
            }

            _ring[(_head + _count) % _ring.Length] = (at, value);
            _count++;
            while (_ring[_head].At <= at - length)
            {
                _head = (_head + 1) % _ring.Length;
                _count--;
            }
        }
    }
}
