using System.Diagnostics;

namespace Benchmarks.Measuring;

/// <summary>What a piece of work cost.</summary>
/// <param name="Seconds">By the wall clock.</param>
/// <param name="CpuSeconds">Of all threads of this process, in user and kernel mode.</param>
/// <param name="AllocatedBytes">Managed memory allocated by all threads.</param>
internal readonly record struct Cost(double Seconds, double CpuSeconds, long AllocatedBytes)
{
    /// <summary>Measures a piece of work.</summary>
    public static Cost Of(Action work)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        return new Cost(seconds, cpuSeconds, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
