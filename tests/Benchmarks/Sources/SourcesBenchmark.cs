using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Reporting;

namespace Benchmarks.Sources;

/// <summary><c>./run bench sources</c>: what a rig of cameras, microphones and boards costs the recorder, and how fast raw pictures are compressed.</summary>
internal static class SourcesBenchmark
{
    public static IReadOnlyList<string> Parts { get; } = ["recorder", "jpeg", "h264"];

    private const double DefaultSeconds = 600;
    private const double QuickSeconds = 8;

    // Of the recording: the first seconds compile, the last one may be the seal's.
    private const double WarmUpSeconds = 3;
    private const double EndSeconds = 0.5;

    public static void Run(BenchmarkOptions options, Report report, IReadOnlyList<string> only)
    {
        if (only.Count == 0 || only.Contains("recorder", StringComparer.Ordinal))
        {
            Record(options, report);
        }

        if (only.Count == 0 || only.Contains("jpeg", StringComparer.Ordinal))
        {
            JpegEncoding.Run(options, report);
        }

        if (only.Count == 0 || only.Contains("h264", StringComparer.Ordinal))
        {
            EncodingBenchmark.Run(options, report);
        }
    }

    private static void Record(BenchmarkOptions options, Report report)
    {
        double seconds = options.Seconds ?? (options.Quick ? QuickSeconds : DefaultSeconds);
        string folder = options.Sub("recorder");
        using SourceProcesses sources = SourceProcesses.Start(folder, BuiltPrograms.Board);
        using Process recorder = Start(sources, "record", sources.RigFile, "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--out", Path.Combine(folder, "out"), "--json");
        Task<string> output = recorder.StandardOutput.ReadToEndAsync();
        Task<string> errors = recorder.StandardError.ReadToEndAsync();
        WaitForRows(recorder, Path.Combine(folder, "out"));

        var since = Stopwatch.StartNew();
        (double At, double Cpu)? first = null;
        (double At, double Cpu) last = default;
        double mostMb = 0;
        while (since.Elapsed.TotalSeconds < seconds - EndSeconds && ProcessUse.CpuSeconds(recorder.Id) is { } cpu)
        {
            mostMb = Math.Max(mostMb, ProcessUse.ResidentMb(recorder.Id) ?? 0);
            last = (since.Elapsed.TotalSeconds, cpu);
            first ??= last.At >= WarmUpSeconds ? last : null;
            Thread.Sleep(250);
        }

        double sealMb = 0;
        while (!recorder.WaitForExit(50))
        {
            sealMb = Math.Max(sealMb, ProcessUse.ResidentMb(recorder.Id) ?? 0);
        }

        if (recorder.ExitCode > 1 || first is not { } begin)
        {
            throw new InvalidOperationException($"the recorder ended with {recorder.ExitCode}: {errors.Result}");
        }

        JsonElement result = JsonDocument.Parse(output.Result).RootElement;
        JsonElement[] streams = [.. result.GetProperty("streams").EnumerateArray()];
        long Sum(string what, string streamsNamed) => streams.Where(s => s.GetProperty("name").GetString()!.StartsWith(streamsNamed, StringComparison.Ordinal)).Sum(s => s.GetProperty(what) is { ValueKind: JsonValueKind.Number } n ? n.GetInt64() : 0);
        double share = 100 * (last.Cpu - begin.Cpu) / (last.At - begin.At);
        report.AtMost(
            "recorder", "processor time of the recorder, checks included, of one core", share, "%", 25,
            string.Create(CultureInfo.InvariantCulture, $"{last.Cpu - begin.Cpu:0.0} s in {last.At - begin.At:0.0} s; {SourceProcesses.Cameras} cameras 1280x720 at 30/s of {sources.PictureBytes / 1e3:0} kB, {SourceProcesses.Microphones} microphones 48 kHz stereo, {SourceProcesses.Boards} streams at 1 kHz"));
        report.AtMost("recorder", "its memory while it records, resident, largest", mostMb, "MB", 300, string.Create(CultureInfo.InvariantCulture, $"{sealMb:0} MB while it seals, files mapped"));
        report.AtMost("recorder", "rows unaccounted for", Sum("unknown", "") + result.GetProperty("complaints").GetArrayLength(), "rows", 0, "unknown in the balance, and complaints");
        report.Tell("recorder", "pictures stored", Sum("stored", "cam"), "rows", string.Create(CultureInfo.InvariantCulture, $"{Sum("dropped", "cam")} booked as lost; {seconds:0} s at {SourceProcesses.Cameras * SourceProcesses.FramesPerSecond}/s"));
        report.Tell("recorder", "rows of the boards stored", Sum("stored", "board"), "rows", $"{Sum("dropped", "board")} booked as lost");
        report.AtMost("recorder", "false alarms: marks of pictures and sound that are well", result.GetProperty("marks").GetArrayLength(), "marks", 0, "");
        report.Tell("recorder", "managed memory allocated while armed", result.GetProperty("managed_bytes_while_armed").GetInt64() / 1e3, "kB", "the whole process");
        using Process verify = Start(sources, "verify", result.GetProperty("episode").GetString()!, "--json");
        string found = verify.StandardOutput.ReadToEnd();
        verify.WaitForExit();
        string[] wrong = [.. JsonDocument.Parse(found).RootElement.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("severity").GetString() == "error").Select(f => $"{f.GetProperty("place")}: {f.GetProperty("text")}")];
        report.AtMost("recorder", "errors that verify finds in it", wrong.Length, "", 0, string.Join("; ", wrong));
    }

    private static Process Start(SourceProcesses sources, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [BuiltPrograms.Capture, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = arguments[0] == "record" };
        foreach ((string name, string value) in sources.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static void WaitForRows(Process recorder, string folder)
    {
        // A file longer than its schema has rows.
        const int SchemaBytes = 16 * 1024;
        while (!recorder.HasExited && (!Directory.Exists(folder) || !Directory.GetFiles(folder, "cam0.arrow", SearchOption.AllDirectories).Any(f => new FileInfo(f).Length > SchemaBytes)))
        {
            Thread.Sleep(10);
        }
    }
}
