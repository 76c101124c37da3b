namespace Capture.Core.Time;

/// <summary>
/// A device's clock from stamped samples and their arrival, online: the lower envelope of arrival − device time.
/// One thread; allocates nothing after construction. The argument is in Corridor.cs.
/// </summary>
public sealed class OneWayClock : IOnlineClock
{
    // An envelope does not fall by more at once, once it is known; less would be taken in bit by bit, and a step smoothed over.
    private const double LeastEarlyNs = 1e6;

    // Contradictions within so long belong together.
    private static readonly Duration DoubtFor = Duration.FromMilliseconds(1_500);

    private readonly OneWayOptions _options;
    private readonly LatencyRange? _latency;
    private readonly TickScale _scale;
    private readonly OnlineCorridor _corridor;
    private HostTime _lastArrival;
    private DeviceTicks _newest;
    private bool _any;
    private int _disagreeing;
    private HostTime _doubtedAt;
    private long _late;
    private readonly LateRun _watch;
    private TickRhythm _rhythm;
    private HostTime _began;

    /// <param name="latency">Null: unknown. The instants are then those of the fastest arrivals, without a bound.</param>
    /// <exception cref="ArgumentException">The tick rate, the latency or an option is out of range.</exception>
    public OneWayClock(ClockDomain domain, LatencyRange? latency, OneWayOptions? options = null)
    {
        LatencyChecks.Require(latency);
        _options = options ?? new OneWayOptions();
        _latency = latency;
        _scale = new TickScale(domain.TickRateHz);
        _watch = new LateRun(_options.StepsWithin, _options.LeastStep);
        _rhythm = new TickRhythm(1e6 / _scale.NanosecondsPerTick);
        _corridor = new OnlineCorridor(CorridorModel.From(_options, _scale.NanosecondsPerTick), _options.Window);
        Domain = domain;
    }

    public ClockDomain Domain { get; }

    public int Segment { get; private set; }

    public long Used { get; private set; }

    /// <summary>Arrivals out of the host's order, or earlier than the clock so far allows.</summary>
    public long Refused { get; private set; }

    /// <summary>Arrivals later than the declared largest latency allows: used for the envelope, not for the bound.</summary>
    public long Late { get; private set; }

    /// <summary>How often contradictions forced a new start within a segment.</summary>
    public long Restarts { get; private set; }

    /// <summary>Estimated deviation from the nominal rate, ppm (positive: the device counts too slowly); null before it is known.</summary>
    public double? DriftPpm => _corridor.RateKnown ? _corridor.Solve().Line.Slope * 1e6 : null;

    public Duration? CurrentSigma => _corridor.Count == 0 ? null : _corridor.SigmaAtNewest(twoSided: false).ToDuration();

    /// <summary>Takes one stamped arrival in; one of another segment starts anew. Ticks may be slightly out of order.</summary>
    /// <returns>False when it was refused (and counted).</returns>
    public bool Add(in ClockArrival a) => Take(a) != OneWayVerdict.Refused;

    /// <inheritdoc/>
    public TimeEstimate Estimate(DeviceTicks ticks, HostTime arrival)
    {
        if (_corridor.Count == 0)
        {
            return LatencyChecks.FromArrival(arrival, _latency);
        }

        return _corridor.Estimate(_scale, ticks, arrival, twoSided: false, _latency?.Min ?? Duration.Zero);
    }

    public void BeginSegment(int segment)
    {
        Segment = segment;
        _rhythm.Clear();
        Clear();
    }

    internal OneWayVerdict Take(in ClockArrival a)
    {
        if (a.Segment != Segment)
        {
            BeginSegment(a.Segment);
        }

        if (_any && a.Arrival < _lastArrival)
        {
            Refused++;
            return OneWayVerdict.Refused;
        }

        if (!_any)
        {
            Begin(a);
        }

        if (_rhythm.Jumps(a.Ticks))
        {
            _watch.Jumped(a.Arrival);
        }

        OneWayVerdict verdict = OneWayVerdict.Used;
        (double x, double low, double high) = Constraints(a);

        // A second of disorder is a network; more is a device that counts from elsewhere.
        bool backwards = _any && _scale.ToNanoseconds(_newest - a.Ticks) > 1e9;
        if (a.Arrival - _doubtedAt > DoubtFor)
        {
            // Later arrivals between the contradictions decide nothing: they fit a clock that stepped forwards as well.
            _disagreeing = 0;
        }

        if (backwards || _corridor.ExcludesUpper(x, high) || IsBelowEnvelope(a, x, high))
        {
            _doubtedAt = _disagreeing == 0 ? a.Arrival : _doubtedAt;
            if (++_disagreeing < _options.RestartAfter)
            {
                Refused++;
                return OneWayVerdict.Refused;
            }

            Restarts++;
            Clear();
            Begin(a);
            (x, low, high) = Constraints(a);
            verdict = OneWayVerdict.Restarted;
        }
        else if (_corridor.ExcludesLower(x, low))
        {
            // Its delivery was held up for longer than declared. That it cannot be younger than its arrival still holds.
            Late++;
            low = double.NegativeInfinity;
            verdict = OneWayVerdict.Late;
            if (++_late >= 20L * _options.RestartAfter)
            {
                Restarts++;
                Clear();
                Begin(a);
                (x, low, high) = Constraints(a);
                verdict = OneWayVerdict.Restarted;
            }
        }
        else
        {
            _late = 0;
        }

        if (verdict != OneWayVerdict.Restarted && _corridor.RateKnown && _watch.SteppedBack(a, high - _corridor.Solve().Line.Value(x, twoSided: false)))
        {
            // All of the last while were late: they belong to a clock that stepped back, and the least late of them is its envelope so far.
            Restarts++;
            ClockArrival least = _watch.LeastLate;
            Clear();
            Begin(least);
            (x, low, high) = Constraints(least);
            verdict = OneWayVerdict.Restarted;
        }

        _newest = !_any || a.Ticks > _newest ? a.Ticks : _newest;
        _any = true;
        _lastArrival = a.Arrival;
        Used++;
        long broken = _corridor.Broken;
        _corridor.Insert(x, low, x, high);
        _corridor.Solve();
        if (_corridor.Broken > broken && verdict != OneWayVerdict.Restarted)
        {
            // The readings contradict each other: of those just before it nobody knows which clock they are of.
            Restarts++;
            Clear();
            Begin(a);
            (x, low, high) = Constraints(a);
            _corridor.Insert(x, low, x, high);
            (_any, _newest, _lastArrival) = (true, a.Ticks, a.Arrival);
            verdict = OneWayVerdict.Restarted;
        }

        return verdict;
    }

    // A device that steps forwards sends counts whose arrival is too early for the envelope. Whether the declared latency allows it or not: jitter does not reach below its own edge again and again.
    private bool IsBelowEnvelope(in ClockArrival a, double x, double high)
    {
        if (!_any || !_corridor.RateKnown || _options.StepsWithin is not { } within || a.Arrival - _began < within)
        {
            // The first arrivals may all have been late ones.
            return false;
        }

        EnvelopeLine line = _corridor.Solve().Line;
        return high < line.Value(x, twoSided: false) - Math.Max(LeastEarlyNs, 4 * _corridor.SigmaAt(x, twoSided: false));
    }

    private (double X, double Low, double High) Constraints(in ClockArrival a)
    {
        double x = _scale.X(a.Ticks);
        double y = _scale.Y(a.Arrival);
        return (x, _latency is { } l ? y - l.Max.Nanoseconds - x : double.NegativeInfinity, y - (_latency?.Min.Nanoseconds ?? 0) - x);
    }

    private void Begin(in ClockArrival a)
    {
        _scale.Begin(a.Ticks, a.Arrival);
        _began = a.Arrival;
    }

    private void Clear()
    {
        _corridor.Clear();
        _any = false;
        _disagreeing = 0;
        _late = 0;
        _watch.Clear();
    }
}

internal enum OneWayVerdict
{
    Used,
    Late,
    Refused,
    Restarted,
}

internal static class LatencyChecks
{
    /// <summary>What is known of a sample without any clock: its arrival and the declared latency.</summary>
    public static TimeEstimate FromArrival(HostTime arrival, LatencyRange? latency)
    {
        if (latency is not { } l)
        {
            return new TimeEstimate(arrival, TickScale.UnknownSigma, null);
        }

        Duration width = l.Max - l.Min;
        return new TimeEstimate(arrival - l.Min, (width.Nanoseconds / Math.Sqrt(12)).ToDuration(), width);
    }

    /// <exception cref="ArgumentException">Negative, or upside down.</exception>
    public static void Require(LatencyRange? latency)
    {
        if (latency is { } l && (l.Min < Duration.Zero || l.Max < l.Min))
        {
            throw new ArgumentException($"A latency range must be 0 ≤ min ≤ max, but is {l.Min} to {l.Max}.", nameof(latency));
        }
    }
}
