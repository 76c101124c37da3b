using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Replay.Server.Episodes;

/// <summary>A stretch in which rows are missing: from the last row before to the first row after.</summary>
/// <param name="Count">How many, in the stream's count unit; null where it cannot be known.</param>
internal sealed record Gap(long FromNs, long ToNs, long? Count, string Reason);

/// <summary>Reads what the ledger says and finds the place of each entry among the rows.</summary>
internal static class Gaps
{
    /// <summary>Gaps by stream. Entries that lost nothing (count 0) are left out.</summary>
    public static Dictionary<string, List<Gap>> Of(OpenEpisode episode, CancellationToken cancel)
    {
        var gaps = new Dictionary<string, List<Gap>>(StringComparer.Ordinal);
        if (episode.Find(LedgerSchema.Name) is not { } ledger)
        {
            return gaps;
        }

        foreach (RecordBatch batch in ledger.AllBatches())
        {
            ReadOnlySpan<long> at = batch.Column(CommonColumns.HostTime).Values<long>();
            ArrowColumn counts = batch.Column(LedgerSchema.Count);
            ArrowColumn firsts = batch.Column(LedgerSchema.FirstSequence);
            for (int row = 0; row < batch.Rows; row++)
            {
                long? count = counts.IsNull(row) ? null : counts.Values<long>()[row];
                string name = batch.Column(LedgerSchema.Stream).Text(row);
                if (count == 0 || episode.Find(name)?.Rows(cancel) is not { } rows)
                {
                    continue;
                }

                long? first = firsts.IsNull(row) ? null : firsts.Values<long>()[row];
                (long from, long to) = Place(rows, at[row], first, episode.Manifest.Anchor.MonotonicNs);
                if (!gaps.TryGetValue(name, out List<Gap>? list))
                {
                    gaps.Add(name, list = []);
                }

                list.Add(new Gap(from, to, count, batch.Column(LedgerSchema.Reason).Text(row)));
            }
        }

        return gaps;
    }

    private static (long From, long To) Place(TimedRows rows, long hostTime, long? firstSequence, long anchor)
    {
        if (rows.Count == 0)
        {
            return (hostTime - anchor, hostTime - anchor);
        }

        // The row after the gap: by sequence where the ledger names one, among rows near the entry's own time; else the first that came after the entry.
        int near = FirstArrivedAfter(rows.HostTime.Span, hostTime);
        int after = firstSequence is { } first ? FirstBeyond(rows, first, near) : near;
        ReadOnlySpan<long> times = rows.Time.Span;
        long from = times[Math.Max(0, after - 1)];
        long to = times[Math.Min(after, rows.Count - 1)];
        return (Math.Min(from, to), Math.Max(from, to));
    }

    private static int FirstArrivedAfter(ReadOnlySpan<long> hostTimes, long hostTime)
    {
        int index = hostTimes.BinarySearch(hostTime);
        return index >= 0 ? index : ~index;
    }

    private static int FirstBeyond(TimedRows rows, long sequence, int near)
    {
        // Sequences may begin anew with a segment: the search stays in the one in which the entry was made.
        ReadOnlySpan<int> segments = rows.Segment.Span;
        int segment = segments[Math.Clamp(near, 0, rows.Count - 1)];
        int begin = LowerBound(segments, segment);
        int end = LowerBound(segments, segment + 1);
        int offset = rows.Sequence.Span[begin..end].BinarySearch(sequence);
        return begin + (offset >= 0 ? offset : ~offset);
    }

    private static int LowerBound(ReadOnlySpan<int> values, int value)
    {
        (int first, int end) = (0, values.Length);
        while (first < end)
        {
            int middle = first + ((end - first) / 2);
            (first, end) = values[middle] < value ? (middle + 1, end) : (first, middle);
        }

        return first;
    }
}
