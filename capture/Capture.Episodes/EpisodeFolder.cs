namespace Capture.Episodes;

/// <summary>Names inside an episode's folder (format, chapter 1).</summary>
public static class EpisodeFolder
{
    public const string Suffix = ".episode";
    public const string Streams = "streams";
    public const string Clocks = "clocks";
    public const string Times = "times";
    public const string Calibration = "calibration";
    public const string Models = "models";
    public const string ArrowSuffix = ".arrow";
    public const string TornSuffix = ".torn";

    public static string StreamFile(string folder, string stream) => Path.Combine(folder, Streams, stream + ArrowSuffix);

    public static string ClockFile(string folder, string domain, string version) => Path.Combine(folder, Clocks, $"{domain}.{version}{ArrowSuffix}");

    public static string TimesFile(string folder, string stream, string version) => Path.Combine(folder, Times, $"{stream}.{version}{ArrowSuffix}");

    /// <summary>The boot id of this host (proc(5), random/boot_id); empty where there is none.</summary>
    internal static string BootId()
    {
        const string Path = "/proc/sys/kernel/random/boot_id";
        return File.Exists(Path) ? File.ReadAllText(Path).Trim() : "";
    }

    /// <summary>A name that every file system takes.</summary>
    internal static string Safe(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        return safe.Length == 0 ? "rig" : safe[..Math.Min(safe.Length, 64)];
    }
}
