using System.ComponentModel;
using System.Diagnostics;

namespace FirmwareBridge.Tests.Firmware;

/// <summary>Builds the C firmware with make, once a run, outside the source tree.</summary>
internal static class FirmwareBuild
{
    private static readonly Lazy<string> Built = new(Build);

    public static string BenchBoard => Path.Combine(Built.Value, "bench-board");

    public static string FrameCheck => Path.Combine(Built.Value, "frame-check");

    public static string CoreObjects => Path.Combine(Built.Value, "core");

    public static string Run(string program, string input, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            Task<string> read = process.StandardOutput.ReadToEndAsync(); // beside the writing: either pipe may fill
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
            {
                process.Kill();
                Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within a minute.");
            }

            string output = read.Result;
            Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {error.Result}");
            return output;
        }
        catch (Win32Exception e)
        {
            Assert.Fail($"{program} does not start ({e.Message}). The firmware's tests need a C compiler and make: `sudo apt-get install gcc make`.");
            throw;
        }
    }

    private static string Build()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"capture-firmware-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Run("cc", "", "--version");
        Run("make", "", "-s", "-C", Repository.Firmware, $"OUT={folder}", "all", "frame-check");
        return folder;
    }
}
