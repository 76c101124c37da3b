using System.Globalization;

namespace Benchmarks.Sources;

/// <summary>What the kernel says of a running process (proc(5)).</summary>
internal static class ProcessUse
{
    // USER_HZ: 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Processor time so far, user and kernel, all threads, seconds; null when the process has ended.</summary>
    public static double? CpuSeconds(int process)
    {
        // The name, which may hold anything, ends with the last parenthesis; utime and stime are fields 14 and 15 of the line.
        return Read(process, "stat") is { } line && line[(line.LastIndexOf(')') + 2)..].Split(' ') is { Length: > 12 } fields
            ? (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond
            : null;
    }

    /// <summary>Processor time of all children of this process that have ended and were waited for, seconds.</summary>
    public static double ChildrenCpuSeconds()
    {
        string line = Read(Environment.ProcessId, "stat")!;
        string[] fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Resident memory, MB (10⁶ bytes), shared and mapped pages included; null when the process has ended.</summary>
    public static double? ResidentMb(int process) =>
        Read(process, "status")?.Split('\n').FirstOrDefault(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6
            : null;

    private static string? Read(int process, string name)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{name}"));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
