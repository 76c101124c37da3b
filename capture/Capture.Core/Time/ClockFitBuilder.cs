using System.Collections.Immutable;

namespace Capture.Core.Time;

/// <summary>Gathers readings part by part (a part ends at a new segment or a step) and turns each into pieces.</summary>
internal sealed class ClockFitBuilder(ClockDomain domain, FitOptions options, bool twoSided)
{
    // Ends of the pieces beyond the last reading, seconds from it. After them nothing is claimed.
    private static readonly double[] Beyond = [1, 4, 15, 60, 300, 1200];

    private const int FewestForPart = 3;

    /// <summary>Beyond 5.8 days at the usual distance the knots move apart.</summary>
    private const int MostPieces = 100_000;

    private readonly TickScale _scale = new(domain.TickRateHz);
    private readonly CorridorModel _assumed = CorridorModel.From(options, options.ExactCount ? 0 : 1e9 / domain.TickRateHz);
    private CorridorModel _model;
    private readonly List<Reading> _readings = [];
    private readonly List<ClockPiece> _pieces = [];
    private readonly List<ClockPart> _parts = [];
    private readonly List<double> _residuals = [];
    private int? _segment;
    private DeviceTicks _first;
    private DeviceTicks _last;
    private HostTime _firstHost;
    private HostTime _lastHost;
    private long _used;
    private long _refused;
    private long _late;
    private long _steps;
    private double _driftSum;
    private double _driftSpan;
    private double _sigma;
    private double _bound;

    /// <summary>Called for every reading first. False: its segment was closed before, and the reading is refused.</summary>
    public bool Enters(int segment)
    {
        if (_segment is { } current && segment < current)
        {
            _refused++;
            return false;
        }

        if (_segment != segment)
        {
            ClosePart();
            _segment = segment;
        }

        return true;
    }

    public void Refuse() => _refused++;

    /// <summary>The clock stepped within the segment: what follows is a part of its own.</summary>
    public void Step()
    {
        if (_readings.Count < FewestForPart)
        {
            // Contradicted by all that followed: these were the liars.
            _used -= _readings.Count;
            _refused += _readings.Count;
            _readings.Clear();
            return;
        }

        ClosePart();
        _steps++;
    }

    public void Add(in ClockExchange e)
    {
        if (!Place(e.DeviceReceive, e.DeviceSend, e.HostSend, e.HostReceive))
        {
            return;
        }

        double xLow = _scale.X(e.DeviceReceive);
        double xHigh = _scale.X(e.DeviceSend);
        _readings.Add(new Reading(xLow, _scale.Y(e.HostSend) - xLow, xHigh, _scale.Y(e.HostReceive) - xHigh));
    }

    public void Add(in ClockArrival a, LatencyRange? latency, bool late)
    {
        if (!Place(a.Ticks, a.Ticks, a.Arrival, a.Arrival))
        {
            return;
        }

        _late += late ? 1 : 0;
        double x = _scale.X(a.Ticks);
        double y = _scale.Y(a.Arrival) - x;
        double low = late || latency is null ? double.NegativeInfinity : y - latency.Value.Max.Nanoseconds;
        _readings.Add(new Reading(x, low, x, y - (latency?.Min.Nanoseconds ?? 0)));
    }

    public ClockFitResult Finish()
    {
        ClosePart();
        _residuals.Sort();
        bool any = _parts.Count > 0;
        return new ClockFitResult(
            Published(),
            _used,
            _refused,
            _late,
            _steps,
            _driftSpan > 0 ? _driftSum / _driftSpan * 1e6 : null,
            Quantile(0.5),
            Quantile(0.99),
            _sigma.ToDuration(),
            any && double.IsFinite(_bound) ? _bound.ToBound() : null)
        {
            Parts = [.. _parts],
        };
    }

    // One list by segment: where a part follows another of its segment, the former's extrapolation ends where the latter begins. Between the two nobody knows from the ticks alone when the
    // step was, so nothing is claimed there.
    private ImmutableArray<ClockPiece> Published()
    {
        List<ClockPiece> all = [];
        for (int i = 0; i < _parts.Count; i++)
        {
            ClockPart part = _parts[i];
            bool follows = i > 0 && _parts[i - 1].Segment == part.Segment;
            if (follows)
            {
                DeviceTicks end = _parts[i - 1].LastTicks;
                all.RemoveAll(p => p.Segment == part.Segment && p.FromTicks >= part.FirstTicks && p.FromTicks > end);
                for (int k = all.Count - 1; k >= 0 && all[k].Segment == part.Segment && all[k].FromTicks >= end; k--)
                {
                    all[k] = all[k] with { Bound = null };
                }
            }

            all.AddRange(part.Pieces.Where(p => !follows || p.FromTicks >= part.FirstTicks));
        }

        return [.. all];
    }

    private bool Place(DeviceTicks from, DeviceTicks to, HostTime host, HostTime until)
    {
        if (_readings.Count > 0 && (IsFar(from) || IsFar(to)))
        {
            _refused++;
            return false;
        }

        if (_readings.Count == 0)
        {
            _scale.Begin(from, host);
            _first = from;
            _last = to;
            _firstHost = host;
            _lastHost = until;
        }

        _first = from < _first ? from : _first;
        _last = to > _last ? to : _last;
        _firstHost = host < _firstHost ? host : _firstHost;
        _lastHost = until > _lastHost ? until : _lastHost;
        _used++;
        return true;
    }

    // Three years from the part's first reading: no recording, and the arithmetic would lose its nanoseconds.
    private bool IsFar(DeviceTicks ticks) => Math.Abs((double)ticks.Value - _first.Value) * _scale.NanosecondsPerTick > 1e17;

    private void ClosePart()
    {
        if (_readings.Count == 0)
        {
            return;
        }

        double[] xs = KnotTimes();
        _model = _assumed;
        Knot[] knots = KnottedClock.Solve(_readings, xs, twoSided, ref _model, options);
        AddHead(knots[0]);

        double before = _bound;
        for (int i = 0; i + 1 < knots.Length; i++)
        {
            AddBetween(knots[i], knots[i + 1]);
        }

        if (knots.Length == 1)
        {
            _sigma = Math.Max(_sigma, knots[0].Sigma);
            _bound = Math.Max(before, knots[0].Bound);
        }
        else
        {
            double span = knots[^1].X - knots[0].X;
            _driftSum += knots[^1].Theta - knots[0].Theta;
            _driftSpan += span;
        }

        AddTail(knots[^1]);
        AddResiduals(knots);
        _parts.Add(new ClockPart(_segment!.Value, [.. _pieces], _first, _last, _firstHost, _lastHost));
        _pieces.Clear();
        _readings.Clear();
    }

    private double[] KnotTimes()
    {
        // Whole ticks, so that pieces meet exactly.
        long span = _last - _first;
        long every = Math.Max(1, (long)(options.KnotEvery.Nanoseconds / _scale.NanosecondsPerTick));
        long pieces = Math.Min(Math.Min(span, MostPieces), Math.Max(1, (span / every) + 1));
        double[] xs = new double[pieces + 1];
        for (long i = 0; i <= pieces; i++)
        {
            DeviceTicks at = _first + (pieces == 0 ? 0 : (long)((Int128)span * i / pieces));
            xs[i] = _scale.X(at);
        }

        return xs;
    }

    private void AddBetween(in Knot a, in Knot b)
    {
        double h = b.X - a.X;
        double bound = Math.Max(a.Bound, b.Bound) + (_model.WanderPerNanosecond * h * h / 8) + 2;
        double sigma = Math.Max(a.Sigma, b.Sigma);
        _sigma = Math.Max(_sigma, sigma);
        _bound = Math.Max(_bound, bound);
        Add(a.X, a.X + a.Theta, (b.Theta - a.Theta) / h, sigma, bound);
    }

    private void AddHead(in Knot knot)
    {
        double slope = knot.Shape.Rate;
        for (int i = Beyond.Length - 1; i >= 0; i--)
        {
            double x = WholeTick(knot.X - (Beyond[i] * 1e9));
            (double sigma, double bound) = FarFrom(knot, x);
            Add(x, x + knot.Theta + (slope * (x - knot.X)), slope, sigma, bound);
        }
    }

    private void AddTail(in Knot knot)
    {
        double slope = knot.Shape.Rate;
        double from = knot.X;
        for (int i = 0; i <= Beyond.Length; i++)
        {
            double to = i < Beyond.Length ? WholeTick(knot.X + (Beyond[i] * 1e9)) : double.PositiveInfinity;
            (double sigma, double bound) = i < Beyond.Length ? FarFrom(knot, to) : (TickScale.UnknownSigma.Nanoseconds, double.PositiveInfinity);
            Add(from, from + knot.Theta + (slope * (from - knot.X)), slope, sigma, bound);
            from = to;
        }
    }

    // The error grows with the distance from the knot, so what holds at the far end holds on the way.
    private (double Sigma, double Bound) FarFrom(in Knot knot, double x)
    {
        (double lower, double upper) = knot.Corridor.Interval(x, _model);
        double theta = knot.Theta + (knot.Shape.Rate * (x - knot.X));
        double bound = double.IsFinite(knot.Bound) ? Math.Max(upper - theta, theta - lower) + 2 : double.PositiveInfinity;
        return (Math.Min(knot.Shape.SigmaAt(x), bound), bound);
    }

    private double WholeTick(double x) => _scale.X(_scale.TicksAt(x));

    private void Add(double x, double y, double slope, double sigma, double bound)
    {
        DeviceTicks from = _scale.TicksAt(x);
        if (_pieces.Count > 0 && _pieces[^1].Segment == _segment && _pieces[^1].FromTicks >= from)
        {
            // Two ends on one tick (a clock coarser than the piece): the later one stands.
            _pieces.RemoveAt(_pieces.Count - 1);
        }

        _pieces.Add(new ClockPiece(
            _segment!.Value,
            from,
            _scale.ToHost(y),
            (1 + slope) * _scale.NanosecondsPerTick,
            sigma.ToDuration(),
            double.IsFinite(bound) ? bound.ToBound() : null));
    }

    private void AddResiduals(Knot[] knots)
    {
        foreach (Reading r in _readings)
        {
            double x = twoSided ? 0.5 * (r.LowX + r.HighX) : r.HighX;
            double value = twoSided ? 0.5 * (r.Low + r.High) : r.High;
            _residuals.Add(Math.Abs(value - Theta(knots, x)));
        }
    }

    internal static double Theta(Knot[] knots, double x)
    {
        int low = 0;
        int high = knots.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (knots[middle].X <= x)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        if (low == high)
        {
            return knots[0].Theta + (knots[0].Shape.Rate * (x - knots[0].X));
        }

        double part = (x - knots[low].X) / (knots[high].X - knots[low].X);
        return knots[low].Theta + (part * (knots[high].Theta - knots[low].Theta));
    }

    private Duration Quantile(double q) =>
        _residuals.Count == 0 ? Duration.Zero : _residuals[Math.Min(_residuals.Count - 1, (int)(q * _residuals.Count))].ToDuration();
}
