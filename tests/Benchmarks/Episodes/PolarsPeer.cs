using System.Diagnostics;
using System.Text.Json;
using Benchmarks.Measuring;
using Capture.Tests.Foreign;

namespace Benchmarks.Episodes;

/// <summary>nodejs-polars in a process that stays, so that its passes take turns with ours.</summary>
internal sealed class PolarsPeer : IDisposable
{
    private readonly Process _node;
    private readonly string _way;

    /// <summary>Starts it on a file, and finds out which of its ways is the faster.</summary>
    /// <exception cref="InvalidOperationException">Node or the package cannot be had.</exception>
    public PolarsPeer(string file, string column)
    {
        ForeignReaders.Install();
        var start = new ProcessStartInfo("node", [Path.Combine(ForeignReaders.Folder, "scan-polars.mjs"), file, column])
        {
            WorkingDirectory = ForeignReaders.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        _node = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        _way = new[] { "frame", "scan" }.MinBy(way => Enumerable.Range(0, 2).Min(_ => Ask(way).Seconds))!;
    }

    /// <summary>How it reads, for the report.</summary>
    public string Way => _way == "frame" ? "readIPC of the one column" : "scanIPC, lazily";

    /// <summary>One pass; its own time, without the way to the process and back.</summary>
    public Cost Scan() => Ask(_way);

    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(5000))
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    private Cost Ask(string way)
    {
        _node.StandardInput.WriteLine(way);
        _node.StandardInput.Flush();
        string line = _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("polars ended early");
        JsonElement answer = JsonDocument.Parse(line).RootElement;
        return answer.TryGetProperty("ms", out JsonElement ms)
            ? new Cost(ms.GetDouble() / 1000, answer.GetProperty("cpuMs").GetDouble() / 1000, 0)
            : new Cost(double.MaxValue, double.MaxValue, 0);
    }
}
