using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Benchmarks.Episodes;

/// <summary>The whole recorder as a source sees it: one thread appends to 20 sinks as fast as the disk's thread takes it, gates, clock, statistics and all.</summary>
internal static class RecorderRun
{
    public static void Report(BenchmarkOptions options, Report report, string part, int streams)
    {
        int rounds = options.Quick ? 400 : 60_000;
        var settings = new EpisodeSettings { RigName = "bench", EpisodesFolder = options.Sub("recorder"), Name = "samples", BufferMb = 256, DurableEveryMs = 60_000 };
        using var recorder = EpisodeRecorder.Create(settings);
        IImuSink[] sinks = [.. Enumerable.Range(0, streams).Select(i => recorder.Open(BenchStreams.Imu($"imu{i}")))];
        recorder.Arm();
        StreamStatistics last = recorder.Statistics[streams - 1];
        float[] vector = [0, 0, 9.81f];
        Append(0, rounds / 10);

        // The runtime allocates a little when a thread calls into it for the first time.
        _ = last.Read(settings.Clock.Now);
        Thread.Sleep(0);
        long allocated = 0;
        Cost cost = Cost.Of(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Append(rounds / 10, rounds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });
        double samples = (rounds - (rounds / 10)) * (double)streams;

        // Timed one by one, at the pace of the rig: what a source waits for in the worst case.
        long worst = 0;
        HostTime begin = settings.Clock.Now;
        int paced = options.Quick ? 300 : 5000;
        for (int i = 0; i < paced; i++)
        {
            while ((settings.Clock.Now - begin).Nanoseconds < i * 1_000_000L)
            {
                Thread.Sleep(1);
            }

            foreach (IImuSink sink in sinks)
            {
                long before = Stopwatch.GetTimestamp();
                sink.Append(Stamp(rounds + i, settings.Clock.Now), vector, vector);
                worst = Math.Max(worst, Stopwatch.GetTimestamp() - before);
            }
        }

        long dropped = recorder.Statistics.Sum(s => s.Read(settings.Clock.Now).Dropped);
        recorder.Stop(StopReason.Seconds);
        report.Tell(part, "the whole recorder, appended as fast as it is written: a sample", cost.Seconds / samples * 1e9, "ns/sample", Invariant($"{cost.CpuSeconds / samples * 1e9:0} ns of processor time on both threads; {dropped} of {samples:N0} dropped"));
        report.Tell(part, "the whole recorder: processor time", cost.CpuSeconds / (samples * 61) * 1e9, "CPU s/GB", "");
        report.Tell(part, "the whole recorder at 1 kHz x 20: slowest append", worst * 1000.0 / Stopwatch.Frequency, "ms", Invariant($"of {paced * streams:N0}; includes whatever else the machine ran in its middle"));
        report.AtMost(part, "the whole recorder: managed memory allocated by the source's thread", allocated, "B", 0, Invariant($"{samples:N0} samples"));

        void Append(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                HostTime now = settings.Clock.Now;
                SampleStamp stamp = Stamp(i, now);
                foreach (IImuSink sink in sinks)
                {
                    sink.Append(stamp, vector, vector);
                }

                if (i % 64 == 0)
                {
                    while (last.Read(now) is var status && status.QueuedBatches > status.PoolBatches / 2)
                    {
                        Thread.Sleep(0);
                    }
                }
            }
        }
    }

    private static SampleStamp Stamp(long row, HostTime host) => new(row, 0, new DeviceTicks(row * 1000), host, host);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
