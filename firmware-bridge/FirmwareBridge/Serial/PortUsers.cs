namespace FirmwareBridge.Serial;

/// <summary>Who has a port open, as far as /proc shows it: without root only our own user's processes do.</summary>
internal static class PortUsers
{
    /// <returns>"name (process 123)", or null when nobody is seen.</returns>
    internal static string? Describe(string path)
    {
        string real = RealPath(path);
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out int id) && id != Environment.ProcessId && HasOpen(process, real))
            {
                return $"{NameOf(process)} (process {id})";
            }
        }

        return HasOpen("/proc/self", real, atLeast: 2) ? "this program itself" : null;
    }

    private static string RealPath(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return path;
        }
    }

    /// <param name="atLeast">2 for ourselves: one is the descriptor that was just refused.</param>
    private static bool HasOpen(string process, string real, int atLeast = 1)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd")).Count(fd => new FileInfo(fd).LinkTarget == real) >= atLeast;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or somebody else's
        }
    }

    private static string NameOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "a program";
        }
    }
}
