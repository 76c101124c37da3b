using System.Diagnostics;
using System.Text.Json;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>The benchmarks run, all of them, in small counts. No time is judged here; what is counted (allocated bytes, dropped frames) is.</summary>
public sealed class BenchmarkTests
{
    private static readonly string[] s_parts = ["blobs", "samples", "scan", "hour", "close"];

    [Test]
    public void The_quick_run_of_episodes_measures_every_part()
    {
        (int exit, string output, string errors) = Run(Program, "episodes", "--quick", "--json");
        Assert.That(exit, Is.Zero, errors);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        JsonElement[] figures = [.. report.GetProperty("figures").EnumerateArray()];
        Assert.Multiple(() =>
        {
            Assert.That(figures.Select(f => f.GetProperty("part").GetString()).Distinct(StringComparer.Ordinal), Is.EquivalentTo(s_parts));
            Assert.That(figures.Select(f => f.GetProperty("value").GetDouble()), Is.All.GreaterThanOrEqualTo(0));
            foreach (JsonElement figure in figures.Where(f => f.GetProperty("what").GetString()!.Contains("allocated", StringComparison.Ordinal)))
            {
                Assert.That(figure.GetProperty("met").GetBoolean(), Is.True, figure.GetRawText());
            }
        });
    }

    /// <summary>Ten devices, each a process, recorded by the real program: what is gated is the books and that nothing healthy is marked.</summary>
    [Test]
    public void The_quick_run_of_sources_accounts_for_every_row_and_raises_no_alarm()
    {
        (int exit, string output, string errors) = Run(Program, "sources", "--quick", "--seconds", "5", "--json");
        Assert.That(exit, Is.Zero, errors);
        JsonElement[] figures = [.. JsonDocument.Parse(output).RootElement.GetProperty("figures").EnumerateArray()];
        double Of(string what) => figures.Single(f => f.GetProperty("what").GetString()!.StartsWith(what, StringComparison.Ordinal)).GetProperty("value").GetDouble();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(figures.Select(f => f.GetProperty("part").GetString()).Distinct(StringComparer.Ordinal), Is.EquivalentTo((string[])["recorder", "jpeg", "h264"]));
            Assert.That(Of("rows unaccounted for"), Is.Zero);
            Assert.That(Of("false alarms"), Is.Zero);
            Assert.That(Of("errors that verify finds"), Is.Zero, output);
            Assert.That(Of("pictures stored"), Is.GreaterThan(100));
            Assert.That(Of("rows of the boards stored"), Is.GreaterThan(1000));
        }
    }

    [Test]
    public void An_unknown_name_or_part_is_named()
    {
        (int exit, _, string errors) = Run(Program, "teleport");
        Assert.That((exit, errors), Is.EqualTo((2, "bench: there is no benchmark 'teleport'; see ./run bench --help\n")));
        (exit, _, errors) = Run(Program, "--only", "nothing");
        Assert.That(exit, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("no part 'nothing'"));
    }

    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory.Replace(Path.Combine("tests", "EndToEnd"), Path.Combine("tests", "Benchmarks"), StringComparison.Ordinal), "benchmarks.dll");

    private static (int Exit, string Output, string Errors) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["CAPTURE_BENCH_BOARD"] = Programs.Board;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
