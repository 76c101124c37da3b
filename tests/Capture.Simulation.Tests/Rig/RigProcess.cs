using System.Diagnostics;
using System.Text.Json;
using Capture.Simulation.Rig;

namespace Capture.Simulation.Tests.Rig;

/// <summary>bench-rig as a process, for tests.</summary>
internal sealed class RigProcess : IDisposable
{
    private readonly Process _process;

    private RigProcess(Process process, string folder)
    {
        _process = process;
        Folder = folder;
    }

    public string Folder { get; }

    public int Id => _process.Id;

    public string Yaml => File.ReadAllText(Path.Combine(Folder, "rig.yaml"));

    /// <summary>Starts it and waits for its ready line.</summary>
    public static RigProcess Start(string folder, params string[] arguments)
    {
        Process process = Launch(["--out", folder, "--until-stdin-closes", .. arguments]);
        var rig = new RigProcess(process, folder);
        Task<string?> line = process.StandardOutput.ReadLineAsync();
        if (!line.Wait(15_000) || line.Result != "ready " + Path.Combine(folder, "rig.yaml"))
        {
            rig.Dispose();
            Assert.Fail($"bench-rig did not get ready: {(line.IsCompleted ? line.Result : "nothing within 15 s")} {process.StandardError.ReadToEnd()}");
        }

        return rig;
    }

    /// <summary>Runs it to its end; for wrong usage.</summary>
    public static (int ExitCode, string Error) Run(params string[] arguments)
    {
        using Process process = Launch(arguments);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    public static string NewFolder()
    {
        string folder = Path.Combine(Path.GetTempPath(), "bench-rig-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>The C firmware's host build, made with make and cc; the test is ignored where they are missing.</summary>
    public static string BuildBoard(string folder)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Capture.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("Capture.sln was not found above the tests.");
        }

        try
        {
            using Process make = Process.Start(new ProcessStartInfo("make", ["-s", "-C", Path.Combine(root, "firmware-bridge", "firmware"), "OUT=" + folder]))!;
            make.WaitForExit();
            Assert.That(make.ExitCode, Is.Zero, "make of the firmware's host build");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("make is not installed: the board cannot be built.");
        }

        return Path.Combine(folder, "bench-board");
    }

    public int[] Children() =>
        [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!)).Where(pid => ParentOf(pid) == Id)];

    public int End()
    {
        _process.StandardInput.Close();
        Assert.That(_process.WaitForExit(10_000), Is.True, "bench-rig ends when its stdin closes");
        return _process.ExitCode;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public JsonElement[] Truth(string name) =>
        [.. File.ReadAllLines(Path.Combine(Folder, "truth", name + ".jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static Process Launch(string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(BenchRig).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static int ParentOf(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return -1;
        }
    }
}
