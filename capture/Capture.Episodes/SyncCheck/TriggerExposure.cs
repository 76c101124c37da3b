using System.Globalization;
using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncCheck;

/// <summary>Frames against the rising edges that expose them. Both come evenly, so the residual is known modulo the trigger's period; the smallest is taken.</summary>
internal static class TriggerExposure
{
    private const int LeastFrames = 50;
    private const double MostRateDifference = 0.1;

    /// <summary>The channel that exposes a camera, as the episode says; null where it says none.</summary>
    public static int? Channel(EpisodeStream trigger, EpisodeStream camera)
    {
        foreach (string pair in trigger.Schema.Metadata.Find(MetadataKeys.TriggerExposes)?.Split(',') ?? [])
        {
            string[] parts = pair.Split(':');
            if (parts.Length == 2 && parts[0] == camera.Info.Name && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int channel))
            {
                return channel;
            }
        }

        return null;
    }

    /// <summary>How far frames lie behind the rising edges of a channel; null where there are too few, or they do not come equally often.</summary>
    public static (Lag Lag, long PeriodNs)? Find(EpisodeStream trigger, int channel, EpisodeStream camera, long fromNs, long toNs)
    {
        long[] frames = [.. camera.ReadTimes().Where(t => t >= fromNs && t <= toNs)];
        long[] edges = Edges(trigger, channel, fromNs, toNs);
        if (frames.Length < LeastFrames || edges.Length < LeastFrames)
        {
            return null;
        }

        double period = Median([.. edges.Zip(edges.Skip(1), (a, b) => (double)(b - a))]);
        double framePeriod = Median([.. frames.Zip(frames.Skip(1), (a, b) => (double)(b - a))]);
        return Math.Abs((framePeriod / period) - 1) <= MostRateDifference && Residual(frames, edges, period) is { } lag ? (lag, (long)period) : null;
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

    private static long[] Edges(EpisodeStream trigger, int channel, long fromNs, long toNs)
    {
        long[] times = trigger.ReadTimes();
        var edges = new List<long>();
        int row = 0;
        foreach (RecordBatch batch in trigger.ReadAll())
        {
            ReadOnlySpan<short> channels = batch.Column(TriggerEdgeSchema.Channel).Values<short>();
            ArrowColumn rising = batch.Column(TriggerEdgeSchema.Rising);
            for (int i = 0; i < batch.Rows; i++, row++)
            {
                if (channels[i] == channel && rising.Bool(i) && times[row] >= fromNs && times[row] <= toNs)
                {
                    edges.Add(times[row]);
                }
            }
        }

        edges.Sort();
        return [.. edges];
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
