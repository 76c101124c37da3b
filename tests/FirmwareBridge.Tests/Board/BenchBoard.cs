using System.Diagnostics;
using System.Globalization;
using FirmwareBridge.Tests.Firmware;

namespace FirmwareBridge.Tests.Board;

/// <summary>The real firmware in a process of its own. It ends with the test, even if the test's process is killed.</summary>
internal sealed class BenchBoard : IDisposable
{
    private readonly Process _process;

    public BenchBoard(params string[] options)
    {
        _process = Process.Start(new ProcessStartInfo(FirmwareBuild.BenchBoard, ["--until-stdin-closes", .. options])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        Port = Line("port ")["port ".Length..];
        EpochNs = long.Parse(Line("clock ").Split('=')[1], CultureInfo.InvariantCulture);
    }

    public string Port { get; }

    /// <summary>T0 of its clock.</summary>
    public long EpochNs { get; }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(3)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private string Line(string start)
    {
        string? line = _process.StandardOutput.ReadLine();
        return line is not null && line.StartsWith(start, StringComparison.Ordinal) ? line : throw new InvalidOperationException($"bench-board said: {line}");
    }
}

/// <summary>The formula of bench_clock.h, written a second time.</summary>
internal sealed record BenchClock(long EpochNs, double Ppm, double WanderPpm, double PeriodNs, long OffsetNs, ulong BootTicks)
{
    public string[] Options =>
    [
        .. new (string Name, double Value)[] { ("--clock-ppm", Ppm), ("--clock-wander-ppm", WanderPpm), ("--clock-wander-period-ms", PeriodNs / 1e6), ("--clock-offset-ns", OffsetNs), ("--boot-ticks", BootTicks) }
            .SelectMany(o => new[] { o.Name, o.Value.ToString("R", CultureInfo.InvariantCulture) }),
    ];

    /// <summary>At 1 MHz.</summary>
    public long TicksAt(long trueNs)
    {
        double u = trueNs - EpochNs;
        double gained = 1e-6 * ((Ppm * u) + (WanderPpm * PeriodNs / (2 * Math.PI) * (1 - Math.Cos(2 * Math.PI * u / PeriodNs))));
        return (long)BootTicks + ((OffsetNs + (trueNs - EpochNs) + (long)Math.Round(gained, MidpointRounding.AwayFromZero)) / 1000);
    }
}
