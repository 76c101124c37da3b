using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>Joins the beginnings and ends of the stream of marks to intervals.</summary>
public static class MarkIntervals
{
    /// <summary>A manifest lists so many; the rest stands in the stream alone. A device that flickers all day must not make the manifest grow without end.</summary>
    internal const int MostInManifest = 1000;

    /// <summary>The marked stretches in the order in which they were found; none where the episode has no stream of marks.</summary>
    /// <exception cref="EpisodeException">A batch is damaged.</exception>
    public static IReadOnlyList<ManifestMark> Of(EpisodeReader episode)
    {
        var intervals = new List<ManifestMark>();
        var open = new Dictionary<(string Stream, string Mark), int>();
        if (episode.Find(MarkSchema.Name) is not { } stream)
        {
            return intervals;
        }

        long anchor = stream.Info.Episode.Anchor.Origin.Nanoseconds;
        foreach (RecordBatch batch in stream.ReadAll())
        {
            ReadOnlySpan<long> found = batch.Column(CommonColumns.HostTime).Values<long>();
            ReadOnlySpan<long> at = batch.Column(MarkSchema.RowTime).Values<long>();
            ReadOnlySpan<int> segments = batch.Column(MarkSchema.RowSegment).Values<int>();
            ReadOnlySpan<long> rows = batch.Column(MarkSchema.RowSequence).Values<long>();
            ArrowColumn streams = batch.Column(MarkSchema.Stream);
            ArrowColumn marks = batch.Column(MarkSchema.Mark);
            ArrowColumn begins = batch.Column(MarkSchema.Begins);
            for (int i = 0; i < batch.Rows; i++)
            {
                var key = (streams.Text(i), marks.Text(i));
                if (begins.Bool(i))
                {
                    open[key] = intervals.Count;
                    intervals.Add(new ManifestMark(key.Item1, key.Item2, at[i] - anchor, null, found[i] - anchor, segments[i], rows[i], null, null));
                }
                else if (open.Remove(key, out int index))
                {
                    intervals[index] = intervals[index] with { UntilNs = at[i] - anchor, UntilSegment = segments[i], UntilSequence = rows[i] };
                }
            }
        }

        return intervals;
    }
}
