using System.Diagnostics;
using System.Globalization;

namespace EndToEnd.Processes;

/// <summary>A running bench rig. It ends with its standard input, so also when the tests are killed.</summary>
internal sealed class RigProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <param name="options">More options of bench-rig, as <c>--without room</c>.</param>
    public RigProcess(string folder, ulong seed, params string[] options)
    {
        Folder = folder;
        string[] all = [Programs.RigDll, "--seed", seed.ToString(CultureInfo.InvariantCulture), "--out", folder, "--board", Programs.Board, "--until-stdin-closes", .. options];
        _process = Process.Start(new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false })!;
        _errors = _process.StandardError.ReadToEndAsync();
        Task<string?> ready = _process.StandardOutput.ReadLineAsync();
        if (!ready.Wait(TimeSpan.FromSeconds(60)) || ready.Result?.StartsWith("ready ", StringComparison.Ordinal) != true)
        {
            _process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"bench-rig did not get ready: {ready.Result} {_errors.GetAwaiter().GetResult()}");
        }

        RigFile = ready.Result["ready ".Length..];
    }

    public string Folder { get; }

    public string RigFile { get; }

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["ALSA_CONFIG_PATH"] = Path.Combine(Folder, "asound.conf") };

    /// <summary>Ends the rig, so that its truth is written to the last line.</summary>
    public void End()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException("bench-rig did not end with its standard input");
        }
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
}
