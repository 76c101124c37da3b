namespace House.Tests;

/// <summary>Where the repository lies, seen from the test's own output.</summary>
internal static class House
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file that ships, without build output.</summary>
    public static IEnumerable<string> ProductSources() =>
        new[] { "capture", "firmware-bridge", "calibration", "replay" }
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "node_modules"));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Capture.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Capture.sln is not above the test's folder");
    }
}
