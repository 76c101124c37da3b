using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Arrow;
using Capture.Episodes.Disk;
using Capture.Episodes.Reading;
using Capture.Episodes.Reading.Scanning;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Benchmarks.Episodes;

/// <summary>
/// The sum of one column of 10 million rows of 64 bytes, every checksum verified, the opening of the file included, against polars reading the same column of the same file (which verifies
/// nothing). Batches of 1,000 rows, and of the 200 that a stream of 1 kHz has.
/// </summary>
internal static class ColumnScanning
{
    private const string Part = "scan";
    private const string Column = CommonColumns.EpisodeTime;

    public static void Run(BenchmarkOptions options, Report report)
    {
        int rows = options.Quick ? 200_000 : 10_000_000;
        foreach (int batchRows in new[] { 1000, 200 })
        {
            string file = Path.Combine(options.Sub(Part), $"imu{batchRows}.arrow");
            long expected = Write(file, rows, batchRows);
            using var polars = new PolarsPeer(file, Column);
            Pairs pairs = Pairs.Run(options.Quick ? 3 : 15, () => Cost.Of(() => Sum(file, batchRows, expected)), polars.Scan);
            double ours = rows / Spread.Median(pairs.Ours.Select(c => c.Seconds)) / 1e6;
            double theirs = rows / Spread.Median(pairs.Peers.Select(c => c.Seconds)) / 1e6;
            report.AtLeast(
                Part,
                Invariant($"one column of {rows / 1e6:0.#} M rows of 64 bytes in batches of {batchRows}, all checksums verified, against polars"),
                1 / pairs.TimeRatio,
                "x",
                3,
                Invariant($"{ours:0} M rows/s against {theirs:0.0} ({polars.Way}); {pairs.SpeedSpread}, by processor time {1 / pairs.CpuRatio:0.0}, pairs; page cache"));
            report.Tell(Part, "the same: processor time", Spread.Median(pairs.Ours.Select(c => c.CpuSeconds)) / new FileInfo(file).Length * 1e9, "CPU s/GB", Invariant($"{Spread.Median(pairs.Ours.Select(c => (double)c.AllocatedBytes)) * 1000 / rows:0.0} B allocated for 1,000 rows"));
            File.Delete(file);
        }
    }

    private static void Sum(string file, int batchRows, long expected)
    {
        using EpisodeStream stream = EpisodeStream.Open(Path.GetDirectoryName(file)!, file, timesVersion: null, FileTrust.Indexed);
        ColumnScan<long> scan = stream.Scan<long>(Column);
        long sum = 0;
        while (scan.MoveNext())
        {
            sum += Add(scan.Values);
        }

        if (sum != expected)
        {
            throw new InvalidOperationException($"the sum of {file} in batches of {batchRows} is {sum}, not {expected}");
        }
    }

    private static long Add(ReadOnlySpan<long> values)
    {
        ReadOnlySpan<Vector<long>> vectors = MemoryMarshal.Cast<long, Vector<long>>(values);
        Vector<long> sums = default;
        foreach (Vector<long> vector in vectors)
        {
            sums += vector;
        }

        long sum = Vector.Sum(sums);
        foreach (long value in values[(vectors.Length * Vector<long>.Count)..])
        {
            sum += value;
        }

        return sum;
    }

    /// <summary>Writes the file as a recorder would, and returns the column's sum.</summary>
    private static long Write(string file, int rows, int batchRows)
    {
        ArrowSchema schema = BenchStreams.ImuOf64Bytes(Path.GetFileNameWithoutExtension(file));
        using var writer = new StreamFileWriter(KernelDisk.Instance.Create(file), schema, file);
        writer.WriteHead();
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = batchRows });
        using var buffer = new NativeBuffer(writer.BufferFor(builder));
        ColumnSlots<long>[] longs = [.. new[] { CommonColumns.Sequence, CommonColumns.HostTime, CommonColumns.EpisodeTime }.Select(n => builder.Column<Int64Column>(n).Slots)];
        NullableSlots<long> ticks = builder.Column<Int64Column>(CommonColumns.DeviceTicks).NullableSlots;
        ColumnSlots<float> temperature = builder.Column<Float32Column>("temperature").Slots;
        long sum = 0;
        for (int row = 0; row < rows; row++)
        {
            int at = builder.Rows;
            long time = row * 1_000_000L;
            foreach (ColumnSlots<long> column in longs)
            {
                column.Set(at, time);
            }

            ticks.Set(at, time);
            temperature.Set(at, 300);
            builder.EndRowInPlace();
            sum += time;
            if (!builder.HasRoomForRow || row == rows - 1)
            {
                writer.Append(builder, buffer.Bytes);
                builder.Clear();
            }
        }

        writer.Seal();
        return sum;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
