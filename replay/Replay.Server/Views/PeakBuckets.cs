using System.Globalization;
using Capture.Arrow;

namespace Replay.Server.Views;

/// <summary>Peaks gathered by stretches of equal length.</summary>
internal sealed class PeakBuckets(TimeWindow window)
{
    private readonly float[] _min = Filled(window.Points);
    private readonly float[] _max = Filled(window.Points);
    private readonly long _width = window.BucketNs;

    public void Add(long time, float min, float max)
    {
        if (time < window.FromNs || time >= window.ToNs)
        {
            return;
        }

        int bucket = (int)((time - window.FromNs) / _width);
        _min[bucket] = _min[bucket] <= min ? _min[bucket] : min;
        _max[bucket] = _max[bucket] >= max ? _max[bucket] : max;
    }

    /// <summary>The buckets that have a peak.</summary>
    public ArrowAnswer Answer(string timeVersion)
    {
        int[] full = [.. Enumerable.Range(0, _min.Length).Where(i => !float.IsNaN(_min[i]))];
        var schema = new ArrowSchema(
            [new ArrowField("time_ns", ArrowType.Int64), new ArrowField("min", ArrowType.Float32), new ArrowField("max", ArrowType.Float32)],
            ArrowMetadata.Of(("replay.time_version", timeVersion), ("replay.bucket_ns", _width.ToString(CultureInfo.InvariantCulture))));
        return new ArrowAnswer(schema, full.Length, builder =>
        {
            var time = builder.Column<Int64Column>(0);
            var min = builder.Column<Float32Column>(1);
            var max = builder.Column<Float32Column>(2);
            return number =>
            {
                int bucket = full[number];
                time.Append(window.FromNs + (bucket * _width));
                min.Append(_min[bucket]);
                max.Append(_max[bucket]);
            };
        });
    }

    private static float[] Filled(int points)
    {
        float[] values = new float[points];
        Array.Fill(values, float.NaN);
        return values;
    }
}
