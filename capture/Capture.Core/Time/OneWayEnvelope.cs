namespace Capture.Core.Time;

/// <summary>
/// Thins stamped arrivals while recording, for <see cref="ClockFit.OneWay"/> at close: of each stretch of device time the earliest and the latest one relative to the ticks.
/// Fixed memory: when it is full, neighbouring stretches are joined. One thread; allocates nothing after construction.
/// </summary>
/// <remarks>
/// Both kept arrivals are real ones, so every constraint that the fit makes of them holds; thinning can widen a bound but not break it. Within a joined stretch of s seconds the choice
/// is off by up to drift · s: 32,768 stretches of 0.1 s last 54 minutes before they become 0.2 s. They are short so that a step between two of them is known to so much.
/// </remarks>
public sealed class OneWayEnvelope
{
    private readonly double _nanosecondsPerTick;
    private readonly double _mostSlope;
    private readonly Entry[] _entries;
    private double _stretchTicks;
    private int _count;
    private int _first;
    private double _slope;

    /// <param name="stretch">Length of a stretch at first.</param>
    /// <param name="capacity">Stretches kept (≥ 2).</param>
    /// <param name="mostDriftPpm">A faster rate is taken for a step.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public OneWayEnvelope(ClockDomain domain, Duration? stretch = null, int capacity = 32_768, double mostDriftPpm = 500)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        _nanosecondsPerTick = new TickScale(domain.TickRateHz).NanosecondsPerTick;
        _stretchTicks = (stretch ?? Duration.FromMilliseconds(100)).Nanoseconds / _nanosecondsPerTick;
        if (!(_stretchTicks > 0))
        {
            throw new ArgumentException($"A stretch must be longer than nothing, but is {stretch}.", nameof(stretch));
        }

        _entries = new Entry[capacity];
        _mostSlope = mostDriftPpm * 1e-6;
    }

    /// <summary>Arrivals that <see cref="ToArray"/> will give.</summary>
    public int Count
    {
        get
        {
            int n = 0;
            for (int i = 0; i < _count; i++)
            {
                n += _entries[i].Earliest == _entries[i].Latest ? 1 : 2;
            }

            return n;
        }
    }

    public void Add(in ClockArrival a)
    {
        if (_count > 0)
        {
            ref Entry last = ref _entries[_count - 1];
            if (last.Earliest.Segment == a.Segment && a.Ticks - last.Start < _stretchTicks && last.Start - a.Ticks < _stretchTicks)
            {
                Join(ref last, a);
                return;
            }
        }

        while (_count == _entries.Length)
        {
            Halve();
        }

        FollowDrift(a.Segment);

        _entries[_count++] = new Entry(a.Ticks, a, a);
    }

    /// <summary>What was kept, in order of arrival.</summary>
    public ClockArrival[] ToArray()
    {
        ClockArrival[] result = new ClockArrival[Count];
        int n = 0;
        for (int i = 0; i < _count; i++)
        {
            (ClockArrival first, ClockArrival second) = (_entries[i].Earliest, _entries[i].Latest);
            if (first == second)
            {
                result[n++] = first;
                continue;
            }

            bool inOrder = first.Arrival <= second.Arrival;
            result[n++] = inOrder ? first : second;
            result[n++] = inOrder ? second : first;
        }

        return result;
    }

    // Within a stretch the delay shall decide and not the drift: the rate between the segment's first stretch and its last one.
    private void FollowDrift(int segment)
    {
        if (_count == 0 || _entries[_first].Earliest.Segment != segment)
        {
            _first = _count;
            _slope = 0;
            return;
        }

        ClockArrival a = _entries[_first].Earliest;
        ClockArrival b = _entries[_count - 1].Earliest;
        double span = (b.Ticks - a.Ticks) * _nanosecondsPerTick;
        if (span > 5e9)
        {
            _slope = Math.Clamp(((b.Arrival - a.Arrival).Nanoseconds - span) / span, -_mostSlope, _mostSlope);
        }
    }

    private void Halve()
    {
        int n = 0;
        for (int i = 0; i < _count; i++)
        {
            if (n > 0 && i % 2 == 1 && _entries[n - 1].Earliest.Segment == _entries[i].Earliest.Segment)
            {
                Join(ref _entries[n - 1], _entries[i].Earliest);
                Join(ref _entries[n - 1], _entries[i].Latest);
            }
            else
            {
                _entries[n++] = _entries[i];
            }
        }

        if (n == _count)
        {
            // Every stretch is a segment of its own (a device that reboots all the time): the oldest goes.
            Array.Copy(_entries, 1, _entries, 0, --n);
        }

        _count = n;
        _first = Math.Min(_first, n - 1);
        while (_first > 0 && _entries[_first - 1].Earliest.Segment == _entries[_first].Earliest.Segment)
        {
            _first--;
        }

        _stretchTicks *= 2;
    }

    private void Join(ref Entry entry, in ClockArrival a)
    {
        if (Lateness(entry, a) < Lateness(entry, entry.Earliest))
        {
            entry.Earliest = a;
        }

        if (Lateness(entry, a) > Lateness(entry, entry.Latest))
        {
            entry.Latest = a;
        }
    }

    private double Lateness(in Entry entry, in ClockArrival a) =>
        (a.Arrival - entry.Earliest.Arrival).Nanoseconds - ((a.Ticks - entry.Start) * _nanosecondsPerTick * (1 + _slope));

    private struct Entry(DeviceTicks start, ClockArrival earliest, ClockArrival latest)
    {
        public readonly DeviceTicks Start = start;
        public ClockArrival Earliest = earliest;
        public ClockArrival Latest = latest;
    }
}
