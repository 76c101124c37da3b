namespace Capture.Core.Time;

/// <summary>
/// The window of constraints that an online clock keeps: of each stretch of device time the lowest high and the highest low. Stretches begin short and
/// double as the window fills, so that the first second is used as well as the first minute. Allocates nothing after construction.
/// </summary>
internal sealed class OnlineCorridor
{
    private const int Capacity = 64;
    private const double FirstStretchDivisor = 16;

    private readonly CorridorModel _model;
    private readonly double _window;
    private readonly double[] _highX = new double[Capacity];
    private readonly double[] _high = new double[Capacity];
    private readonly double[] _lowX = new double[Capacity];
    private readonly double[] _low = new double[Capacity];
    private readonly double[] _stretchStart = new double[Capacity];
    private double _stretch;
    private double _newest;
    private Corridor _corridor;
    private EnvelopeLine _line;
    private bool _dirty;

    public OnlineCorridor(in CorridorModel model, Duration window)
    {
        _model = model;
        _window = window.Nanoseconds;
        Clear();
    }

    public int Count { get; private set; }

    /// <summary>How often readings contradicted each other and the older ones were dropped.</summary>
    public long Broken { get; private set; }

    public bool RateKnown => Count >= EnvelopeLine.FewestForRate;

    private Constraints All => new(_highX.AsSpan(0, Count), _high.AsSpan(0, Count), _lowX.AsSpan(0, Count), _low.AsSpan(0, Count));

    public void Clear()
    {
        Count = 0;
        _stretch = _window / Capacity / FirstStretchDivisor;
        _newest = double.NegativeInfinity;
        _dirty = true;
    }

    /// <summary>Whether both constraints can be true together with what is known.</summary>
    public bool Agrees(double xLow, double low, double xHigh, double high) => !ExcludesLower(xLow, low) && !ExcludesUpper(xHigh, high);

    public bool ExcludesUpper(double x, double high) => Count > 0 && high + (2 * _model.Slack) < Interval(x).Lower;

    public bool ExcludesLower(double x, double low) => Count > 0 && low - (2 * _model.Slack) > Interval(x).Upper;

    public void Insert(double xLow, double low, double xHigh, double high)
    {
        double x = Math.Max(xLow, xHigh);
        double slope = Count > 0 ? _line.Slope : 0;
        _newest = Math.Max(_newest, x);
        if (Count > 0 && x < _stretchStart[Count - 1] + _stretch)
        {
            // Older than the newest stretch: a reordered sample; it may serve that stretch as well, since each constraint has its own x.
            Tighten(Count - 1, xLow, low, xHigh, high, slope);
            return;
        }

        if (Count == Capacity)
        {
            if (_stretch * Capacity < _window)
            {
                MergePairs(slope);
            }
            else
            {
                DropOldest();
            }
        }

        while (Count > 0 && _stretchStart[0] < x - _window - _stretch && Count > EnvelopeLine.FewestForRate)
        {
            DropOldest();
        }

        _stretchStart[Count] = x;
        _highX[Count] = xHigh;
        _high[Count] = high;
        _lowX[Count] = xLow;
        _low[Count] = low;
        Count++;
        _dirty = true;
    }

    /// <summary>The polygon and the line; solved anew only after a change.</summary>
    public (Corridor Corridor, EnvelopeLine Line) Solve()
    {
        if (_dirty)
        {
            _corridor = Corridor.Solve(All, _newest, _model);
            Broken += _corridor.Feasible || Count < 2 ? 0 : 1;
            while (!_corridor.Feasible && Count > 1)
            {
                // An assumption failed somewhere behind: the newest readings are the ones to believe.
                DropOldest();
                _corridor = Corridor.Solve(All, _newest, _model);
            }

            Span<int> scratch = stackalloc int[Capacity];
            Span<double> heights = stackalloc double[Capacity];
            _line = EnvelopeLine.Fit(All, _newest, _corridor.RateMin, _corridor.RateMax, _model.PriorDrift, scratch, heights);
            _dirty = false;
        }

        return (_corridor, _line);
    }

    public (double Lower, double Upper) Interval(double x) => Solve().Corridor.Interval(x, _model);

    public double SigmaAt(double x, bool twoSided) => Solve().Line.Sigma(x, twoSided, _model);

    public double SigmaAtNewest(bool twoSided) => Solve().Line.Sigma(_newest, twoSided, _model);

    /// <summary>The line's host instant of a count, moved into the corridor and to before its own arrival.</summary>
    public TimeEstimate Estimate(TickScale scale, DeviceTicks ticks, HostTime arrival, bool twoSided, Duration latestBeforeArrival)
    {
        (Corridor corridor, EnvelopeLine line) = Solve();
        double x = scale.X(ticks);
        (double lower, double upper) = corridor.Interval(x, _model);
        double latest = scale.Y(arrival - latestBeforeArrival) - x;
        if (latest < lower - _model.Slack)
        {
            return new TimeEstimate(arrival - latestBeforeArrival, TickScale.UnknownSigma, null);
        }

        upper = Math.Min(upper, latest + _model.Slack);
        double theta = Math.Clamp(line.Value(x, twoSided), lower, Math.Max(lower, upper));
        double half = Math.Max(upper - theta, theta - lower);
        double sigma = line.Sigma(x, twoSided, _model);
        bool bounded = double.IsFinite(half);
        return new TimeEstimate(
            scale.ToHost(x + theta),
            (bounded ? Math.Min(sigma, half) : sigma).ToDuration(),
            bounded ? half.ToBound() : null);
    }

    private void Tighten(int i, double xLow, double low, double xHigh, double high, double slope)
    {
        // Compared along the present rate, so that within a stretch the delay decides and not the drift.
        if (high - (slope * xHigh) < _high[i] - (slope * _highX[i]))
        {
            (_highX[i], _high[i]) = (xHigh, high);
            _dirty = true;
        }

        if (low - (slope * xLow) > _low[i] - (slope * _lowX[i]))
        {
            (_lowX[i], _low[i]) = (xLow, low);
            _dirty = true;
        }
    }

    private void MergePairs(double slope)
    {
        int n = 0;
        for (int i = 0; i < Count; i += 2)
        {
            (_stretchStart[n], _highX[n], _high[n], _lowX[n], _low[n]) = (_stretchStart[i], _highX[i], _high[i], _lowX[i], _low[i]);
            if (i + 1 < Count)
            {
                Tighten(n, _lowX[i + 1], _low[i + 1], _highX[i + 1], _high[i + 1], slope);
            }

            n++;
        }

        Count = n;
        _stretch *= 2;
        _dirty = true;
    }

    private void DropOldest()
    {
        Count--;
        Array.Copy(_stretchStart, 1, _stretchStart, 0, Count);
        Array.Copy(_highX, 1, _highX, 0, Count);
        Array.Copy(_high, 1, _high, 0, Count);
        Array.Copy(_lowX, 1, _lowX, 0, Count);
        Array.Copy(_low, 1, _low, 0, Count);
        _dirty = true;
    }
}
