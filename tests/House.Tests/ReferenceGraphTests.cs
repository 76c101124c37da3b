using System.Xml.Linq;

namespace House.Tests;

/// <summary>References point one way. The table is the design; the project files are the fact.</summary>
public sealed class ReferenceGraphTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Capture.Core"] = [],
        ["Capture.Arrow"] = [],
        ["Capture.Media"] = ["Capture.Core"],
        ["Capture.Episodes"] = ["Capture.Arrow", "Capture.Core", "Capture.Media"],
        ["FirmwareBridge"] = ["Capture.Core"],
        ["Capture.Devices"] = ["Capture.Episodes", "FirmwareBridge", "Capture.Media"],
        ["Capture.Exchange"] = ["Capture.Episodes"],
        ["Calibration"] = ["Capture.Episodes"],
        ["Capture.Agent"] = ["Capture.Devices", "Capture.Exchange", "Calibration"],
        ["Calibrate"] = ["Calibration"],
        ["Replay.Labels"] = ["Capture.Episodes"],
        ["Replay.Server"] = ["Replay.Labels", "Capture.Exchange", "Calibration"],
        // The bench rig's sensors must not be built from the code that reads them.
        ["Capture.Simulation"] = [],
    };

    private static readonly string[] Programs = ["Capture.Agent", "Calibrate", "Replay.Server", "Capture.Simulation"];

    private static string[] NoPackages => ["Capture.Core", "Capture.Arrow"];

    private static IEnumerable<string> ProjectFiles() =>
        Directory.EnumerateFiles(House.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static string NameOf(string projectFile) => Path.GetFileNameWithoutExtension(projectFile);

    private static IEnumerable<string> ReferencesOf(string projectFile) =>
        XDocument.Load(projectFile).Descendants("ProjectReference")
            .Select(e => NameOf(((string?)e.Attribute("Include") ?? "").Replace('\\', '/')));

    [TestCaseSource(nameof(ProjectFiles))]
    public void A_product_project_references_only_what_the_design_allows(string projectFile)
    {
        string name = NameOf(projectFile);
        bool isTest = projectFile.StartsWith(Path.Combine(House.Root, "tests"), StringComparison.Ordinal);
        string[] references = [.. ReferencesOf(projectFile)];
        if (Allowed.TryGetValue(name, out string[]? allowed))
        {
            Assert.That(references, Is.SubsetOf(allowed), name);
        }
        else
        {
            Assert.That(isTest, $"{name} is not in the design's table: add it there, with a reason");
        }

        if (!isTest)
        {
            Assert.That(references.Intersect(Programs), Is.Empty, "nobody references a program but tests");
        }
    }

    [Test]
    public void Ground_projects_need_no_packages() =>
        Assert.That(
            ProjectFiles().Where(f => NoPackages.Contains(NameOf(f))).SelectMany(f => XDocument.Load(f).Descendants("PackageReference")),
            Is.Empty);

    [Test]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(House.Root, "Capture.sln")).Replace('\\', '/');
        string[] missing = [.. ProjectFiles()
            .Select(f => Path.GetRelativePath(House.Root, f).Replace('\\', '/'))
            .Where(f => !solution.Contains(f, StringComparison.Ordinal))];
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Only_the_host_clock_binds_a_clock()
    {
        // The analyzer bans the managed clocks; this closes the native door beside it.
        string[] readers = [.. House.ProductSources()
            .Where(f => Path.GetFileName(f) != "HostClock.cs" && File.ReadAllText(f).Contains("clock_gettime", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(House.Root, f))];
        Assert.That(readers, Is.Empty);
    }
}
