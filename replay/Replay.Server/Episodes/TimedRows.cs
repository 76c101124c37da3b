namespace Replay.Server.Episodes;

/// <summary>The rows of a stream at one moment. Immutable.</summary>
internal sealed class TimedRows
{
    /// <summary>The name of the times that the recorder estimated while recording.</summary>
    public const string Online = "online";

    private readonly bool _ascending;

    /// <param name="before">The same stream's rows a moment ago, so that only what is new need be looked at; null where there are none.</param>
    public TimedRows(
        ReadOnlyMemory<long> sequence, ReadOnlyMemory<int> segment, ReadOnlyMemory<long> hostTime, ReadOnlyMemory<long> time, string timeVersion, TimedRows? before = null)
    {
        Sequence = sequence;
        Segment = segment;
        HostTime = hostTime;
        Time = time;
        TimeVersion = timeVersion;
        ReadOnlySpan<long> times = time.Span;
        bool continues = before is { Range: not null } && before.TimeVersion == timeVersion && before.Count <= times.Length;
        _ascending = !continues || before!._ascending;
        (long min, long max) = continues ? before!.Range!.Value : times.Length > 0 ? (times[0], times[0]) : (0, 0);
        for (int i = continues ? before!.Count : 1; i < times.Length; i++)
        {
            _ascending &= times[i] >= times[i - 1];
            min = Math.Min(min, times[i]);
            max = Math.Max(max, times[i]);
        }

        Range = times.Length > 0 ? (min, max) : null;
    }

    public int Count => Sequence.Length;

    public ReadOnlyMemory<long> Sequence { get; }

    public ReadOnlyMemory<int> Segment { get; }

    public ReadOnlyMemory<long> HostTime { get; }

    /// <summary>Episode time of each row under <see cref="TimeVersion"/>, ns.</summary>
    public ReadOnlyMemory<long> Time { get; }

    /// <summary>"v1" …, or <see cref="Online"/>.</summary>
    public string TimeVersion { get; }

    /// <summary>One standard deviation, ns; empty under online times.</summary>
    public ReadOnlyMemory<long> Sigma { get; init; }

    /// <summary>Bound, ns, −1 where unknown; empty under online times.</summary>
    public ReadOnlyMemory<long> Bound { get; init; }

    /// <summary>File offset of each picture; empty but for cameras, as the next two.</summary>
    public ReadOnlyMemory<long> Offset { get; init; }

    public ReadOnlyMemory<int> Length { get; init; }

    public ReadOnlyMemory<byte> KeyFrame { get; init; }

    /// <summary>Earliest and latest time; null without rows.</summary>
    public (long From, long To)? Range { get; }

    /// <summary>
    /// Rows [first, end) that hold all with from ≤ time &lt; to. Times that go back at a device's reset can put others among them: look at each row's time.
    /// </summary>
    public (int First, int End) Between(long from, long to)
    {
        ReadOnlySpan<long> times = Time.Span;
        if (_ascending)
        {
            int first = LowerBound(times, from);
            return (first, Math.Max(first, LowerBound(times, to)));
        }

        int begin = 0;
        while (begin < times.Length && (times[begin] < from || times[begin] >= to))
        {
            begin++;
        }

        int end = times.Length;
        while (end > begin && (times[end - 1] < from || times[end - 1] >= to))
        {
            end--;
        }

        return (begin, end);
    }

    /// <summary>The last row at or before a time, or −1.</summary>
    public int LastAtOrBefore(long time)
    {
        ReadOnlySpan<long> times = Time.Span;
        if (_ascending)
        {
            return LowerBound(times, time == long.MaxValue ? time : time + 1) - 1;
        }

        int best = -1;
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] <= time && (best < 0 || times[i] >= times[best]))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>The row with this segment and sequence, or −1.</summary>
    public int Find(int segment, long sequence)
    {
        (int first, int end) = (0, Count);
        ReadOnlySpan<int> segments = Segment.Span;
        ReadOnlySpan<long> sequences = Sequence.Span;
        while (first < end)
        {
            int middle = first + ((end - first) / 2);
            if ((segments[middle], sequences[middle]).CompareTo((segment, sequence)) < 0)
            {
                first = middle + 1;
            }
            else
            {
                end = middle;
            }
        }

        return first < Count && segments[first] == segment && sequences[first] == sequence ? first : -1;
    }

    private static int LowerBound(ReadOnlySpan<long> values, long value)
    {
        (int first, int end) = (0, values.Length);
        while (first < end)
        {
            int middle = first + ((end - first) / 2);
            if (values[middle] < value)
            {
                first = middle + 1;
            }
            else
            {
                end = middle;
            }
        }

        return first;
    }
}
