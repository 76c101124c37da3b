namespace Benchmarks.Sources;

/// <summary>The programs that a benchmark starts, as they were built beside it.</summary>
internal static class BuiltPrograms
{
    public static string Capture { get; } = Here(Path.Combine("capture", "Capture.Agent", "bin", new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name, "net10.0", "capture.dll"));

    /// <summary>The firmware's host build: CAPTURE_BENCH_BOARD, else where `run` builds it.</summary>
    public static string Board { get; } = Environment.GetEnvironmentVariable("CAPTURE_BENCH_BOARD") is { Length: > 0 } given ? given : Here(Path.Combine("artifacts", "firmware", "bench-board"));

    private static string Here(string path)
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Capture.sln")))
        {
            at = at.Parent;
        }

        string full = Path.Combine(at?.FullName ?? ".", path);
        return File.Exists(full) ? full : throw new FileNotFoundException($"{full} is not built; `./run bench sources` builds it.");
    }
}
