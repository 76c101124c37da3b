using System.Globalization;
using Capture.Arrow;

namespace Benchmarks.Measuring;

/// <summary>What the figures were taken on.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, memory, how checksums are computed, kernel, load.</summary>
    public static string Describe()
    {
        string model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        string family = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("cpu family", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "?";
        double gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{model} (family {family}), {Environment.ProcessorCount} cores, {gigabytes:0} GB, kernel {Environment.OSVersion.Version}, .NET {Environment.Version}; CRC-32C: {Crc32C.Method}; load {Load()}");
    }

    /// <summary>Load averages over 1, 5 and 15 minutes.</summary>
    public static string Load() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);
}
