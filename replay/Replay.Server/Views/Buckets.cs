namespace Replay.Server.Views;

/// <summary>Rows gathered into stretches of equal length; those without a row are left out. NaN stands for "no value".</summary>
internal sealed class Buckets
{
    private Buckets(long[] firstTimes, int[] rows, double[][] min, double[][] max)
    {
        FirstTimes = firstTimes;
        Rows = rows;
        Min = min;
        Max = max;
    }

    public int Count => FirstTimes.Length;

    /// <summary>Time of the first row of each bucket, ns.</summary>
    public long[] FirstTimes { get; }

    /// <summary>How many rows each holds, at least 1.</summary>
    public int[] Rows { get; }

    /// <summary>By column, then by bucket.</summary>
    public double[][] Min { get; }

    public double[][] Max { get; }

    /// <param name="times">Times of all rows.</param>
    /// <param name="within">The rows inside the window, ascending.</param>
    /// <param name="columns">Values of all rows.</param>
    public static Buckets Of(ReadOnlySpan<long> times, ReadOnlySpan<int> within, ReadOnlyMemory<double>[] columns, TimeWindow window)
    {
        long width = window.BucketNs;
        int[] bucketOfRow = new int[within.Length];
        var slots = new Dictionary<long, int>();
        var first = new List<long>();
        var rows = new List<int>();
        (long lastBucket, int lastSlot) = (-1, -1);
        for (int i = 0; i < within.Length; i++)
        {
            long bucket = (times[within[i]] - window.FromNs) / width;
            if (bucket != lastBucket)
            {
                lastBucket = bucket;
                if (!slots.TryGetValue(bucket, out lastSlot))
                {
                    slots.Add(bucket, lastSlot = first.Count);
                    first.Add(times[within[i]]);
                    rows.Add(0);
                }
            }

            rows[lastSlot]++;
            bucketOfRow[i] = lastSlot;
        }

        double[][] min = new double[columns.Length][];
        double[][] max = new double[columns.Length][];
        for (int c = 0; c < columns.Length; c++)
        {
            (min[c], max[c]) = Extremes(columns[c].Span, within, bucketOfRow, first.Count);
        }

        return new Buckets([.. first], [.. rows], min, max);
    }

    private static (double[] Min, double[] Max) Extremes(ReadOnlySpan<double> values, ReadOnlySpan<int> within, ReadOnlySpan<int> bucketOfRow, int buckets)
    {
        double[] min = new double[buckets];
        double[] max = new double[buckets];
        Array.Fill(min, double.NaN);
        Array.Fill(max, double.NaN);
        for (int i = 0; i < within.Length; i++)
        {
            double value = values[within[i]];
            int bucket = bucketOfRow[i];

            // Written so that a NaN that stands there gives way, and a NaN that comes does not.
            if (!(min[bucket] <= value) && !double.IsNaN(value))
            {
                min[bucket] = value;
            }

            if (!(max[bucket] >= value) && !double.IsNaN(value))
            {
                max[bucket] = value;
            }
        }

        return (min, max);
    }
}
