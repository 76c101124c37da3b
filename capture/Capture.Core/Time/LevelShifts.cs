namespace Capture.Core.Time;

/// <summary>
/// Finds, at close, where a one-way clock stepped: where the lower envelope of arrival − device time jumps and stays. Steps of either sign and any size, and readings that lie.
/// </summary>
/// <remarks>
/// A late reading is late alone, or in a stall with others; after a step all are. So at each place the least of the readings behind is held against the least of those ahead, both over <see cref="Look"/>: what
/// differs by more than jitter explains is a step, the largest first. A heap that a stall let go at once is one witness, however many readings it holds. A stall longer than the look rises and falls back to where
/// it was: two shifts that undo each other within <see cref="LongestStall"/> are none.
/// Which reading is on which side: one that lies lower than the higher of the two levels can only be of the lower side. The outermost of these is the edge. Beyond it, readings of the lower side that came late and
/// readings of the higher side look alike; for as long as no reading of the lower side was ever late so long together they are <see cref="Undecided"/>: the clock is made without them, and each sample there is
/// decided by what else is known of it (<see cref="SteppedRows"/>).
/// Identifiable is what exceeds 3 ms and five times the usual spread of the three least readings of a look: below, a step and a jitter are one thing, and nothing is claimed.
/// </remarks>
internal sealed class LevelShifts
{
    /// <summary>The part of a reading that lies.</summary>
    public const int Liar = -1;

    /// <summary>The part of a reading that may be of either side of a step.</summary>
    public const int Undecided = -2;

    private const double Look = 2e9;
    private const double LongestStall = 10e9;
    private const double LeastStep = 3e6;
    private const double UsualSlope = 250e-6;
    private const int FewestInLook = 8;

    /// <summary>So many readings alone below their neighbours lie.</summary>
    private const int MostLiars = 2;

    private const int FewestWitnesses = 3;

    /// <summary>How far back stalls of the lower side are looked for, and how much of them is taken for undecided.</summary>
    private const double Memory = 60e9;
    private const double LeastDoubt = 0.2e9;
    private const double MostDoubt = 3e9;

    private readonly double[] _late;
    private readonly double[] _y;
    private readonly int[] _heap;
    private readonly double _threshold;
    private readonly double _usualSpread;
    private readonly int _usual;
    private readonly List<Shift> _found = [];
    private readonly bool[] _doubtful;

    private LevelShifts(double[] late, double[] x, double[] y, double threshold, double usualSpread)
    {
        _late = late;
        _y = y;
        _threshold = threshold;
        _usualSpread = usualSpread;
        _heap = new int[late.Length];
        _doubtful = new bool[late.Length];
        for (int i = 1; i < late.Length; i++)
        {
            _heap[i] = _heap[i - 1] + (y[i] - y[i - 1] > 0.1 * Math.Abs(x[i] - x[i - 1]) ? 1 : 0);
        }

        int looks = 0;
        for (int from = 0; from < late.Length; from = End(y, from))
        {
            looks++;
        }

        _usual = (_heap[^1] + 1) / looks;
    }

    /// <summary>Which part each reading belongs to, counted from 0; <see cref="Liar"/> and <see cref="Undecided"/> to none.</summary>
    /// <param name="x">Device time, ns.</param>
    /// <param name="y">Arrival, ns, ascending.</param>
    public static int[] Parts(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Parts(x, y, out _, out _);

    /// <param name="least">Smaller shifts cannot be told from jitter, ns; infinite where there are too few readings to tell any.</param>
    /// <param name="rises">The first reading behind each shift, and how much later than before it and all behind it came, ns.</param>
    public static int[] Parts(ReadOnlySpan<double> x, ReadOnlySpan<double> y, out double least, out (int Edge, double Rise)[] rises)
    {
        int n = x.Length;
        int[] parts = new int[n];
        least = double.PositiveInfinity;
        rises = [];
        if (n <= FewestWitnesses)
        {
            return parts;
        }

        double[] late = new double[n];
        for (int i = 0; i < n; i++)
        {
            late[i] = y[i] - x[i];
        }

        // What a crystal does within a look is far below a step; what a clock does that runs at another rate is not.
        double slope = Slope(x, y, late);
        for (int i = 0; i < n && Math.Abs(slope) > UsualSlope; i++)
        {
            late[i] -= slope * x[i];
        }

        double spread = UsualSpread(late, y);
        double threshold = Math.Max(LeastStep, 5 * spread);
        least = threshold;
        MarkLiars(late, y, threshold, parts);
        int[] kept = [.. Enumerable.Range(0, n).Where(i => parts[i] == 0)];
        if (kept.Length <= FewestWitnesses)
        {
            return parts;
        }

        LevelShifts shifts = new(Of(late, kept), Of(x, kept), Of(y, kept), threshold, spread);
        shifts.Search(0, kept.Length);
        shifts.ForgetStalls();
        shifts.Number(kept, parts);
        rises = [.. shifts._found.Select(f => (kept[f.Rise > 0 ? f.EndBefore : f.StartAfter], f.Rise))];
        return parts;
    }

    // The median of the slopes from look to look, by the least late reading of each: a step spoils one of them.
    private static double Slope(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double[] late)
    {
        List<double> slopes = [];
        int before = -1;
        for (int from = 0; from < late.Length;)
        {
            int to = End(y, from);
            int least = from;
            for (int i = from; i < to; i++)
            {
                least = late[i] < late[least] ? i : least;
            }

            if (before >= 0 && x[least] > x[before])
            {
                slopes.Add((late[least] - late[before]) / (x[least] - x[before]));
            }

            (before, from) = (least, to);
        }

        slopes.Sort();
        return slopes.Count == 0 ? 0 : slopes[slopes.Count / 2];
    }

    private static double[] Of(ReadOnlySpan<double> values, int[] kept)
    {
        double[] some = new double[kept.Length];
        for (int k = 0; k < kept.Length; k++)
        {
            some[k] = values[kept[k]];
        }

        return some;
    }

    // The median, over looks, of how far the third least lies above the least.
    private static double UsualSpread(double[] late, ReadOnlySpan<double> y)
    {
        List<double> spreads = [];
        for (int from = 0; from < late.Length;)
        {
            int to = End(y, from);
            double[] look = late[from..to];
            Array.Sort(look);
            if (look.Length >= 3)
            {
                spreads.Add(look[2] - look[0]);
            }

            from = to;
        }

        spreads.Sort();
        return spreads.Count == 0 ? double.PositiveInfinity : spreads[spreads.Count / 2];
    }

    // Behind the last reading of the look that begins at `from`.
    private static int End(ReadOnlySpan<double> y, int from)
    {
        int to = from;
        while (to < y.Length && (to - from < FewestInLook || y[to] <= y[from] + Look))
        {
            to++;
        }

        return to;
    }

    private static void MarkLiars(double[] late, ReadOnlySpan<double> y, double threshold, int[] parts)
    {
        for (int i = 0; i < late.Length; i++)
        {
            int support = 0;
            int others = 0;
            for (int side = -1; side <= 1; side += 2)
            {
                for (int j = i + side, seen = 0; j >= 0 && j < late.Length && support <= MostLiars && (seen < FewestInLook || Math.Abs(y[j] - y[i]) <= Look); j += side, seen++)
                {
                    others++;
                    support += late[j] < late[i] + threshold ? 1 : 0;
                }
            }

            // Itself and at most one more lie this low: they are alone.
            if (support < MostLiars && others >= FewestInLook)
            {
                parts[i] = Liar;
            }
        }
    }

    // The largest shift between two places, then what is left on both sides of it.
    private void Search(int first, int end)
    {
        Stack<(int From, int To)> open = new([(first, end)]);
        while (open.TryPop(out (int From, int To) range))
        {
            if (Largest(range.From, range.To) is { } shift)
            {
                _found.Add(shift);
                Array.ForEach(shift.Overtaken, i => _doubtful[i] = true);
                open.Push((range.From, shift.EndBefore));
                open.Push((shift.StartAfter, range.To));
            }
        }

        _found.Sort((a, b) => a.StartAfter.CompareTo(b.StartAfter));
    }

    private Shift? Largest(int from, int to)
    {
        SlidingLeast behind = new(_late, from, to);
        SlidingLeast ahead = new(_late, from, to);
        int best = -1;
        double bestRise = 0;
        double level = 0;
        int start = from;
        int end = from;
        for (int i = from + 1; i < to; i++)
        {
            Push(behind, i - 1);
            while (i - start > FewestInLook && _y[start] < _y[i] - Look)
            {
                behind.DropBefore(++start);
            }

            while (end < to && (end - i < FewestInLook || _y[end] <= _y[i] + Look))
            {
                Push(ahead, end++);
            }

            ahead.DropBefore(i);
            double rise = ahead.Least - behind.Least;

            // The least of few readings lies higher than that of many: near an end it takes a larger step.
            int witnesses = Math.Min(_heap[i - 1] - _heap[start], _heap[end - 1] - _heap[i]) + 1;
            if (Math.Abs(rise) > Math.Abs(bestRise) && witnesses >= FewestWitnesses && Math.Abs(rise) > _threshold * Math.Max(1, (double)_usual / witnesses))
            {
                (best, bestRise, level) = (i, rise, Math.Max(ahead.Least, behind.Least));
            }
        }

        return best < 0 ? null : Place(from, to, best, bestRise, level);
    }

    private void Push(SlidingLeast window, int i)
    {
        if (!_doubtful[i])
        {
            window.Push(i);
        }
    }

    private Shift Place(int from, int to, int at, double rise, double higher)
    {
        // What lies below this is of the lower side.
        double below = higher - Math.Min(0.3 * Math.Abs(rise), Math.Max(2e6, 4 * _usualSpread));
        int edge = at;
        if (rise > 0)
        {
            while (edge - 1 > from && _late[edge - 1] >= below)
            {
                edge--;
            }

            double doubt = LongestWithout(Math.Abs(rise), from, edge);
            int after = edge;
            while (after < edge + ((to - edge) / 2) && _y[after] < _y[edge - 1] + doubt)
            {
                after++;
            }

            return new Shift(edge, after, rise, Overtaken(from, edge, _y[edge - 1] - doubt, double.PositiveInfinity, below));
        }

        while (edge < to - 1 && _late[edge] >= below)
        {
            edge++;
        }

        double before = LongestWithout(Math.Abs(rise), edge, to);
        int last = edge;
        while (last - 1 > from + ((edge - from) / 2) && _y[last - 1] > _y[edge] - before)
        {
            last--;
        }

        return new Shift(last, edge, rise, Overtaken(edge, to, double.NegativeInfinity, _y[edge] + before, below));
    }

    // The reading at the edge may have been overtaken: then some on its side are of the higher one, and only those that lie low are sure.
    private int[] Overtaken(int from, int to, double since, double until, double below)
    {
        List<int> doubtful = [];
        for (int i = from; i < to; i++)
        {
            if (_y[i] > since && _y[i] < until && _late[i] >= below)
            {
                doubtful.Add(i);
            }
        }

        return [.. doubtful];
    }

    // How long, at most, readings of the lower side came so late together that they would pass for ones of the higher side.
    private double LongestWithout(double step, int from, int to)
    {
        double most = 0;
        double least = double.PositiveInfinity;
        int start = from;
        double seen = _y[from];
        for (int i = from; i < to; i++)
        {
            if (i == from || _y[i] > _y[start] + Look)
            {
                start = i;
                least = double.PositiveInfinity;
                for (int j = i; j < to && _y[j] <= _y[i] + Look; j++)
                {
                    least = Math.Min(least, _late[j]);
                }
            }

            if (_late[i] < least + (0.7 * step))
            {
                most = Math.Max(most, _y[i] - seen);
                seen = _y[i];
            }

            if (_y[i] > _y[from] + Memory && _y[i] < _y[to - 1] - Memory)
            {
                // Only what is near the step says what jitter was like there; either end of the range is one.
                seen = _y[i];
            }
        }

        return Math.Clamp(1.5 * most, LeastDoubt, MostDoubt);
    }

    private void ForgetStalls()
    {
        for (int k = 0; k + 1 < _found.Count; k++)
        {
            Shift up = _found[k];
            Shift down = _found[k + 1];
            if (up.Rise > 0 && _y[down.StartAfter] - _y[up.EndBefore] < LongestStall && Math.Abs(up.Rise + down.Rise) < 0.5 * _threshold)
            {
                Array.ForEach([.. up.Overtaken, .. down.Overtaken], i => _doubtful[i] = false);
                _found.RemoveRange(k, 2);
                k = Math.Max(-1, k - 2);
            }
        }
    }

    private void Number(int[] kept, int[] parts)
    {
        int part = 0;
        for (int k = 0; k < kept.Length; k++)
        {
            while (part < _found.Count && k >= _found[part].StartAfter)
            {
                part++;
            }

            parts[kept[k]] = _doubtful[k] || (part < _found.Count && k >= _found[part].EndBefore) ? Undecided : part;
        }
    }

    /// <summary>Readings before <c>EndBefore</c> are of the one side, from <c>StartAfter</c> on of the other, but for those that may have overtaken others.</summary>
    private readonly record struct Shift(int EndBefore, int StartAfter, double Rise, int[] Overtaken);

    /// <summary>The least of a window that only moves forwards, O(1) a step on average.</summary>
    private sealed class SlidingLeast(double[] values, int from, int to)
    {
        private readonly int[] _ascending = new int[Math.Max(1, to - from)];
        private int _head;
        private int _tail;

        public double Least => _head < _tail ? values[_ascending[_head]] : double.PositiveInfinity;

        public void Push(int i)
        {
            while (_tail > _head && values[_ascending[_tail - 1]] >= values[i])
            {
                _tail--;
            }

            _ascending[_tail++] = i;
        }

        public void DropBefore(int i)
        {
            while (_head < _tail && _ascending[_head] < i)
            {
                _head++;
            }
        }
    }
}
