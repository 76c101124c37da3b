using Benchmarks.Reporting;

namespace Benchmarks.Episodes;

/// <summary>Writing, reading and closing episodes.</summary>
internal static class EpisodesBenchmark
{
    private static readonly (string Name, Action<BenchmarkOptions, Report> Run)[] s_parts =
    [
        ("blobs", BlobWriting.Run),
        ("samples", SampleWriting.Run),
        ("scan", ColumnScanning.Run),
        ("hour", HourLongEpisode.Run),
        ("close", EpisodeClosing.Run),
    ];

    public static IEnumerable<string> Parts => s_parts.Select(p => p.Name);

    /// <summary>Runs the parts named, or all.</summary>
    public static void Run(BenchmarkOptions options, Report report, IReadOnlyList<string> only)
    {
        foreach ((string name, Action<BenchmarkOptions, Report> run) in s_parts)
        {
            if (only.Count == 0 || only.Contains(name, StringComparer.Ordinal))
            {
                Console.Error.WriteLine($"bench: {name} ...");
                run(options, report);
            }
        }
    }
}
