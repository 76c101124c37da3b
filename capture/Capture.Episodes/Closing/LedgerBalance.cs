using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>The ledger's entries by stream, and the balance of each stream (format, chapter 6).</summary>
internal sealed class LedgerBalance
{
    private readonly Dictionary<string, List<Entry>> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(HostTime At, string Stage, string Reason, string Evidence, long? Count, long? FirstSequence);

    /// <summary>Reads the ledger's file; <paramref name="unwritten"/> is what a full disk kept out of it.</summary>
    public static LedgerBalance Read(EpisodeStream? ledger, IReadOnlyList<(string Stream, Loss Loss)> unwritten)
    {
        var balance = new LedgerBalance();
        foreach (RecordBatch batch in ledger?.ReadAll() ?? [])
        {
            ReadOnlySpan<long> at = batch.Column(CommonColumns.HostTime).Values<long>();
            ArrowColumn stream = batch.Column(LedgerSchema.Stream);
            ArrowColumn stage = batch.Column(LedgerSchema.Stage);
            ArrowColumn reason = batch.Column(LedgerSchema.Reason);
            ArrowColumn evidence = batch.Column(LedgerSchema.Evidence);
            ArrowColumn count = batch.Column(LedgerSchema.Count);
            ArrowColumn first = batch.Column(LedgerSchema.FirstSequence);
            for (int i = 0; i < batch.Rows; i++)
            {
                balance.Add(stream.Text(i), new Entry(new HostTime(at[i]), stage.Text(i), reason.Text(i), evidence.Text(i), Value(count, i), Value(first, i)));
            }
        }

        foreach ((string name, Loss loss) in unwritten)
        {
            balance.Add(name, new Entry(loss.At, FormatText<LossStage>.Of(loss.Stage), FormatText<LossReason>.Of(loss.Reason), FormatText<LossEvidence>.Of(loss.Evidence), loss.Count, loss.FirstSequence));
        }

        return balance;
    }

    /// <summary>Produced, stored, dropped and unknown of one stream, in its unit.</summary>
    public ManifestCounts Of(StreamScan scan)
    {
        StreamInfo info = scan.Stream.Info;
        IReadOnlyList<Entry> entries = _entries.GetValueOrDefault(info.Name) ?? [];
        long stored = scan.Stream.Rows * info.CountPerRow;
        long dropped = entries.Sum(e => e.Count ?? 0);
        long? produced = info.Counted ? Produced(scan, entries) : null;
        var reasons = entries
            .GroupBy(e => (e.Stage, e.Reason, e.Evidence))
            .Select(g => new ManifestLoss(g.Key.Stage, g.Key.Reason, g.Key.Evidence, g.All(e => e.Count is not null) ? g.Sum(e => e.Count) : null, g.Count()))
            .ToList();
        return new ManifestCounts(FormatText<CountUnit>.Of(info.CountUnit), produced, stored, dropped, produced - stored - dropped, reasons);
    }

    /// <summary>
    /// What the counter says: for each segment the distance from its first to its last count. A loss before the first or after the last row of a segment is
    /// outside that distance, and is added as the ledger booked it.
    /// </summary>
    private static long Produced(StreamScan scan, IReadOnlyList<Entry> entries)
    {
        StreamInfo info = scan.Stream.Info;
        List<SegmentSpan> segments = scan.Segments;
        var counted = entries.Where(e => e is { Evidence: "counter", Count: > 0, FirstSequence: not null }).ToList();
        if (segments.Count == 0)
        {
            return counted.Sum(e => e.Count!.Value);
        }

        // Audio rows are periods: their sequence counts rows, the ledger frames, and the ticks are the frames' own counter.
        long perRow = info.CountPerRow;
        long produced = segments.Sum(s => perRow > 1 && s.FirstTicks is { } a && s.LastTicks is { } b ? b - a + perRow : (s.Last - s.First + 1) * perRow);
        foreach (Entry entry in counted)
        {
            long from = entry.FirstSequence!.Value;
            long rows = Math.Max(entry.Count!.Value / perRow, 1);
            SegmentSpan segment = segments[SegmentOf(segments, entry, rows)];
            produced += from > segment.Last || from + rows - 1 < segment.First ? entry.Count.Value : 0;
        }

        return produced;
    }

    /// <summary>The segment that an entry belongs to: the one it lies in or touches, else the one that ran at its time.</summary>
    private static int SegmentOf(List<SegmentSpan> segments, Entry entry, long rows)
    {
        long from = entry.FirstSequence!.Value;
        int byTime = Math.Max(segments.FindLastIndex(s => s.FirstSeen <= entry.At), 0);
        bool Touches(int i) => i >= 0 && i < segments.Count && from <= segments[i].Last + 1 && from + rows >= segments[i].First;
        return Touches(byTime) ? byTime : Touches(byTime + 1) ? byTime + 1 : Touches(byTime - 1) ? byTime - 1 : byTime;
    }

    private static long? Value(ArrowColumn column, int row) => column.IsNull(row) ? null : column.Values<long>()[row];

    private void Add(string stream, Entry entry)
    {
        if (!_entries.TryGetValue(stream, out List<Entry>? list))
        {
            _entries[stream] = list = [];
        }

        list.Add(entry);
    }
}
