using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Replay.Server.Tests.Support;

/// <summary>The program `replay` as a process of its own.</summary>
internal sealed partial class ReplayProcess : IDisposable
{
    private readonly Process _process;

    private ReplayProcess(Process process, string address)
    {
        _process = process;
        Address = address;
    }

    public string Address { get; }

    public int Id => _process.Id;

    /// <summary>Starts `replay serve` and waits for its address.</summary>
    public static async Task<ReplayProcess> Serve(params string[] arguments)
    {
        Process process = Begin(["serve", .. arguments]);
        string line = await process.StandardOutput.ReadLineAsync() ?? "";
        Match match = Url().Match(line);
        Assert.That(match.Success, $"replay printed '{line}' {(match.Success ? "" : await process.StandardError.ReadToEndAsync())}");
        return new ReplayProcess(process, match.Value);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using Process process = Begin(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    /// <summary>SIGKILL: nothing of the program runs any more.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGINT, as Ctrl+C sends it; returns the exit code.</summary>
    public async Task<int> Interrupt()
    {
        using Process kill = Process.Start("kill", $"-INT {_process.Id}");
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static Process Begin(IEnumerable<string> arguments)
    {
        string program = Path.Combine(TestContext.CurrentContext.TestDirectory, "replay.dll");
        Assert.That(File.Exists(program), program);
        // A suite in the background of a script inherits an ignored SIGINT, and hands it down: nobody could be interrupted.
        return Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Url();
}
