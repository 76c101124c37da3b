using Capture.Arrow;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncCheck;

/// <summary>The joints of an arm over a stretch: smoothed over 30 ms, because one count of a servo is a jump.</summary>
internal sealed class JointReadings
{
    private const long SmoothNs = 30_000_000;

    private JointReadings(string[] names, long[] times, double[][] positions)
    {
        Names = names;
        Times = times;
        Positions = positions;
    }

    public string[] Names { get; }

    /// <summary>Ascending, ns of episode time.</summary>
    public long[] Times { get; }

    /// <summary>By joint, then by row; rad, or m for what slides.</summary>
    public double[][] Positions { get; }

    /// <summary>Reads the rows of a stretch; a joint that did not answer keeps its last reading. Rows before the first whole one are left out.</summary>
    public static JointReadings Read(EpisodeStream stream, long fromNs, long toNs, bool smooth = true)
    {
        string[] names = stream.Schema.Metadata.Find(MetadataKeys.Joints)?.Split(',') ?? [];
        long[] all = stream.ReadTimes();
        var times = new List<long>();
        List<double>[] positions = [.. names.Select(_ => new List<double>())];
        double[] last = new double[names.Length];
        Array.Fill(last, double.NaN);
        for (int b = 0; b < stream.Batches; b++)
        {
            int first = (int)stream.FirstRow(b);
            int rows = stream.RowsOf(b);
            if (all[first + rows - 1] < fromNs || all[first] > toNs)
            {
                continue;
            }

            ArrowColumn items = stream.ReadBatch(b).Column(JointStateSchema.Position).Item;
            ReadOnlySpan<double> values = items.Values<double>();
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < names.Length; j++)
                {
                    int at = (i * names.Length) + j;
                    last[j] = items.IsNull(at) ? last[j] : values[at];
                }

                long time = all[first + i];
                if (time < fromNs || time > toNs || last.Any(double.IsNaN) || (times.Count > 0 && time <= times[^1]))
                {
                    continue;
                }

                times.Add(time);
                for (int j = 0; j < names.Length; j++)
                {
                    positions[j].Add(last[j]);
                }
            }
        }

        long[] at2 = [.. times];
        return new JointReadings(names, at2, [.. positions.Select(p => smooth ? Smooth(at2, [.. p]) : [.. p])]);
    }

    /// <summary>How far each joint moves; joints that never do are left out.</summary>
    public List<PathSignal> Paths()
    {
        var paths = new List<PathSignal>();
        foreach (double[] p in Positions)
        {
            var path = PathSignal.Of(Times, i => Math.Abs(p[i] - p[i - 1]));
            if (path.Total > 1e-3)
            {
                paths.Add(path);
            }
        }

        return paths;
    }

    /// <summary>The mean of the readings within half the window either way; near the ends the window shrinks on both sides alike, so nothing is shifted.</summary>
    private static double[] Smooth(long[] times, double[] values)
    {
        double[] sums = new double[values.Length + 1];
        for (int i = 0; i < values.Length; i++)
        {
            sums[i + 1] = sums[i] + values[i];
        }

        double[] smoothed = new double[values.Length];
        int low = 0;
        int high = 0;
        for (int i = 0; i < values.Length; i++)
        {
            while (times[i] - times[low] > SmoothNs / 2)
            {
                low++;
            }

            while (high + 1 < values.Length && times[high + 1] - times[i] <= SmoothNs / 2)
            {
                high++;
            }

            int reach = Math.Min(i - low, high - i);
            smoothed[i] = (sums[i + reach + 1] - sums[i - reach]) / ((2 * reach) + 1);
        }

        return smoothed;
    }
}
