using System.Diagnostics;
using System.Text.RegularExpressions;

namespace House.Tests;

/// <summary>What the compiler cannot see: drawers, leftovers, texts that must not be committed.</summary>
public sealed partial class TasteTests
{
    private static string[] TrackedFiles()
    {
        var git = Process.Start(new ProcessStartInfo("git", "ls-files") { WorkingDirectory = House.Root, RedirectStandardOutput = true, UseShellExecute = false })!;
        string[] files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.That(git.ExitCode, Is.Zero, "git ls-files failed");
        Assert.That(files, Is.Not.Empty);
        return files;
    }

    [Test]
    public void No_file_or_folder_is_a_drawer() =>
        Assert.That(TrackedFiles().Where(f => Drawer().IsMatch(f)), Is.Empty, "name the subject instead");

    [Test]
    public void Nothing_built_or_recorded_is_committed() =>
        Assert.That(TrackedFiles().Where(f => Output().IsMatch(f) && !f.StartsWith("tests/vectors/", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void No_source_is_left_open() =>
        Assert.That(
            House.ProductSources().Where(f => Leftover().IsMatch(File.ReadAllText(f))).Select(f => Path.GetRelativePath(House.Root, f)),
            Is.Empty);

    [Test]
    public void Lock_files_name_no_registry() =>
        Assert.That(
            TrackedFiles().Where(f => f.EndsWith("package-lock.json", StringComparison.Ordinal))
                .Where(f => File.ReadAllText(Path.Combine(House.Root, f)).Contains("\"resolved\": \"http", StringComparison.Ordinal)),
            Is.Empty);

    [Test]
    public void Every_command_of_run_that_a_readme_shows_is_there()
    {
        string script = File.ReadAllText(Path.Combine(House.Root, "run"));
        string[] shown = [.. TrackedFiles().Where(f => f.EndsWith("README.md", StringComparison.Ordinal))
            .SelectMany(f => Command().Matches(File.ReadAllText(Path.Combine(House.Root, f))).Select(m => m.Groups[1].Value)).Distinct()];
        Assert.That(shown, Is.Not.Empty);
        Assert.That(shown.Where(verb => !script.Contains($"\n  {verb}) ", StringComparison.Ordinal)), Is.Empty);
    }

    [GeneratedRegex(@"\./run ([a-z]+)")]
    private static partial Regex Command();

    [GeneratedRegex(@"(^|/)(utils?|helpers?|common|misc|managers?)(/|\.)|(Helper|Utils?|Manager)\.cs$", RegexOptions.IgnoreCase)]
    private static partial Regex Drawer();

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|dist|TestResults)/|\.(dll|exe|so|nupkg|mp4|mkv)$|\.episode/")]
    private static partial Regex Output();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|catch\s*(\([A-Za-z]*\))?\s*\{\s*\}")]
    private static partial Regex Leftover();
}
