using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Arrow;
using Capture.Episodes.Alignment;
using Capture.Tests.Foreign;

namespace Benchmarks.Alignment;

/// <summary>
/// A million rows at 1 kHz against streams of 30, 120 and 500 Hz, our kernels against polars' join_asof on the same tables, taking turns, one thread each. Polars gives the value of the answering row, a
/// million of them a join; so do we, into arrays that are kept from run to run, and beside each value its row and its distance, which stay block by block in the memory that a table's writer takes them from.
/// </summary>
internal static class AlignmentBenchmark
{
    private static readonly double[] s_ratesHz = [30, 120, 500];

    public static IEnumerable<string> Parts => ["as-of"];

    public static void Run(BenchmarkOptions options, Report report)
    {
        ForeignReaders.Install();
        int rows = options.Quick ? 100_000 : 1_000_000;
        string folder = options.Sub("as-of");
        var random = new Random(20261122);
        long[] left = Times(random, 1000, rows);
        (long[] Times, double[] Values)[] rights = [.. s_ratesHz.Select(hz => Table(random, hz, (int)(rows * hz / 1000)))];
        Write(Path.Combine(folder, "left.arrow"), left, null);
        foreach ((double hz, (long[] times, double[] values)) in s_ratesHz.Zip(rights))
        {
            Write(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"r{hz}.arrow")), times, values);
        }

        using var peer = new Polars(folder);
        foreach ((string strategy, bool nearest) in new[] { ("backward", false), ("nearest", true) })
        {
            var ours = new Joins(left, rights);

            // A pass takes 8 ms: without this most of the pairs would hold code that is still being compiled against polars'.
            for (int i = 0; i < 40; i++)
            {
                ours.Run(nearest);
            }

            Thread.Sleep(300);
            double sum = 0;
            double theirs = 0;
            Pairs pairs = Pairs.Run(
                options.Quick ? 3 : 15,
                () => Cost.Of(() => ours.Run(nearest)),
                () => peer.Run(strategy, out theirs));
            sum = ours.Sum();
            if (Math.Abs(sum - theirs) > 1e-6 * Math.Abs(sum))
            {
                throw new InvalidOperationException($"The contestants do not agree ({strategy}): our values add up to {sum}, those of polars to {theirs}.");
            }

            double million = 3.0 * rows / 1e6;
            double ourSeconds = Spread.Median(pairs.Ours.Select(c => c.Seconds));
            double peerSeconds = Spread.Median(pairs.Peers.Select(c => c.Seconds));
            report.Tell(
                "as-of", $"{strategy}, the same by processor time", 1 / pairs.CpuRatio, "x", "what other load on the machine takes is not in it");
            report.AtLeast(
                "as-of", $"{strategy}, speed against polars", 1 / pairs.TimeRatio, "x", 3,
                string.Create(CultureInfo.InvariantCulture, $"{rows} rows × 3 streams; {million / ourSeconds:0} against {million / peerSeconds:0} M rows/s; {pairs.SpeedSpread}; {pairs.Ours[^1].AllocatedBytes} bytes allocated in our last run"));
        }
    }

    private static long[] Times(Random random, double hz, int count)
    {
        long[] times = new long[count];
        double period = 1e9 / hz;
        for (int i = 0; i < count; i++)
        {
            times[i] = (long)((i + (0.4 * random.NextDouble())) * period);
        }

        return times;
    }

    private static (long[] Times, double[] Values) Table(Random random, double hz, int count) => (Times(random, hz, count), [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())]);

    private static void Write(string path, long[] times, double[]? values)
    {
        var t = new ArrowField("t", ArrowType.Int64);
        var schema = new ArrowSchema(values is null ? [t] : [t, new ArrowField("value", ArrowType.Float64)]);
        using var builder = new BatchBuilder(schema, new BatchCapacity { Rows = times.Length });
        builder.Column<Int64Column>(0).Append(times);
        if (values is not null)
        {
            builder.Column<Float64Column>(1).Append(values);
        }

        builder.EndRows(times.Length);
        using FileStream file = File.Create(path);
        using var writer = new ArrowFileWriter(file, schema);
        writer.Write(builder);
    }

    /// <summary>Our side: three joins into arrays of their own.</summary>
    private sealed class Joins(long[] left, (long[] Times, double[] Values)[] rights)
    {
        private const int Block = AlignmentCursor.RowsPerBlock;

        private readonly int[] _rows = new int[Block];
        private readonly long[] _distances = new long[Block];
        private readonly double[][] _values = [.. rights.Select(_ => new double[left.Length])];

        public void Run(bool nearest)
        {
            for (int i = 0; i < rights.Length; i++)
            {
                int from = 0;
                for (int start = 0; start < left.Length; start += Block)
                {
                    int n = Math.Min(Block, left.Length - start);
                    ReadOnlySpan<long> times = left.AsSpan(start, n);
                    Span<int> rows = _rows.AsSpan(0, n);
                    Span<long> distances = _distances.AsSpan(0, n);
                    from = nearest
                        ? AsOf.Nearest(rights[i].Times, times, long.MaxValue, rows, distances, from)
                        : AsOf.Previous(rights[i].Times, times, long.MaxValue, rows, distances, from);
                    AsOf.Gather<double>(rights[i].Values, rows, _values[i].AsSpan(start, n), double.NaN);
                }
            }
        }

        public double Sum() => _values.Sum(o => o.Where(v => !double.IsNaN(v)).Sum());
    }

    /// <summary>A node process that waits for the next strategy.</summary>
    private sealed class Polars : IDisposable
    {
        private readonly Process _process;

        public Polars(string folder)
        {
            string script = Path.Combine(ForeignReaders.Folder, "..", "Benchmarks", "Alignment", "asof-polars.mjs");
            var start = new ProcessStartInfo("node", [script, folder, ForeignReaders.Folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
            start.Environment["POLARS_MAX_THREADS"] = "1";
            _process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        }

        public Cost Run(string strategy, out double sum)
        {
            _process.StandardInput.WriteLine(strategy);
            string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("polars ended before it answered.");
            JsonElement answer = JsonDocument.Parse(line).RootElement;
            sum = answer.GetProperty("sum").GetDouble();
            return new Cost(answer.GetProperty("ns").GetInt64() / 1e9, answer.GetProperty("cpu_us").GetInt64() / 1e6, 0);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(10_000))
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }
    }
}
