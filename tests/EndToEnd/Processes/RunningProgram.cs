using System.Diagnostics;
using System.Globalization;

namespace EndToEnd.Processes;

/// <summary>A started program. Dispose kills it when it still runs.</summary>
internal sealed class RunningProgram : IDisposable
{
    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly Task<string> _errors;
    private readonly Stopwatch _since = Stopwatch.StartNew();

    public RunningProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, byte[]? input = null)
    {
        // A suite in the background of a script inherits an ignored SIGINT, and hands it down: nobody could be interrupted.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        _errors = _process.StandardError.ReadToEndAsync();
        _output = ReadAll(_process.StandardOutput.BaseStream);
        using Stream stdin = _process.StandardInput.BaseStream;
        try
        {
            stdin.Write(input ?? []);
        }
        catch (IOException e)
        {
            // A program may end before it has read everything; its exit code tells.
            TestContext.Out.WriteLine($"{program}: {e.Message}");
        }
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>SIGKILL: no handler runs.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Sends a signal, as "INT".</summary>
    public void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public Finished WaitForExit(TimeSpan patience)
    {
        bool ended = _process.WaitForExit(patience);
        if (!ended)
        {
            _process.Kill(entireProcessTree: true);
        }

        var finished = new Finished(ended ? _process.ExitCode : -1, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult(), _since.Elapsed);
        return ended ? finished : throw new TimeoutException($"'{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}' did not end within {patience}: {finished}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static async Task<byte[]> ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all).ConfigureAwait(false);
        return all.ToArray();
    }
}
