using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncCheck;

/// <summary>Frames against the rising edges that expose them. Both come evenly, so the residual is known modulo the trigger's period; the smallest is taken.</summary>
internal static class TriggerExposure
{
    private const int LeastFrames = 50;
    private const double MostRateDifference = 0.03;

    /// <summary>The channel whose edges come as often as the frames, and how far frames lie behind its edges; null where no channel does.</summary>
    public static (Lag Lag, long PeriodNs, int Channel)? Find(EpisodeStream trigger, EpisodeStream camera, long fromNs, long toNs)
    {
        long[] frames = [.. camera.ReadTimes().Where(t => t >= fromNs && t <= toNs)];
        (Lag Lag, long PeriodNs, int Channel)? best = null;
        foreach ((int channel, long[] edges) in Edges(trigger, fromNs, toNs))
        {
            if (frames.Length < LeastFrames || edges.Length < LeastFrames)
            {
                continue;
            }

            double period = Median([.. edges.Zip(edges.Skip(1), (a, b) => (double)(b - a))]);
            double framePeriod = Median([.. frames.Zip(frames.Skip(1), (a, b) => (double)(b - a))]);
            if (Math.Abs((framePeriod / period) - 1) <= MostRateDifference && Residual(frames, edges, period) is { } lag && (best is null || lag.Score > best.Value.Lag.Score))
            {
                best = (lag, (long)period, channel);
            }
        }

        return best;
    }

    // The mean direction of the phases: no edge of the period is special. Its length is the score (1: all alike).
    private static Lag? Residual(long[] frames, long[] edges, double period)
    {
        var phases = new List<double>();
        int next = 0;
        foreach (long frame in frames)
        {
            while (next + 1 < edges.Length && edges[next + 1] <= frame)
            {
                next++;
            }

            if (edges[next] <= frame && frame - edges[next] < 2 * period)
            {
                phases.Add((frame - edges[next]) / period * 2 * Math.PI);
            }
        }

        if (phases.Count < LeastFrames)
        {
            return null;
        }

        double x = phases.Average(Math.Cos);
        double y = phases.Average(Math.Sin);
        double middle = Math.Atan2(y, x);
        double toNs = period / (2 * Math.PI);

        // Blocks of 60 frames stand for themselves: a clock wanders slowly, so neighbours are alike.
        double[] blocks = [.. phases.Chunk(60).Select(c => Math.Atan2(c.Average(Math.Sin), c.Average(Math.Cos)) - middle).Select(d => Math.IEEERemainder(d, 2 * Math.PI))];
        double spread = Math.Sqrt(blocks.Sum(d => d * d) / Math.Max(blocks.Length - 1, 1) / blocks.Length);
        return new Lag(middle * toNs, (middle - (2.58 * spread)) * toNs, (middle + (2.58 * spread)) * toNs, Math.Sqrt((x * x) + (y * y)));
    }

    private static IEnumerable<(int Channel, long[] Edges)> Edges(EpisodeStream trigger, long fromNs, long toNs)
    {
        long[] times = trigger.ReadTimes();
        var byChannel = new SortedDictionary<int, List<long>>();
        int row = 0;
        foreach (RecordBatch batch in trigger.ReadAll())
        {
            ReadOnlySpan<short> channels = batch.Column(TriggerEdgeSchema.Channel).Values<short>();
            ArrowColumn rising = batch.Column(TriggerEdgeSchema.Rising);
            for (int i = 0; i < batch.Rows; i++, row++)
            {
                if (rising.Bool(i) && times[row] >= fromNs && times[row] <= toNs)
                {
                    if (!byChannel.TryGetValue(channels[i], out List<long>? edges))
                    {
                        byChannel[channels[i]] = edges = [];
                    }

                    edges.Add(times[row]);
                }
            }
        }

        return byChannel.Select(c => (c.Key, c.Value.Order().ToArray()));
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
