using System.CommandLine;

namespace Calibrate.Commands;

/// <summary>The options that several verbs share, each written once.</summary>
internal static class Options
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON on standard output." };

    public static Option<string?> Out() => new("--out") { Description = "The result file to write (JSON)." };

    public static Option<string?> Report() => new("--report") { Description = "The report to write (one self-contained HTML file)." };

    public static Option<string?> Previous() => new("--previous") { Description = "An earlier result of the same thing, to compare with in the report." };
}
