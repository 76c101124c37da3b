namespace Capture.Core.Time;

/// <summary>
/// Watches a one-way clock for arrivals that are all late: a device whose clock stepped back, or a count that fell behind. One late arrival is jitter, more than a second of nothing else is not: in so long the
/// least late of them usually lies close to the envelope, and how close is learnt. Where the ticks of an evenly spaced stream jumped as well, a third of that is enough: a stall does not touch the ticks. Allocates
/// nothing after construction.
/// </summary>
/// <param name="within">Null: watches for nothing.</param>
internal sealed class LateRun(Duration? within, Duration leastStep)
{
    private const int Fewest = 8;
    private const int Slots = 12;

    /// <summary>Times the usual lateness of the least late one.</summary>
    private const double Unusual = 8;

    private readonly (HostTime Arrival, double Lateness, ClockArrival Least)[] _slots = new (HostTime, double, ClockArrival)[Slots];
    private HostTime _runStart;
    private int _run;
    private int _newest;
    private HostTime _blockStart;
    private bool _block;
    private double _blockLeast;
    private double _usual;
    private HostTime _jumped = new(long.MinValue);

    /// <summary>The least late arrival of the run's later half: the new envelope, as far as it is known. The first ones of a run may be late ones of the clock before.</summary>
    public ClockArrival LeastLate { get; private set; }

    public void Clear() => (_run, _block, _jumped) = (0, false, new HostTime(long.MinValue));

    /// <summary>The ticks jumped just before this arrival.</summary>
    public void Jumped(HostTime at) => _jumped = at;

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

        Keep(a, lateness, length);
        if (_run++ == 0)
        {
            _runStart = a.Arrival;
        }

        Duration needed = _jumped >= _runStart - length && _jumped <= a.Arrival ? new Duration(length.Nanoseconds / 3) : length;
        if (_run < Fewest || a.Arrival - _runStart < needed)
        {
            return false;
        }

        double least = double.PositiveInfinity;
        HostTime half = HostTime.Midpoint(_runStart, a.Arrival);
        foreach ((HostTime at, double late, ClockArrival arrival) in _slots)
        {
            if (at >= half && late <= least)
            {
                (least, LeastLate) = (late, arrival);
            }
        }

        return true;
    }

    // One slot a twelfth of the run's length: the least late of each.
    private void Keep(in ClockArrival a, double lateness, Duration length)
    {
        if (_run == 0)
        {
            Array.Fill(_slots, (new HostTime(long.MinValue), double.PositiveInfinity, default));
            _newest = 0;
        }
        else if (a.Arrival - _slots[_newest].Arrival > new Duration(length.Nanoseconds / Slots))
        {
            _newest = (_newest + 1) % Slots;
            _slots[_newest] = (a.Arrival, double.PositiveInfinity, default);
        }

        if (lateness <= _slots[_newest].Lateness)
        {
            _slots[_newest] = (_run == 0 ? a.Arrival : _slots[_newest].Arrival, lateness, a);
        }
    }
}
