using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Capture.Devices.Tests.Mcu;

/// <summary>The board's own C firmware, built for this machine, on a pseudo-terminal.</summary>
internal sealed class BenchBoard : IDisposable
{
    private static readonly Lazy<string> Program = new(Build);
    private readonly Process process;

    public BenchBoard(string options = "", string? link = null)
    {
        string at = link is null ? string.Empty : $"--link {link} ";
        process = Process.Start(new ProcessStartInfo(Program.Value, at + "--until-stdin-closes " + options)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string? line = process.StandardOutput.ReadLine();
        Assert.That(line, Does.StartWith("port "));
        Port = link ?? line!["port ".Length..];
    }

    public string Port { get; }

    /// <summary>Stops the process in its tracks, or lets it go on; its clock runs on.</summary>
    public void Freeze(bool frozen)
    {
        using Process kill = Process.Start("kill", [frozen ? "-STOP" : "-CONT", process.Id.ToString()]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private static string Build()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"capture-devices-board-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        try
        {
            using Process make = Process.Start(new ProcessStartInfo("make", ["-s", "-C", Firmware(), $"OUT={folder}", "all"]) { UseShellExecute = false })!;
            make.WaitForExit();
            Assert.That(make.ExitCode, Is.Zero, "make");
        }
        catch (Win32Exception)
        {
            Assert.Fail("make does not start. The board's tests need a C compiler and make: `sudo apt-get install gcc make`.");
        }

        return Path.Combine(folder, "bench-board");
    }

    private static string Firmware([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../firmware-bridge/firmware"));
}
