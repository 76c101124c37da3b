using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;
using Microsoft.Win32.SafeHandles;

namespace Benchmarks.Episodes;

/// <summary>
/// An hour of four cameras, 10 GB, recorded as fast as the disk takes it under a clock that runs along; then opened, and frames looked up by time. Every frame that comes back is checked
/// to be the one that was asked for.
/// </summary>
internal static class HourLongEpisode
{
    private const string Part = "hour";
    private const int Cameras = 4;
    private const int FrameBytes = 23_000;
    private const double FlatMb = 32;
    private const long FrameNs = 1_000_000_000 / 30;

    public static void Run(BenchmarkOptions options, Report report)
    {
        int seconds = options.Quick ? 30 : 3600;
        string folder = Record(options, report, seconds);
        Open(folder, report, options.Quick ? 5 : 25);
        LookUp(folder, report, options.Quick);
        Directory.Delete(folder, recursive: true);
    }

    private static string Record(BenchmarkOptions options, Report report, int seconds)
    {
        var clock = new CompressedClock();
        var settings = new EpisodeSettings { RigName = "bench", EpisodesFolder = options.Sub(Part), Name = "hour", BufferMb = 256, DurableEveryMs = 60_000, Clock = clock };
        using var recorder = EpisodeRecorder.Create(settings);
        ICameraFrameSink[] cameras = [.. Enumerable.Range(0, Cameras).Select(i => recorder.Open(BenchStreams.Camera($"camera{i}", FrameBytes)))];
        recorder.Arm();
        byte[] frame = new byte[FrameBytes];
        new Random(3).NextBytes(frame);
        int frames = seconds * 30;
        double early = 0;
        double most = 0;
        Cost cost = Cost.Of(() =>
        {
            for (int i = 0; i < frames; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(frame, i);
                HostTime now = clock.Now;
                foreach (ICameraFrameSink camera in cameras)
                {
                    camera.Append(new SampleStamp(i, 0, null, now, now), frame, keyFrame: true);
                }

                clock.Advance(FrameNs);
                while (recorder.Statistics.Any(s => s.Read(now) is var status && status.QueuedBatches > status.PoolBatches / 2))
                {
                    Thread.Sleep(0);
                }

                if (i == frames / 10)
                {
                    early = ProcessMemory.OwnMb();
                }
                else if (i > frames / 10 && i % 1000 == 0)
                {
                    most = Math.Max(most, ProcessMemory.OwnMb());
                }
            }
        });
        most = Math.Max(most, ProcessMemory.OwnMb());
        long start = Stopwatch.GetTimestamp();
        recorder.Stop(StopReason.Operator);
        EpisodeManifest manifest = recorder.Seal();
        double closed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long bytes = manifest.Streams.Sum(s => s.Bytes ?? 0);
        long dropped = manifest.Streams.Sum(s => s.Counts?.Dropped ?? 0);
        report.AtMost(Part, "the writer's own memory: growth from a tenth of the hour on", Math.Max(most - early, 0), "MB", FlatMb, Invariant($"{early:0} MB then; {seconds} s, {bytes / 1e9:0.0} GB, {dropped} frames dropped"));
        report.Tell(Part, "recording it: processor time", cost.CpuSeconds / bytes * 1e9, "CPU s/GB", Invariant($"{bytes / 1e9 / cost.Seconds:0.00} GB/s"));
        report.Tell(Part, "closing it", closed, "ms", "four streams; what the disk still has to take in is in it");
        return recorder.Folder;
    }

    private static void Open(string folder, Report report, int times)
    {
        var opened = new List<double>();
        for (int i = -1; i < times; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using EpisodeReader episode = EpisodeReader.Open(folder);
            if (i >= 0)
            {
                opened.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        report.AtMost(Part, "opening it", Spread.Median(opened), "ms", 20, Invariant($"median of {times}, the first one left out; max {opened.Max():0.0}; page cache"));
    }

    private static void LookUp(string folder, Report report, bool quick)
    {
        FirstLookUp(folder, report, quick ? 3 : 15);
        using EpisodeReader episode = EpisodeReader.Open(folder);
        EpisodeStream stream = episode.Stream("camera2");
        long[] index = stream.ReadTimes();
        var random = new Random(4);
        double[] lookups = Time(quick ? 2000 : 200_000, () => index[random.Next(index.Length)] + 1, time => RowAt(stream, time));
        report.AtMost(Part, "index lookup by time, p50", Spread.Median(lookups) * 1000, "us", 2, Invariant($"p95 {Spread.At(lookups, 0.95) * 1000:0.00}, p99 {Spread.At(lookups, 0.99) * 1000:0.00} us; {index.Length:N0} rows"));

        void Fetch(long time)
        {
            (long row, int batch) = RowAt(stream, time);
            ReadOnlySpan<byte> frame = stream.ReadBatch(batch).Column(CameraFrameSchema.Data).Bytes((int)(row - stream.FirstRow(batch)));
            if (BinaryPrimitives.ReadInt64LittleEndian(frame) != row)
            {
                throw new InvalidOperationException($"asked for frame {row}, got {BinaryPrimitives.ReadInt64LittleEndian(frame)}");
            }
        }

        double before = ProcessMemory.OwnMb();
        double[] warm = Time(quick ? 200 : 5000, () => index[random.Next(index.Length)] + 1, Fetch);
        report.AtMost(Part, "time to verified bytes of one frame, page cache warm, p50", Spread.Median(warm) * 1000, "us", 200, Invariant($"p95 {Spread.At(warm, 0.95) * 1000:0}, p99 {Spread.At(warm, 0.99) * 1000:0} us"));
        using SafeFileHandle file = File.OpenHandle(stream.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        double[] cold = Time(
            quick ? 20 : 300,
            () =>
            {
                PageCacheNative.Drop(file);
                return index[random.Next(index.Length)] + 1;
            },
            Fetch);
        report.AtMost(Part, "the same with its pages dropped, p95", Spread.At(cold, 0.95), "ms", 20, Invariant($"p50 {Spread.Median(cold):0.00}, max {cold.Max():0.0} ms"));
        report.AtMost(Part, "the reader's own memory: growth over these lookups", Math.Max(ProcessMemory.OwnMb() - before, 0), "MB", FlatMb, Invariant($"{before:0} MB before"));
    }

    /// <summary>What the first lookup after opening pays for: the index of the stream's times.</summary>
    private static void FirstLookUp(string folder, Report report, int times)
    {
        var first = new List<double>();
        for (int i = -1; i < times; i++)
        {
            using EpisodeReader episode = EpisodeReader.Open(folder);
            EpisodeStream stream = episode.Stream("camera2");
            long start = Stopwatch.GetTimestamp();
            RowAt(stream, (i + 2) * 1_000_000_000L);
            if (i >= 0)
            {
                first.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        report.Tell(Part, "the first lookup in a stream after opening", Spread.Median(first), "ms", Invariant($"median of {times}, max {first.Max():0.0}; page cache"));
    }

    private static (long Row, int Batch) RowAt(EpisodeStream stream, long time)
    {
        long row = stream.RowAsOf(new EpisodeTime(time));
        return (row, stream.BatchOf(row));
    }

    private static double[] Time<T>(int count, Func<T> prepare, Action<T> work)
    {
        double[] milliseconds = new double[count];
        for (int i = -Math.Min(count, 50); i < count; i++)
        {
            T argument = prepare();
            long start = Stopwatch.GetTimestamp();
            work(argument);
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (i >= 0)
            {
                milliseconds[i] = took;
            }
        }

        return milliseconds;
    }

    private static double[] Time(int count, Func<long> prepare, Func<long, (long Row, int Batch)> work) => Time<long>(count, prepare, time => work(time));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
