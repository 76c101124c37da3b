namespace Capture.Core.Time;

/// <summary>
/// Instants for a periodic stream that carries no device count, online. One thread; allocates nothing after construction.
/// </summary>
/// <remarks>
/// The frame index is inferred: the lower envelope of arrival − index · period is the stream's clock (Corridor.cs), and an arrival that is later than
/// the next frame's turn by most of a period counts as the frame whose turn it is. That inference can be wrong, when delivery stalls for longer than a period. Two rules
/// keep a wrong one harmless: the instant never leaves [arrival − Max, arrival − Min] of the declared latency, and an arrival before its inferred turn takes the inference back
/// (then, for a while, a gap needs two late samples that do not come in one heap).
/// The bound is made of the declared latency alone, so it does not depend on the inference at all.
/// </remarks>
public sealed class ArrivalClock
{
    /// <summary>A frame is missed from this much of a period on.</summary>
    private const double GapThreshold = 0.75;

    /// <summary>With a lateness beyond a fifth of the period, a missed frame and a late one look alike.</summary>
    private const double JitterFactor = 5;

    private const int RestartAfter = 8;

    /// <summary>So many late samples in a row mean that the index is behind.</summary>
    private const int BehindAfter = 32;

    /// <summary>So many samples after an inferred gap it may be taken back.</summary>
    private const int ProvisionalFor = 8;

    /// <summary>Once a gap was taken back, so many samples long a gap needs two late samples.</summary>
    private const int DistrustFor = 1_000;

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
    private int _gap;
    private int _provisional;
    private int _distrust;
    private bool _held;
    private double _leastLate = double.PositiveInfinity;
    private int _lateCount;

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
        ClockAssumptions assumptions = new() { MaxDriftPpm = _options.RateTolerancePpm, TypicalDriftPpm = _options.RateTolerancePpm / 4, Window = _options.Window };
        _corridor = new OnlineCorridor(CorridorModel.From(assumptions, 0), _options.Window);
    }

    /// <summary>Samples inferred to be missing just before the last one.</summary>
    public int MissedBefore { get; private set; }

    /// <summary>Samples inferred to be missing in all, less those taken back.</summary>
    public long Missed { get; private set; }

    /// <summary>Whether one missing sample can be told from a late one: the jitter is below a fifth of the period and no delay was lately taken for a gap. Where not, a gap is counted one sample later, or once it is longer than the jitter explains.</summary>
    public bool CanTellGaps => _period is { } p && _any && _distrust == 0 && JitterFactor * _jitter < p;

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
        _gap = 0;
        _provisional = 0;
        _distrust = 0;
        _held = false;
        _leastLate = double.PositiveInfinity;
        _lateCount = 0;
        _jitter = 0;
        MissedBefore = 0;
    }

    /// <summary>After so long a pause (16 periods and a second) the stream may well have been started again: its phase is not trusted.</summary>
    internal static bool IsPause(Duration interval, double period) => interval > Duration.FromSeconds(1) && interval.Nanoseconds > 16 * period;

    private TimeEstimate Periodic(HostTime arrival, double period)
    {
        HostTime latest = arrival - (_latency?.Min ?? Duration.Zero);
        HostTime earliest = _latency is { } l ? arrival - l.Max : latest - _options.MaxCorrection;
        MissedBefore = 0;
        bool trusted = true;
        if (_any && IsPause(arrival - _lastArrival, period))
        {
            double missed = Math.Round((arrival - _lastArrival).Nanoseconds / period) - 1;
            BeginSegment();
            MissedBefore = (int)Math.Min(missed, int.MaxValue);
            Missed += MissedBefore;
        }

        if (!_any)
        {
            _scale.Begin(default, latest);
            _index = 0;
        }
        else
        {
            trusted = Advance(latest, earliest, period, (arrival - _lastArrival).Nanoseconds);
            if (_early >= RestartAfter)
            {
                BeginSegment();
                _scale.Begin(default, latest);
                trusted = true;
            }
        }

        double x = _index * period;
        double high = _scale.Y(latest) - x;
        if (trusted)
        {
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

    // Moves the index on. Returns whether the arrival may lower the envelope.
    private bool Advance(HostTime latest, HostTime earliest, double period, double interval)
    {
        _index++;
        double turn = (_index * period) + Expected(_index * period);
        double late = _scale.Y(latest) - turn;

        // Samples that come in a heap were held up, not lost: what follows a loss keeps its distance.
        bool heap = interval < 0.5 * period;
        _distrust = Math.Max(0, _distrust - 1);
        if (late < -0.5 * period)
        {
            if (_gap == 0)
            {
                _early++;
                return false;
            }

            // Before its turn, soon after an inferred gap: that was a delay.
            int back = heap ? _gap : Math.Clamp((int)Math.Round(-late / period), 1, _gap);
            _index -= back;
            Missed -= back;
            _gap -= back;
            _distrust = DistrustFor;
            _held = true;
            return false;
        }

        _early = 0;
        double missed = 0;
        if (late > Math.Max(GapThreshold * period, JitterFactor * _jitter))
        {
            if (heap || (_distrust > 0 && !_held))
            {
                _held = true;
            }
            else
            {
                missed = Math.Floor((late / period) + (1 - GapThreshold));
                _held = false;
            }
        }
        else
        {
            _held = false;
        }

        // All of the last ones late by a period and more: a loss hid in a delay, and the index is behind.
        _leastLate = Math.Min(_leastLate, late);
        if (++_lateCount == BehindAfter)
        {
            if (_leastLate > GapThreshold * period)
            {
                missed = Math.Max(missed, Math.Floor((_leastLate / period) + (1 - GapThreshold)));
            }

            _leastLate = double.PositiveInfinity;
            _lateCount = 0;
        }

        if (_latency is not null)
        {
            // Later than the largest latency allows: whatever the jitter, these cannot be their turns.
            missed = Math.Max(missed, Math.Floor((_scale.Y(earliest) - turn - _jitter) / period));
        }

        if (missed > 0)
        {
            _leastLate = double.PositiveInfinity;
            _lateCount = 0;
            MissedBefore = (int)Math.Min(missed, int.MaxValue);
            Missed += MissedBefore;
            _index += MissedBefore;
            _gap = MissedBefore;
            _provisional = ProvisionalFor;
        }
        else if (_provisional > 0 && --_provisional == 0)
        {
            _gap = 0;
        }

        // Until a gap has proved itself, the samples behind it do not lower the envelope.
        return _provisional == 0 || _scale.Y(latest) - (_index * period) >= Expected(_index * period);
    }

    private double Expected(double x) => _corridor.Solve().Line.Value(x, twoSided: false);

    private static HostTime Clamp(HostTime t, HostTime from, HostTime to) => t < from ? from : t > to ? to : t;

    private static Duration Larger(Duration a, Duration b) => a > b ? a : b;
}
