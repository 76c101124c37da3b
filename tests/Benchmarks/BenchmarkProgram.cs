using System.Globalization;
using Benchmarks.Alignment;
using Benchmarks.Calibration;
using Benchmarks.Episodes;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Benchmarks.Sources;

namespace Benchmarks;

/// <summary>The program behind <c>./run bench</c>: picks benchmarks by name, runs them, prints one table. Exit code 0 also when a target is missed; 2 for usage.</summary>
internal static class BenchmarkProgram
{
    private const string Usage =
        """
        ./run bench [NAME] [--quick] [--json] [--only PART] [--folder DIR] [--seconds N]

          episodes      speed of writing, reading and closing episodes, against peers in the same run
            parts: blobs, samples, scan, hour, close
          alignment     as-of joins of a million rows, against polars in the same run
            parts: as-of
          calibration   13 pictures to a lens and its report, beside OpenCV and mrcal; a hand-eye of 50 poses; a lag over a minute of pose streams
            parts: vision, motion
          sources       a rig of 4 cameras, 2 microphones and 4 streams at 1 kHz, each a process of its own: what recording them costs; pictures to JPEG, against tjbench
            parts: recorder, jpeg

          --quick       a few seconds in all: shows that everything runs; the figures mean little
          --json        the figures as one JSON object on standard output
          --only PART   one part of a benchmark; may be given again
          --seconds N   of sources: how long is recorded (default 600; about 12 MB of disk a second)
          --folder DIR  where the files go (default: the system's folder for temporary files); everything is deleted again

        A missed target is a figure like any other: the exit code is 0. Other load on the machine spoils figures; the table says how much there was.
        """;

    public static int Run(string[] arguments)
    {
        string name = "episodes";
        string? folder = null;
        double? seconds = null;
        var only = new List<string>();
        bool quick = false;
        bool json = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "-h" or "--help":
                    Console.Out.WriteLine(Usage);
                    return 0;
                case "--quick":
                    quick = true;
                    break;
                case "--json":
                    json = true;
                    break;
                case "--only" when i + 1 < arguments.Length:
                    only.Add(arguments[++i]);
                    break;
                case "--folder" when i + 1 < arguments.Length:
                    folder = arguments[++i];
                    break;
                case "--seconds" when i + 1 < arguments.Length:
                    if (!double.TryParse(arguments[++i], NumberStyles.Float, CultureInfo.InvariantCulture, out double length) || length is not (>= 5 and <= 86_400))
                    {
                        return Refuse("--seconds takes 5 to 86400");
                    }

                    seconds = length;
                    break;
                case BlobWriting.FallbackVerb:
                    return BlobWriting.RunAsFallback(arguments[(i + 1)..]);
                case EpisodeClosing.ColdVerb:
                    return EpisodeClosing.RunCold(arguments[(i + 1)..]);
                case ['-', ..]:
                    return Refuse($"there is no option '{arguments[i]}'");
                default:
                    name = arguments[i];
                    break;
            }
        }

        IEnumerable<string> parts = name switch
        {
            "episodes" => EpisodesBenchmark.Parts,
            "alignment" => AlignmentBenchmark.Parts,
            "calibration" => [.. VisionBenchmark.Parts, .. MotionBenchmark.Parts],
            "sources" => SourcesBenchmark.Parts,
            _ => [],
        };
        if (!parts.Any())
        {
            return Refuse($"there is no benchmark '{name}'");
        }

        if (only.Find(p => !parts.Contains(p, StringComparer.Ordinal)) is { } part)
        {
            return Refuse($"'{name}' has no part '{part}'");
        }

        using var scratch = new ScratchFolder(folder);
        var report = new Report(name, quick, Machine.Describe());
        var options = new BenchmarkOptions(quick, scratch.Path, seconds);
        switch (name)
        {
            case "episodes":
                EpisodesBenchmark.Run(options, report, only);
                break;
            case "alignment":
                AlignmentBenchmark.Run(options, report);
                break;
            case "sources":
                SourcesBenchmark.Run(options, report, only);
                break;
            default:
                foreach (string wanted in parts.Where(p => only.Count == 0 || only.Contains(p)))
                {
                    if (MotionBenchmark.Parts.Contains(wanted))
                    {
                        MotionBenchmark.Run(report);
                    }
                    else
                    {
                        VisionBenchmark.Run(options, report);
                    }
                }

                break;
        }

        report.End(Machine.Load());
        Console.Out.WriteLine(json ? report.ToJson() : report.ToTable());
        return 0;
    }

    private static int Refuse(string what)
    {
        Console.Error.WriteLine($"bench: {what}; see ./run bench --help");
        return 2;
    }
}

/// <summary>What every part is told.</summary>
/// <param name="Quick">Small counts: seconds instead of minutes.</param>
/// <param name="Folder">For files; deleted at the end.</param>
/// <param name="Seconds">How long is recorded; null: the benchmark's own.</param>
internal sealed record BenchmarkOptions(bool Quick, string Folder, double? Seconds = null)
{
    /// <summary>A new, empty folder of one part.</summary>
    public string Sub(string name) => Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
}
