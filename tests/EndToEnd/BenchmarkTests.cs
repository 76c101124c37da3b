using System.Diagnostics;
using System.Text.Json;

namespace EndToEnd;

/// <summary>The benchmarks run, all of them, in small counts. No time is judged here; what is counted (allocated bytes, dropped frames) is.</summary>
public sealed class BenchmarkTests
{
    private static readonly string[] s_parts = ["blobs", "samples", "scan", "hour", "close"];

    [Test]
    public void The_quick_run_of_episodes_measures_every_part()
    {
        string program = Path.Combine(AppContext.BaseDirectory.Replace(Path.Combine("tests", "EndToEnd"), Path.Combine("tests", "Benchmarks"), StringComparison.Ordinal), "benchmarks.dll");
        (int exit, string output, string errors) = Run(program, "episodes", "--quick", "--json");
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

    [Test]
    public void An_unknown_name_or_part_is_named()
    {
        string program = Path.Combine(AppContext.BaseDirectory.Replace(Path.Combine("tests", "EndToEnd"), Path.Combine("tests", "Benchmarks"), StringComparison.Ordinal), "benchmarks.dll");
        (int exit, _, string errors) = Run(program, "teleport");
        Assert.That((exit, errors), Is.EqualTo((2, "bench: there is no benchmark 'teleport'; see ./run bench --help\n")));
        (exit, _, errors) = Run(program, "--only", "nothing");
        Assert.That(exit, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("no part 'nothing'"));
    }

    private static (int Exit, string Output, string Errors) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
