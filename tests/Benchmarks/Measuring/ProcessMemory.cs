using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>Memory of this process that is its own: mapped files left out.</summary>
internal static class ProcessMemory
{
    /// <summary>RssAnon of proc(5), in megabytes.</summary>
    public static double OwnMb()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }
}
