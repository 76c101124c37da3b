namespace Capture.Core.Time;

/// <summary>
/// A device's clock from two-way exchanges, online. One thread; allocates nothing after construction.
/// The argument (model, assumptions, why the bound holds, sources) is in Corridor.cs.
/// </summary>
/// <remarks>
/// Selection: of every second the shortest delay of each direction is kept. The interval between the two is never wider than that second's
/// shortest round trip, so this is minimum-RTT selection (RFC 5905, clock filter) carried out for each direction on its own.
/// </remarks>
public sealed class TwoWayClock : IOnlineClock
{
    // The shortest of fewer is no measure of how much longer another took.
    private const int FewestToJudge = 12;

    private readonly TwoWayOptions _options;
    private readonly TickScale _scale;
    private readonly OnlineCorridor _corridor;
    private HostTime _lastSend;
    private DeviceTicks _lastReceive;
    private bool _any;
    private int _disagreeing;
    private int _taken;
    private double _doubt;
    private double _doubtWidth;

    /// <exception cref="ArgumentException">The tick rate or an option is out of range.</exception>
    public TwoWayClock(ClockDomain domain, TwoWayOptions? options = null)
    {
        _options = options ?? new TwoWayOptions();
        _scale = new TickScale(domain.TickRateHz);
        _corridor = new OnlineCorridor(CorridorModel.From(_options, _scale.NanosecondsPerTick), _options.Window);
        Domain = domain;
    }

    public ClockDomain Domain { get; }

    public int Segment { get; private set; }

    /// <summary>Exchanges taken in since the clock was made.</summary>
    public long Used { get; private set; }

    /// <summary>Exchanges that cannot be true, took too long, came out of order, or contradict the rest.</summary>
    public long Refused { get; private set; }

    /// <summary>How often contradictions forced a new start within a segment: the device's clock stepped without saying so.</summary>
    public long Restarts { get; private set; }

    /// <summary>The shortest round trip of this segment, time in the device taken off; null before the first exchange.</summary>
    public Duration? BestRoundTrip { get; private set; }

    /// <summary>Estimated deviation from the nominal rate, ppm (positive: the device counts too slowly); null before it is known.</summary>
    public double? DriftPpm => _corridor.RateKnown ? _corridor.Solve().Line.Slope * 1e6 : null;

    public Duration? CurrentSigma => _corridor.Count == 0 ? null : _corridor.SigmaAtNewest(twoSided: true).ToDuration();

    /// <summary>Takes one exchange in; one of another segment starts anew.</summary>
    /// <returns>False when it was refused (and counted).</returns>
    public bool Add(in ClockExchange e) => Take(e) is ExchangeVerdict.Used or ExchangeVerdict.Restarted;

    internal ExchangeVerdict Take(in ClockExchange e)
    {
        if (e.Segment != Segment)
        {
            BeginSegment(e.Segment);
        }

        long inDevice = e.DeviceSend - e.DeviceReceive;
        double roundTrip = (e.HostReceive - e.HostSend).Nanoseconds - _scale.ToNanoseconds(inDevice);
        double tolerance = (2 * _scale.NanosecondsPerTick) + (_scale.ToNanoseconds(inDevice) * _options.MaxDriftPpm * 1e-6) + 1_000;
        if (e.HostReceive < e.HostSend || inDevice < 0 || roundTrip < -tolerance || roundTrip > _options.MaxRoundTrip.Nanoseconds)
        {
            Refused++;
            return ExchangeVerdict.Impossible;
        }

        if (_any && e.HostSend < _lastSend)
        {
            // An answer overtaken by a later one. It would only say again what is known.
            Refused++;
            return ExchangeVerdict.Impossible;
        }

        ExchangeVerdict verdict = ExchangeVerdict.Used;
        bool backwards = _any && e.DeviceReceive < _lastReceive;
        if (!_any)
        {
            _scale.Begin(e.DeviceReceive, e.HostSend);
        }

        double xLow = _scale.X(e.DeviceReceive);
        double xHigh = _scale.X(e.DeviceSend);
        double low = _scale.Y(e.HostSend) - xLow;
        double high = _scale.Y(e.HostReceive) - xHigh;
        double shift = Shift(xLow, low, xHigh, high, roundTrip, out double width);
        if (backwards || Math.Abs(shift) > width || !_corridor.Agrees(xLow, low, xHigh, high))
        {
            Refused++;
            if (_disagreeing > 0 && Math.Abs(shift - _doubt) > width + _doubtWidth)
            {
                // It contradicts the former contradictions as well.
                _disagreeing = 0;
            }

            if (_disagreeing == 0 || width < _doubtWidth)
            {
                (_doubt, _doubtWidth) = (shift, width);
            }

            if (++_disagreeing < _options.RestartAfter)
            {
                return ExchangeVerdict.Disagrees;
            }

            verdict = ExchangeVerdict.Restarted;
            Restarts++;
            Refused--;
            Clear();
            _scale.Begin(e.DeviceReceive, e.HostSend);
            xLow = 0;
            xHigh = _scale.X(e.DeviceSend);
            low = 0;
            high = _scale.Y(e.HostReceive) - xHigh;
        }

        else if (_disagreeing > 0 && Math.Abs(shift - _doubt) <= width + _doubtWidth)
        {
            // So wide that it agrees with the clock as it was and with one that stepped: it decides nothing.
            Used++;
            return ExchangeVerdict.Undecided;
        }

        _any = true;
        _disagreeing = 0;
        _lastSend = e.HostSend;
        _lastReceive = e.DeviceReceive;
        Used++;
        _taken++;
        Duration best = new((long)Math.Max(0, roundTrip));
        BestRoundTrip = BestRoundTrip is { } b && b < best ? b : best;
        _corridor.Insert(xLow, low, xHigh, high);
        return verdict;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Without an exchange there is no bound. A count that cannot have arrived yet (its earliest instant is after <paramref name="arrival"/>) is given its arrival, without a bound.
    /// </remarks>
    public TimeEstimate Estimate(DeviceTicks ticks, HostTime arrival)
    {
        if (_corridor.Count == 0)
        {
            return new TimeEstimate(arrival, TickScale.UnknownSigma, null);
        }

        return _corridor.Estimate(_scale, ticks, arrival, twoSided: true, latestBeforeArrival: Duration.Zero);
    }

    // How far the middle of an exchange is from the clock, and how far it may be by its delay: half of what it took longer than the shortest, were the shortest delays there and back alike; and what the
    // clock itself may be off.
    private double Shift(double xLow, double low, double xHigh, double high, double roundTrip, out double width)
    {
        width = double.PositiveInfinity;
        if (!_corridor.RateKnown || _taken < FewestToJudge || BestRoundTrip is not { } best)
        {
            return 0;
        }

        double x = 0.5 * (xLow + xHigh);
        width = (0.5 * Math.Max(0, roundTrip - best.Nanoseconds)) + Math.Max(_options.LeastStep.Nanoseconds, 8 * _corridor.SigmaAt(x, twoSided: true));
        return (0.5 * (low + high)) - _corridor.Solve().Line.Value(x, twoSided: true);
    }

    public void BeginSegment(int segment)
    {
        Segment = segment;
        Clear();
    }

    private void Clear()
    {
        _corridor.Clear();
        _any = false;
        _disagreeing = 0;
        _taken = 0;
        BestRoundTrip = null;
    }
}

internal enum ExchangeVerdict
{
    Used,

    /// <summary>Cannot be true whatever the clock, or adds nothing.</summary>
    Impossible,

    /// <summary>Contradicts the clock so far.</summary>
    Disagrees,

    /// <summary>Agrees with the clock so far, and with the contradictions just before it.</summary>
    Undecided,

    /// <summary>The last of several contradictions: a new clock begins with it.</summary>
    Restarted,
}
