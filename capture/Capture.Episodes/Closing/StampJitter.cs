using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>
/// How well a driver's stamps say when their instant was, where no latency is declared: by how evenly they follow each other. A stamp is taken when the host notices the instant that it names (the first bytes of
/// a frame, its end), a little late, and never by the same; what lies before that instant (exposure, read-out) is another instant's matter and not in it.
/// </summary>
internal static class StampJitter
{
    private const int Fewest = 16;

    // A sigma of a normal distribution, of its median absolute deviation; and of the difference of two.
    private const double SigmaOfMad = 1.4826;
    private static readonly double SqrtTwo = Math.Sqrt(2);

    // An interrupt on a busy host; and what is said where nothing is known.
    private static readonly Duration Least = Duration.FromMicroseconds(100);
    private static readonly Duration Most = Duration.FromMilliseconds(50);

    /// <summary>Sigma of every row of a stream; null where it is not a driver's stamps without a declared latency, or there are too few of them.</summary>
    public static Duration? Of(EpisodeStream stream)
    {
        if (stream.Info is not { Clock.Feed: ClockFeed.Host, StampSource: StampSource.Kernel, Latency: null })
        {
            return null;
        }

        var intervals = new List<long>();
        (long Sequence, int Segment, long Host)? before = null;
        foreach (RecordBatch batch in stream.ReadAll())
        {
            ReadOnlySpan<long> sequences = batch.Column(CommonColumns.Sequence).Values<long>();
            ReadOnlySpan<int> segments = batch.Column(CommonColumns.Segment).Values<int>();
            ReadOnlySpan<long> hosts = batch.Column(CommonColumns.HostTime).Values<long>();
            for (int i = 0; i < hosts.Length; i++)
            {
                if (before is { } b && b.Segment == segments[i] && b.Sequence + 1 == sequences[i])
                {
                    intervals.Add(hosts[i] - b.Host);
                }

                before = (sequences[i], segments[i], hosts[i]);
            }
        }

        if (intervals.Count < Fewest)
        {
            return null;
        }

        long usual = Median(intervals);
        long deviation = Median([.. intervals.Select(d => Math.Abs(d - usual))]);
        var sigma = new Duration((long)(SigmaOfMad * deviation / SqrtTwo));
        return sigma < Least ? Least : sigma > Most ? Most : sigma;
    }

    private static long Median(List<long> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
