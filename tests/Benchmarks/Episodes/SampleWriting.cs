using System.Globalization;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Benchmarks.Episodes;

/// <summary>
/// Samples of 64 bytes (an IMU's row: five stamps and six numbers, 61 bytes) of 20 streams at 1 kHz: appended, encoded with their checksum and written, a
/// batch of each stream for every 200 ms, against writing just as many ready bytes to 20 files with one call for every 200 ms.
/// </summary>
internal static class SampleWriting
{
    private const string Part = "samples";
    private const int Streams = 20;
    private const int RowsPerBatch = 200;

    public static void Run(BenchmarkOptions options, Report report)
    {
        int batches = options.Quick ? 10 : 250;
        int pairs = options.Quick ? 3 : 15;
        int samples = batches * RowsPerBatch * Streams;
        string folder = options.Sub(Part);
        using var pool = new Pool();
        long bytes = 0;
        Pairs toFile = Pairs.Run(
            pairs,
            () => Ours(folder, pool, batches, ref bytes),
            () => Plain(folder, batches, bytes > 0 ? bytes : 14_000));
        double Ns(IEnumerable<double> seconds) => Spread.Median(seconds) / samples * 1e9;
        report.AtMost(
            Part,
            "64-byte samples, 20 streams, encoded to files, against a plain write of the same bytes",
            toFile.TimeRatio,
            "x",
            1.5,
            Invariant($"{Ns(toFile.Ours.Select(c => c.Seconds)):0.0} ns a sample against {Ns(toFile.Peers.Select(c => c.Seconds)):0.0}; {toFile.RatioSpread}, by processor time {toFile.CpuRatio:0.00}, pairs of {samples:N0} samples; a write of {bytes} bytes every {RowsPerBatch} samples"));
        report.Tell(Part, "the same: processor time", toFile.Ours.Median(c => c.CpuSeconds) / ((double)bytes * batches * Streams) * 1e9, "CPU s/GB", Invariant($"plain write {toFile.Peers.Median(c => c.CpuSeconds) / ((double)bytes * batches * Streams) * 1e9:0.00}"));

        Cost[] alone = [.. Enumerable.Range(0, pairs + 1).Select(_ => Encode(pool, batches)).Skip(1)];
        report.AtMost(Part, "encoding alone, into a sink that keeps nothing", Ns(alone.Select(c => c.CpuSeconds)), "ns/sample", 25, Invariant($"processor time of append, encode, checksum; {Spread.Quartiles(alone.Select(c => c.CpuSeconds / samples * 1e9))} runs; fastest by the wall clock {alone.Min(c => c.Seconds) / samples * 1e9:0.0}"));
        report.AtMost(Part, "managed memory allocated while encoding", alone.Median(c => (double)c.AllocatedBytes / samples), "B/sample", 0, "");

        RecorderRun.Report(options, report, Part, Streams);
    }

    private static Cost Ours(string folder, Pool pool, int batches, ref long bytes)
    {
        StreamFileWriter[] writers = [.. Enumerable.Range(0, Streams).Select(i => Open(Path.Combine(folder, $"ours{i}"), pool))];
        Cost cost = Cost.Of(() => Fill(writers, pool, batches));
        bytes = (writers[0].Length - pool.HeadLength) / batches;
        foreach (StreamFileWriter writer in writers)
        {
            writer.Dispose();
            File.Delete(writer.FilePath);
        }

        return cost;
    }

    private static Cost Encode(Pool pool, int batches)
    {
        StreamFileWriter[] writers = [.. Enumerable.Range(0, Streams).Select(i => new StreamFileWriter(new NullFile(), pool.Schema, "null"))];
        return Cost.Of(() => Fill(writers, pool, batches));
    }

    private static StreamFileWriter Open(string path, Pool pool)
    {
        var writer = new StreamFileWriter(KernelDisk.Instance.Create(path), pool.Schema, path);
        writer.WriteHead();
        return writer;
    }

    private static void Fill(StreamFileWriter[] writers, Pool pool, int batches)
    {
        Span<float> acceleration = [0, 0, 9.81f];
        Span<float> velocity = [0, 0, 0];
        for (int batch = 0; batch < batches; batch++)
        {
            // In the order of time: one sample of each stream, then the next of each.
            for (int i = 0; i < RowsPerBatch; i++)
            {
                long row = ((long)batch * RowsPerBatch) + i;
                var stamp = new SampleStamp(row, 0, new DeviceTicks(row * 1000), new HostTime(row * 1_000_000), new HostTime((row * 1_000_000) - 300_000));
                acceleration[0] = i;
                velocity[1] = batch;
                foreach (ImuRows rows in pool.Rows)
                {
                    rows.Append(stamp, acceleration, velocity);
                }
            }

            for (int s = 0; s < writers.Length; s++)
            {
                if (writers[s].Append(pool.Rows[s].Builder, pool.Buffer) is var errno and not 0)
                {
                    throw new IOException($"writing failed with errno {errno}");
                }

                pool.Rows[s].Clear();
            }
        }
    }

    private static Cost Plain(string folder, int batches, long bytes)
    {
        PlainFile[] files = [.. Enumerable.Range(0, Streams).Select(i => new PlainFile(Path.Combine(folder, $"plain{i}")))];
        byte[][] ready = [.. files.Select(_ => new byte[bytes])];
        Cost cost = Cost.Of(() =>
        {
            for (int batch = 0; batch < batches; batch++)
            {
                for (int s = 0; s < files.Length; s++)
                {
                    files[s].Append(ready[s]);
                }
            }
        });
        foreach (PlainFile file in files)
        {
            file.Dispose();
        }

        return cost;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Median(this IEnumerable<Cost> costs, Func<Cost, double> of) => Spread.Median(costs.Select(of));

    private sealed class Pool : IDisposable
    {
        private readonly NativeBuffer _buffer;

        public Pool()
        {
            Schema = ImuSchema.For(BenchStreams.Imu("imu"), BenchStreams.Identity);
            Rows = [.. Enumerable.Range(0, Streams).Select(_ => new ImuRows(new BatchBuilder(Schema, new BatchCapacity { Rows = RowsPerBatch }), BenchStreams.Identity.Anchor))];
            var probe = new StreamFileWriter(new NullFile(), Schema, "");
            probe.WriteHead();
            HeadLength = probe.Length;
            _buffer = new NativeBuffer(probe.BufferFor(Rows[0].Builder));
        }

        public ArrowSchema Schema { get; }

        public ImuRows[] Rows { get; }

        public long HeadLength { get; }

        public Span<byte> Buffer => _buffer.Bytes;

        public void Dispose()
        {
            foreach (ImuRows rows in Rows)
            {
                rows.Dispose();
            }

            _buffer.Dispose();
        }
    }
}
