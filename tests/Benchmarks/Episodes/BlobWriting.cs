using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Benchmarks.Episodes;

/// <summary>
/// Pictures of 200 KB: copied into a batch, encoded with their checksum and written, as the recorder's threads do it, against writing the same bytes with one call
/// a picture. Six pictures make a batch: 30 a second for 200 ms. Once more in a process whose processor is told not to multiply carry-lessly.
/// </summary>
internal static class BlobWriting
{
    public const string FallbackVerb = "--blobs-without-folding";

    private const string Part = "blobs";
    private const int BlobBytes = 200_000;
    private const int BlobsPerBatch = 6;

    /// <summary>Where the pictures come from: so many buffers in turn, more than the processor's caches hold.</summary>
    private const int SourceBuffers = 64;

    public static void Run(BenchmarkOptions options, Report report)
    {
        BlobFigures folded = Measure(options);
        report.AtLeast(Part, "200 KB blobs, checksum on, against a plain write of the same bytes", folded.SpeedRatio, "x", 0.9, $"{Crc32C.Method}; {folded.Detail}");
        report.Tell(Part, "the same: processor time", folded.CpuSecondsPerGb, "CPU s/GB", Invariant($"plain write {folded.PeerCpuSecondsPerGb:0.00}"));
        report.Tell(Part, "the same: slowest append of one blob, write of its batch included", folded.WorstMs, "ms", "of all rounds");
        report.AtMost(Part, "the same: managed memory allocated", folded.AllocatedBytesPerBlob, "B/blob", 0, "");

        BlobFigures serial = InFallbackProcess(options);
        report.AtLeast(Part, "the same without carry-less multiplication", serial.SpeedRatio, "x", 0.7, $"{serial.Method}; {serial.Detail}");
    }

    /// <summary>The child process: measures, prints one JSON line.</summary>
    public static int RunAsFallback(string[] arguments)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(Measure(new BenchmarkOptions(arguments[0] == "quick", arguments[1]))));
        return 0;
    }

    private static BlobFigures InFallbackProcess(BenchmarkOptions options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(BlobWriting).Assembly.Location, FallbackVerb, options.Quick ? "quick" : "full", options.Folder]) { RedirectStandardOutput = true, UseShellExecute = false };
        // Each knob of the runtime takes a group of instructions away: AES stands for carry-less multiplication too.
        start.Environment["DOTNET_EnableAES"] = "0";
        start.Environment["DOTNET_EnableVAES"] = "0";
        start.Environment["DOTNET_EnablePCLMULQDQ"] = "0";
        start.Environment["DOTNET_EnableVPCLMULQDQ"] = "0";
        using Process child = Process.Start(start)!;
        string line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? JsonSerializer.Deserialize<BlobFigures>(line)!
            : throw new InvalidOperationException($"the process without carry-less multiplication ended with {child.ExitCode}");
    }

    private static BlobFigures Measure(BenchmarkOptions options)
    {
        int blobs = options.Quick ? 60 : 1200;
        int pairs = options.Quick ? 3 : 15;
        string folder = options.Sub(Part);
        byte[][] source = Pictures();
        double worst = 0;
        double ourBytes = (double)blobs * BlobBytes;
        var pool = new Pool();
        Pairs result = Pairs.Run(
            pairs,
            () => Ours(Path.Combine(folder, "ours"), source, blobs, pool, ref worst),
            () => Plain(Path.Combine(folder, "plain"), source, blobs));
        pool.Dispose();
        double allocated = Spread.Median(result.Ours.Select(c => (double)c.AllocatedBytes));
        return new BlobFigures(
            1 / result.TimeRatio,
            Invariant($"{ourBytes / 1e9 / Spread.Median(result.Ours.Select(c => c.Seconds)):0.00} GB/s against {ourBytes / 1e9 / Spread.Median(result.Peers.Select(c => c.Seconds)):0.00}; {result.SpeedSpread}, by processor time {1 / result.CpuRatio:0.00}, pairs of {ourBytes / 1e6:0} MB, page cache, no sync"),
            Spread.Median(result.Ours.Select(c => c.CpuSeconds)) / ourBytes * 1e9,
            Spread.Median(result.Peers.Select(c => c.CpuSeconds)) / ourBytes * 1e9,
            worst * 1000,
            Math.Floor(allocated / blobs),
            Crc32C.Method);
    }

    private static Cost Ours(string path, byte[][] source, int blobs, Pool pool, ref double worst)
    {
        IGrowingFile file = KernelDisk.Instance.Create(path);
        using var writer = new StreamFileWriter(file, pool.Schema, path);
        writer.WriteHead();
        long slowest = 0;
        Cost cost = Cost.Of(() =>
        {
            CameraFrameRows rows = pool.Next();
            for (int i = 0; i < blobs; i++)
            {
                long before = Stopwatch.GetTimestamp();
                rows.Append(new SampleStamp(i, 0, null, new HostTime(i), new HostTime(i)), source[i % SourceBuffers], true);
                if (rows.Count == BlobsPerBatch || i == blobs - 1)
                {
                    if (writer.Append(rows.Builder, pool.Buffer) is var errno and not 0)
                    {
                        throw new IOException($"writing failed with errno {errno}");
                    }

                    rows.Clear();
                    rows = pool.Next();
                }

                slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - before);
            }
        });
        worst = Math.Max(worst, slowest / (double)Stopwatch.Frequency);
        File.Delete(path);
        return cost;
    }

    private static Cost Plain(string path, byte[][] source, int blobs)
    {
        using var file = new PlainFile(path);
        return Cost.Of(() =>
        {
            for (int i = 0; i < blobs; i++)
            {
                file.Append(source[i % SourceBuffers]);
            }
        });
    }

    private static byte[][] Pictures()
    {
        var random = new Random(1);
        byte[][] source = new byte[SourceBuffers][];
        for (int i = 0; i < source.Length; i++)
        {
            source[i] = new byte[BlobBytes];
            random.NextBytes(source[i]);
        }

        return source;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a recorder takes once, before it is armed: three batches that go round, and the writer's buffer.</summary>
    private sealed class Pool : IDisposable
    {
        private readonly CameraFrameRows[] _rows;
        private readonly NativeBuffer _buffer;
        private int _next;

        public Pool()
        {
            Schema = CameraFrameSchema.For(BenchStreams.Camera("front", BlobBytes), BenchStreams.Identity);
            var capacity = new BatchCapacity { Rows = BlobsPerBatch, VariableBytes = BlobsPerBatch * BlobBytes };
            _rows = [.. Enumerable.Range(0, StreamPlan.FewestBatches).Select(_ => new CameraFrameRows(new BatchBuilder(Schema, capacity), BenchStreams.Identity.Anchor))];
            _buffer = new NativeBuffer(new StreamFileWriter(new NullFile(), Schema, "").BufferFor(_rows[0].Builder));
        }

        public ArrowSchema Schema { get; }

        public Span<byte> Buffer => _buffer.Bytes;

        public CameraFrameRows Next() => _rows[_next++ % _rows.Length];

        public void Dispose()
        {
            foreach (CameraFrameRows rows in _rows)
            {
                rows.Dispose();
            }

            _buffer.Dispose();
        }
    }
}

/// <summary>What one process found.</summary>
internal sealed record BlobFigures(
    double SpeedRatio, string Detail, double CpuSecondsPerGb, double PeerCpuSecondsPerGb, double WorstMs, double AllocatedBytesPerBlob, string Method);
