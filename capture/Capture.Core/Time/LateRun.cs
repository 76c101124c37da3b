namespace Capture.Core.Time;

/// <summary>
/// Watches a one-way clock for arrivals that are all late: a device whose clock stepped back, or a count that fell behind. One late arrival is jitter, a second and a half of nothing else is not: in so long the
/// least late of them usually lies close to the envelope, and how close is learnt. Allocates nothing.
/// </summary>
/// <param name="within">Null: watches for nothing.</param>
internal struct LateRun(Duration? within, Duration leastStep)
{
    private const int Fewest = 8;

    /// <summary>Times the usual lateness of the least late one.</summary>
    private const double Unusual = 8;

    private HostTime _runStart;
    private int _run;
    private double _least;
    private HostTime _blockStart;
    private bool _block;
    private double _blockLeast;
    private double _usual;

    /// <summary>The least late arrival of the run: the new envelope, as far as it is known.</summary>
    public ClockArrival LeastLate { get; private set; }

    public void Clear() => (_run, _block) = (0, false);

    /// <param name="lateness">Above the envelope, ns.</param>
    public bool SteppedBack(in ClockArrival a, double lateness)
    {
        if (within is not { } length)
        {
            return false;
        }

        double threshold = Math.Max(leastStep.Nanoseconds, Unusual * _usual);
        if (!_block || a.Arrival - _blockStart > length)
        {
            if (_block && _blockLeast < threshold)
            {
                // Learnt slowly, unlearnt fast: the first seconds of a clock, whose rate is not known yet, shall not blind it.
                double change = Math.Max(0, _blockLeast) - _usual;
                _usual += change * (change < 0 ? 0.5 : 0.25);
            }

            (_block, _blockStart, _blockLeast) = (true, a.Arrival, double.PositiveInfinity);
        }

        _blockLeast = Math.Min(_blockLeast, lateness);
        if (lateness < threshold)
        {
            _run = 0;
            return false;
        }

        if (_run++ == 0)
        {
            _runStart = a.Arrival;
            _least = double.PositiveInfinity;
        }

        if (lateness <= _least)
        {
            _least = lateness;
            LeastLate = a;
        }

        return _run >= Fewest && a.Arrival - _runStart >= length;
    }
}
