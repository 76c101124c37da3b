using System.Diagnostics;
using System.Text;

namespace Replay.Browser.Tests.Processes;

/// <summary>A started program, its standard input open. Dispose kills it, and what it started, when it still runs.</summary>
internal sealed class RunningProgram : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    public RunningProgram(string program, IEnumerable<string> arguments, string? alsaConfiguration = null)
    {
        // A suite in the background of a script inherits an ignored SIGINT, and hands it down: nobody could be interrupted.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        if (alsaConfiguration is not null)
        {
            start.Environment["ALSA_CONFIG_PATH"] = alsaConfiguration;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_errors, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public string Output => Kept(_output);

    public string Errors => Kept(_errors);

    /// <summary>The rest of the first line of output that begins so. Fails when the program ends first or takes longer than 60 s.</summary>
    public string WaitForLine(string beginning)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < TimeSpan.FromSeconds(60))
        {
            bool ended = HasExited;
            if (Output.Split('\n').FirstOrDefault(l => l.StartsWith(beginning, StringComparison.Ordinal)) is { } line)
            {
                return line[beginning.Length..];
            }

            if (ended)
            {
                break;
            }

            Thread.Sleep(10);
        }

        throw new InvalidOperationException($"'{string.Join(' ', _process.StartInfo.ArgumentList)}' did not print '{beginning}':\n{Output}\n{Errors}");
    }

    /// <summary>SIGKILL: no handler runs.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void CloseInput() => _process.StandardInput.Close();

    public int WaitForExit(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{string.Join(' ', _process.StartInfo.ArgumentList)}' did not end within {patience}:\n{Output}\n{Errors}");
        }

        // Without a limit it also waits for the last lines of output.
        _process.WaitForExit();
        return _process.ExitCode;
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

    private static void Keep(StringBuilder all, string? line)
    {
        if (line is not null)
        {
            lock (all)
            {
                all.Append(line).Append('\n');
            }
        }
    }

    private static string Kept(StringBuilder all)
    {
        lock (all)
        {
            return all.ToString();
        }
    }
}
