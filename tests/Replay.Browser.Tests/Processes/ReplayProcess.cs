using System.Globalization;
using System.Text.RegularExpressions;

namespace Replay.Browser.Tests.Processes;

/// <summary>`replay serve` on a folder of episodes, as a process of its own.</summary>
internal sealed partial class ReplayProcess : IDisposable
{
    private readonly RunningProgram _program;

    /// <param name="port">0: any that is free.</param>
    public ReplayProcess(string folder, int port = 0)
    {
        _program = new RunningProgram("dotnet", [Programs.ReplayDll, "serve", folder, "--port", port.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            string line = _program.WaitForLine("replay serves ");
            Address = new Uri(AddressIn().Match(line).Value);
        }
        catch
        {
            _program.Dispose();
            throw;
        }
    }

    public Uri Address { get; }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _program.Kill();

    public void Dispose() => _program.Dispose();

    [GeneratedRegex("http://[^ ]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressIn();
}
