using System.Runtime.InteropServices;
using Capture.Arrow;

namespace Capture.Episodes.Reading;

/// <summary>Rows next to each other.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RowRange(long First, long Count)
{
    /// <summary>The row behind the last.</summary>
    public long End => First + Count;
}

/// <summary>Rows of a batch.</summary>
/// <param name="First">The first of them, in the batch.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BatchRows(RecordBatch Batch, int First, int Count);

/// <summary>
/// Finds rows by time. Of every batch it keeps the earliest and the latest time; within a batch it looks at the times themselves. Takes batches in as they come; for one thread.
/// </summary>
/// <param name="batches">How many batches there are by now.</param>
/// <param name="rowsOf">Rows of a batch.</param>
/// <param name="timesOf">The int64 column of times of a batch.</param>
internal sealed class TimeIndex(Func<int> batches, Func<int, int> rowsOf, Func<int, ArrowColumn> timesOf)
{
    private readonly List<Span> _spans = [];
    private bool _rising = true;
    private int _cached = -1;
    private ArrowColumn? _column;

    public long RowAsOf(long time)
    {
        TakeIn();
        ReadOnlySpan<Span> spans = CollectionsMarshal.AsSpan(_spans);
        for (int i = Upper(spans, time); i >= 0; i--)
        {
            if (spans[i].Earliest > time || spans[i].Rows == 0)
            {
                continue;
            }

            ReadOnlySpan<long> times = Times(i);
            return spans[i].First + (spans[i].Rising ? UpperBound(times, time) : times.LastIndexOfAnyInRange(long.MinValue, time));
        }

        return -1;
    }

    public RowRange RowsBetween(long from, long to)
    {
        TakeIn();
        if (to <= from)
        {
            return default;
        }

        ReadOnlySpan<Span> spans = CollectionsMarshal.AsSpan(_spans);
        long first = -1;
        for (int i = Lower(spans, from); i < spans.Length; i++)
        {
            if (spans[i].Rows == 0 || spans[i].Latest < from || spans[i].Earliest >= to)
            {
                continue;
            }

            int within = Times(i).IndexOfAnyInRange(from, to - 1);
            if (within >= 0)
            {
                first = spans[i].First + within;
                break;
            }
        }

        if (first < 0)
        {
            return default;
        }

        for (int i = Upper(spans, to - 1); i >= 0; i--)
        {
            if (spans[i].Rows == 0 || spans[i].Latest < from || spans[i].Earliest >= to)
            {
                continue;
            }

            int within = Times(i).LastIndexOfAnyInRange(from, to - 1);
            if (within >= 0)
            {
                return new RowRange(first, spans[i].First + within + 1 - first);
            }
        }

        return new RowRange(first, 1);
    }

    private static int UpperBound(ReadOnlySpan<long> times, long time)
    {
        int low = 0;
        int high = times.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (times[middle] <= time)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>The last batch that can hold a row at a time or before.</summary>
    private int Upper(ReadOnlySpan<Span> spans, long time)
    {
        if (!_rising)
        {
            return spans.Length - 1;
        }

        int low = 0;
        int high = spans.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (spans[middle].Earliest <= time)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>The first batch that can hold a row at a time or later.</summary>
    private int Lower(ReadOnlySpan<Span> spans, long time)
    {
        if (!_rising)
        {
            return 0;
        }

        int low = 0;
        int high = spans.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (spans[middle].Latest < time)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void TakeIn()
    {
        for (int i = _spans.Count, count = batches(); i < count; i++)
        {
            long first = i == 0 ? 0 : _spans[^1].First + _spans[^1].Rows;
            int rows = rowsOf(i);
            if (rows == 0)
            {
                // Keeps the order of its neighbours.
                long at = i == 0 ? long.MinValue : _spans[^1].Latest;
                _spans.Add(new Span(first, 0, at, at, Rising: true));
                continue;
            }

            ReadOnlySpan<long> times = Times(i);
            long earliest = times[0];
            long latest = times[0];
            bool rising = true;
            for (int row = 1; row < times.Length; row++)
            {
                rising &= times[row] >= times[row - 1];
                earliest = Math.Min(earliest, times[row]);
                latest = Math.Max(latest, times[row]);
            }

            _rising &= i == 0 || earliest >= _spans[^1].Latest;
            _spans.Add(new Span(first, rows, earliest, latest, rising));
        }
    }

    private ReadOnlySpan<long> Times(int batch)
    {
        if (_cached != batch || _column is null)
        {
            _column = timesOf(batch);
            _cached = batch;
        }

        return _column.Values<long>();
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Span(long First, int Rows, long Earliest, long Latest, bool Rising);
}
