using System.Globalization;
using System.Text.Json;

namespace Replay.Browser.Tests.Processes;

/// <summary>A running bench rig. It ends with its standard input, so also when the tests are killed.</summary>
internal sealed class BenchRig : IDisposable
{
    private readonly string _folder;
    private readonly RunningProgram _program;

    public BenchRig(string folder, int seed)
    {
        _folder = folder;
        string number = seed.ToString(CultureInfo.InvariantCulture);
        _program = new RunningProgram("dotnet", [Programs.RigDll, "--seed", number, "--out", folder, "--board", Programs.Board, "--until-stdin-closes"]);
        try
        {
            RigFile = _program.WaitForLine("ready ");
        }
        catch
        {
            _program.Dispose();
            throw;
        }
    }

    public string RigFile { get; }

    /// <summary>Starts `capture record` on this rig.</summary>
    public RunningProgram Record(string into, int seconds) =>
        new("dotnet", [Programs.CaptureDll, "record", RigFile, "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--out", into], Path.Combine(_folder, "asound.conf"));

    /// <summary>Ends the rig, so that its truth is written to the last line.</summary>
    public void End()
    {
        _program.CloseInput();
        _program.WaitForExit(TimeSpan.FromSeconds(20));
    }

    /// <summary>True middle of the exposure of each frame of a camera, by the number in its picture; ns of CLOCK_MONOTONIC.</summary>
    public IReadOnlyDictionary<long, long> Exposures(string camera) =>
        Truth(camera).ToDictionary(e => e.GetProperty("frame").GetInt64(), e => e.GetProperty("exposure_mid_ns").GetInt64());

    /// <summary>When the gripper took the cube, set it down and let go: <c>grasp</c>, <c>place</c>, <c>release</c>; ns of CLOCK_MONOTONIC.</summary>
    public IReadOnlyList<(string Kind, long TimeNs)> Contacts() => [.. Truth("contacts").Select(c => (c.GetProperty("kind").GetString()!, c.GetProperty("true_ns").GetInt64()))];

    private IEnumerable<JsonElement> Truth(string name)
    {
        string text = File.ReadAllText(Path.Combine(_folder, "truth", name + ".jsonl"));
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);
    }

    public void Dispose() => _program.Dispose();
}
