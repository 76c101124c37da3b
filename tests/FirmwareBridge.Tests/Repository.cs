namespace FirmwareBridge.Tests;

/// <summary>Where the repository lies, seen from the test's own output.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Firmware => Path.Combine(Root, "firmware-bridge", "firmware");

    public static string Specification => Path.Combine(Root, "firmware-bridge", "spec", "wire-protocol.md");

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Capture.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Capture.sln is not above the test's folder");
    }
}
