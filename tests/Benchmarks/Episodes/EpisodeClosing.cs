using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;

namespace Benchmarks.Episodes;

/// <summary>
/// How long an operator waits between "stop" and an episode that is sealed and durable: <see cref="EpisodeRecorder.Stop"/> and <see cref="EpisodeRecorder.Seal"/>,
/// with footers, clock fits, final times of every row, balance of the ledger, certificate and manifest. An episode is 10 s of a rig of seven streams. Once many in one process, and once
/// each in a process of its own, as <c>capture record</c> does it.
/// </summary>
internal static class EpisodeClosing
{
    public const string ColdVerb = "--close-one";

    private const string Part = "close";

    public static void Run(BenchmarkOptions options, Report report)
    {
        int episodes = options.Quick ? 5 : 1000;
        int cold = options.Quick ? 2 : 40;
        string folder = options.Sub(Part);
        double[] first = [.. Enumerable.Range(0, cold).Select(_ => InProcessOfItsOwn(folder))];
        report.AtMost(Part, "closing the first episode of a process, p99", Spread.At(first, 0.99), "ms", 100, Invariant($"p50 {Spread.Median(first):0.0}, max {first.Max():0.0} ms of {cold} processes"));

        var times = new List<double>();
        for (int i = 0; i < episodes; i++)
        {
            times.Add(Record(folder, i, report: null));
        }

        report.AtMost(Part, $"closing an episode, p99 of {episodes} in one process", Spread.At(times, 0.99), "ms", 100, Invariant($"p50 {Spread.Median(times):0.0}, max {times.Max():0.0} ms"));
        int tenth = Math.Max(episodes / 10, 1);
        double early = Spread.Median(times.Take(tenth));
        double late = Spread.Median(times.TakeLast(tenth));
        report.AtMost(Part, $"the last {tenth} against the first {tenth}, medians", late / early, "x", 1.25, Invariant($"{early:0.0} and {late:0.0} ms"));
    }

    /// <summary>The child process: one episode; prints milliseconds.</summary>
    public static int RunCold(string[] arguments)
    {
        Action<string>? tell = arguments.Length > 1 ? Console.Error.WriteLine : null;
        Console.Out.WriteLine(Record(arguments[0], 0, tell).ToString("R", CultureInfo.InvariantCulture));
        return 0;
    }

    private static double InProcessOfItsOwn(string folder)
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(EpisodeClosing).Assembly.Location, ColdVerb, folder]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? double.Parse(line, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"the recording process ended with {child.ExitCode}");
    }

    private static double Record(string folder, int number, Action<string>? report)
    {
        // Ten seconds of the rig are fed in a fraction of one, so that files are made durable just as much more often: what is left for the close is as in real time.
        var settings = new EpisodeSettings { RigName = "bench", EpisodesFolder = folder, Name = $"close-{number}", BufferMb = 256, DurableEveryMs = 20 };
        using var rig = new CloseRig(settings);
        rig.Recorder.Arm();
        rig.Feed(seconds: 10);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        rig.Recorder.Stop(StopReason.Operator);
        double stopped = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        report?.Invoke($"stopped {stopped:0.0}");
        rig.Recorder.Seal(report is null ? null : new Tell(s => report(Invariant($"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} {s}"))));
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        report?.Invoke(Invariant($"{milliseconds:0.0} sealed, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:0.0} of processor time"));
        rig.Recorder.Dispose();
        Directory.Delete(rig.Recorder.Folder, recursive: true);
        return milliseconds;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Tell(Action<string> tell) : IProgress<string>
    {
        public void Report(string value) => tell(value);
    }
}
