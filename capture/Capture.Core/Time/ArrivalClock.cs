namespace Capture.Core.Time;

/// <summary>
/// Instants for a periodic stream that carries no device count, online. One thread; allocates nothing after construction.
/// </summary>
/// <remarks>
/// The frame index is inferred: the lower envelope of arrival − index · period is the stream's clock (Corridor.cs), and an arrival that is later than
/// the next frame's turn by most of a period counts as the frame whose turn it is. That inference can be wrong, when delivery stalls for longer than a period. Two rules
/// keep a wrong one harmless: the instant never leaves [arrival − Max, arrival − Min] of the declared latency, and an arrival before its inferred turn takes the inference back.
/// The bound is made of the declared latency alone, so it does not depend on the inference at all.
/// </remarks>
public sealed class ArrivalClock
{
    /// <summary>A frame is missed from this much of a period on.</summary>
    private const double GapThreshold = 0.75;

    /// <summary>With a lateness beyond a fifth of the period, a missed frame and a late one look alike.</summary>
    private const double JitterFactor = 5;

    private const int RestartAfter = 8;

    private readonly double? _period;
    private readonly LatencyRange? _latency;
    private readonly ArrivalOptions _options;
    private readonly OnlineCorridor _corridor;
    private readonly TickScale _scale = new(1e9);
    private long _index;
    private bool _any;
    private HostTime _lastArrival;
    private HostTime _lastInstant;
    private double _jitter;
    private double _sigma;
    private int _early;

    /// <param name="rateHz">Nominal samples (frames, periods) a second; null when not periodic: then each instant is its arrival less the smallest latency.</param>
    /// <param name="latency">Null: unknown, and there is no bound.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public ArrivalClock(double? rateHz, LatencyRange? latency, ArrivalOptions? options = null)
    {
        LatencyChecks.Require(latency);
        if (rateHz is { } r && !(r > 0 && double.IsFinite(r)))
        {
            throw new ArgumentException($"A sample rate must be a positive number of hertz, but is {r}.", nameof(rateHz));
        }

        _period = 1e9 / rateHz;
        _latency = latency;
        _options = options ?? new ArrivalOptions();
        ClockAssumptions assumptions = new() { MaxDriftPpm = _options.RateTolerancePpm, Window = _options.Window };
        _corridor = new OnlineCorridor(CorridorModel.From(assumptions, 0), _options.Window);
    }

    /// <summary>Samples inferred to be missing just before the last one.</summary>
    public int MissedBefore { get; private set; }

    /// <summary>Samples inferred to be missing in all, less those taken back.</summary>
    public long Missed { get; private set; }

    /// <summary>Whether one missing sample can be told from a late one: the jitter is below a fifth of the period. Where not, a gap is only counted once it is longer than the jitter explains.</summary>
    public bool CanTellGaps => _period is { } p && _any && JitterFactor * _jitter < p;

    /// <summary>Mean lateness over the envelope, a running mean over about 64 samples.</summary>
    public Duration Jitter => _jitter.ToDuration();

    /// <summary>Null before the first sample.</summary>
    public Duration? CurrentSigma => _any ? _sigma.ToDuration() : null;

    /// <summary>Takes one arrival in and gives its sample's instant. Arrivals before the last one are treated as simultaneous with it.</summary>
    public TimeEstimate Add(HostTime arrival)
    {
        if (_any && arrival < _lastArrival)
        {
            arrival = _lastArrival;
        }

        TimeEstimate estimate = _period is { } period ? Periodic(arrival, period) : LatencyChecks.FromArrival(arrival, _latency);
        _any = true;
        _lastArrival = arrival;
        _lastInstant = estimate.Instant;
        _sigma = estimate.Sigma.Nanoseconds;
        return estimate;
    }

    /// <summary>The stream began anew: what was learnt no longer holds.</summary>
    public void BeginSegment()
    {
        _corridor.Clear();
        _any = false;
        _index = 0;
        _early = 0;
        _jitter = 0;
        MissedBefore = 0;
    }

    private TimeEstimate Periodic(HostTime arrival, double period)
    {
        HostTime latest = arrival - (_latency?.Min ?? Duration.Zero);
        HostTime earliest = _latency is { } l ? arrival - l.Max : latest - _options.MaxCorrection;
        MissedBefore = 0;
        if (!_any)
        {
            _scale.Begin(default, latest);
            _index = 0;
        }
        else
        {
            Advance(latest, earliest, period);
        }

        double x = _index * period;
        double high = _scale.Y(latest) - x;
        bool early = _corridor.Count > 0 && high < Expected(x) - (0.5 * period);
        if (early)
        {
            // Before its turn: the gap inferred last was a delay. One index less; this arrival says nothing about the envelope.
            _index--;
            x = _index * period;
            Missed = Math.Max(0, Missed - 1);
            if (++_early >= RestartAfter)
            {
                BeginSegment();
                _scale.Begin(default, latest);
                x = 0;
                high = 0;
                early = false;
            }
        }

        if (!early)
        {
            _early = 0;
            _corridor.Insert(x, double.NegativeInfinity, x, high);
        }

        EnvelopeLine line = _corridor.Solve().Line;
        double theta = line.Value(x, twoSided: false);
        _jitter += (Math.Min(Math.Max(0, high - theta), period) - _jitter) / 64;
        HostTime instant = Clamp(_scale.ToHost(x + theta), earliest, latest);
        instant = _any && instant < _lastInstant ? Clamp(_lastInstant, earliest, latest) : instant;
        Duration? bound = _latency is null ? null : Larger(latest - instant, instant - earliest);
        double sigma = double.IsNaN(line.HighSigma) ? period : line.Sigma(x, twoSided: false, default);
        return new TimeEstimate(instant, Math.Min(sigma, (latest - earliest).Nanoseconds).ToDuration(), bound);
    }

    private void Advance(HostTime latest, HostTime earliest, double period)
    {
        long next = _index + 1;
        double late = _scale.Y(latest) - (next * period) - Expected(next * period);
        double threshold = Math.Max(GapThreshold * period, JitterFactor * _jitter);
        long missed = late > threshold ? (long)Math.Floor((late / period) + (1 - GapThreshold)) : 0;
        if (_latency is not null)
        {
            // Later than the largest latency allows: whatever the jitter, these cannot be their turns.
            double tooLate = _scale.Y(earliest) - (next * period) - Expected(next * period) - _jitter;
            missed = Math.Max(missed, (long)Math.Floor(tooLate / period));
        }

        MissedBefore = (int)Math.Min(missed, int.MaxValue);
        Missed += missed;
        _index = next + missed;
    }

    private double Expected(double x) => _corridor.Solve().Line.Value(x, twoSided: false);

    private static HostTime Clamp(HostTime t, HostTime from, HostTime to) => t < from ? from : t > to ? to : t;

    private static Duration Larger(Duration a, Duration b) => a > b ? a : b;
}
