using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.SyncPage;

/// <summary>One stretch of a curve.</summary>
/// <param name="AtNs">Middle of the stretch, ns of episode time.</param>
/// <param name="OffsetNs">Mean of the rows' offsets.</param>
/// <param name="SigmaNs">Largest of its rows.</param>
/// <param name="BoundNs">Largest of its rows; null where one has none.</param>
internal readonly record struct CurvePoint(long AtNs, double OffsetNs, long SigmaNs, long? BoundNs);

/// <summary>
/// The offset of a stream over time: its final times against a straight clock. Straight is the line through the device's own count where a clock was fitted, else through the number of the row; each
/// segment has its own, so that what is drawn is what the fit did beyond a constant rate: wander, steps, the jitter of a host that polls.
/// </summary>
internal sealed record StreamCurve(string Stream, bool ByTicks, IReadOnlyList<IReadOnlyList<CurvePoint>> Pieces)
{
    private const int Stretches = 240;

    /// <summary>Null where the version has no times of the stream.</summary>
    public static StreamCurve? Read(string folder, EpisodeStream stream, string version)
    {
        using FinalTimes? times = FinalTimes.TryOpen(folder, stream.Info, version);
        if (times is null || times.Rows != stream.Rows || times.Rows == 0)
        {
            return null;
        }

        long[] instants = times.ReadInt64(CommonColumns.EpisodeTime);
        long[] sigmas = times.ReadInt64(FittedClockSchema.Sigma);
        long[] bounds = times.ReadBounds();
        bool byTicks = stream.Info.Clock?.Feed is ClockFeed.TwoWay or ClockFeed.OneWay;
        double[] counts = new double[instants.Length];
        int[] segments = new int[instants.Length];
        int row = 0;
        foreach (RecordBatch batch in stream.ReadAll())
        {
            batch.Column(CommonColumns.Segment).Values<int>().CopyTo(segments.AsSpan(row));
            ArrowColumn ticks = batch.Column(CommonColumns.DeviceTicks);
            ReadOnlySpan<long> sequence = batch.Column(CommonColumns.Sequence).Values<long>();
            for (int i = 0; i < batch.Rows; i++, row++)
            {
                counts[row] = byTicks && !ticks.IsNull(i) ? ticks.Values<long>()[i] : byTicks ? double.NaN : sequence[i];
            }
        }

        var pieces = new List<IReadOnlyList<CurvePoint>>();
        long width = Math.Max((instants[^1] - instants[0]) / Stretches, 1);
        for (int start = 0; start < row;)
        {
            int end = start + 1;
            while (end < row && segments[end] == segments[start])
            {
                end++;
            }

            pieces.AddRange(Segment(start..end, counts, instants, sigmas, bounds, width));
            start = end;
        }

        return new StreamCurve(stream.Info.Name, byTicks, pieces);
    }

    private static IEnumerable<IReadOnlyList<CurvePoint>> Segment(Range rows, double[] counts, long[] instants, long[] sigmas, long[] bounds, long width)
    {
        (double slope, double x0, double y0) = Line(counts[rows], instants[rows]);
        var piece = new List<CurvePoint>();
        long bin = long.MinValue;
        double sum = 0;
        int n = 0;
        long sigma = 0;
        long? bound = 0;
        for (int i = rows.Start.Value; i <= rows.End.Value; i++)
        {
            long now = i < rows.End.Value ? instants[i] / width : long.MaxValue;
            if (now != bin && n > 0)
            {
                piece.Add(new CurvePoint((bin * width) + (width / 2), sum / n, sigma, bound));
                (sum, n, sigma, bound) = (0, 0, 0, 0);

                // A gap is drawn as one.
                if (now > bin + 4 && now != long.MaxValue)
                {
                    yield return piece;
                    piece = [];
                }
            }

            bin = now;
            if (i < rows.End.Value && !double.IsNaN(counts[i]))
            {
                sum += instants[i] - y0 - (slope * (counts[i] - x0));
                n++;
                sigma = Math.Max(sigma, sigmas[i]);
                bound = bounds[i] < 0 ? null : bound is { } b ? Math.Max(b, bounds[i]) : null;
            }
        }

        if (piece.Count > 0)
        {
            yield return piece;
        }
    }

    /// <summary>Least squares, twice more without what lies far off: one late row must not tilt the whole picture.</summary>
    private static (double Slope, double X0, double Y0) Line(double[] x, long[] y)
    {
        bool[] used = [.. x.Select(v => !double.IsNaN(v))];
        (double Slope, double X0, double Y0) line = (0, 0, y[0]);
        for (int pass = 0; pass < 3; pass++)
        {
            line = Fit(x, y, used);
            double[] off = [.. x.Select((v, i) => double.IsNaN(v) ? 0 : Math.Abs(y[i] - line.Y0 - (line.Slope * (v - line.X0))))];
            double[] sorted = [.. off.Order()];
            double most = 5 * Math.Max(sorted[sorted.Length / 2], 100);
            for (int i = 0; i < used.Length; i++)
            {
                used[i] = !double.IsNaN(x[i]) && off[i] <= most;
            }
        }

        return line;
    }

    private static (double Slope, double X0, double Y0) Fit(double[] x, long[] y, bool[] used)
    {
        int first = Math.Max(Array.IndexOf(used, true), 0);
        double n = Math.Max(used.Count(u => u), 1);
        double mx = 0;
        double my = 0;
        for (int i = 0; i < x.Length; i++)
        {
            (mx, my) = used[i] ? (mx + ((x[i] - x[first]) / n), my + ((y[i] - y[first]) / n)) : (mx, my);
        }

        (mx, my) = (double.IsNaN(x[first]) ? 0 : mx + x[first], my + y[first]);
        double xx = 0;
        double xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            (xx, xy) = used[i] ? (xx + ((x[i] - mx) * (x[i] - mx)), xy + ((x[i] - mx) * (y[i] - my))) : (xx, xy);
        }

        return (xx > 0 ? xy / xx : 0, mx, my);
    }
}
