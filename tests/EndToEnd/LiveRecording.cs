using System.Text.Json;
using Capture.Episodes.Reading;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>Ten seconds of the bench rig through the real `capture record`, made once and shared by the tests.</summary>
internal sealed class LiveRecording : IDisposable
{
    public const int Seconds = 10;
    public const ulong Seed = 20_261;

    private static readonly Lazy<LiveRecording> s_shared = new(() => new LiveRecording());
    private readonly Scratch _scratch = new("live");

    private LiveRecording()
    {
        try
        {
            using var rig = new RigProcess(_scratch["rig"], Seed);
            Result = CaptureProgram.RunWith(rig, "record", rig.RigFile, "--seconds", "10", "--out", _scratch["out"], "--json");
            rig.End();
            RigFolder = rig.Folder;
            Episode = CaptureProgram.EpisodeOf(_scratch["out"]);
            TestContext.Progress.WriteLine(Result.Output);
        }
        catch
        {
            _scratch.Dispose();
            throw;
        }
    }

    public static LiveRecording Shared => s_shared.Value;

    public Finished Result { get; }

    public string RigFolder { get; }

    public string Episode { get; }

    public JsonElement Json => JsonDocument.Parse(Result.Output).RootElement;

    /// <summary>A path for something that a test makes of the episode.</summary>
    public string this[string name] => _scratch[name];

    public EpisodeReader Open() => EpisodeReader.Open(Episode);

    public static void End()
    {
        if (s_shared.IsValueCreated)
        {
            s_shared.Value.Dispose();
        }
    }

    public void Dispose() => _scratch.Dispose();
}

/// <summary>Removes what the shared recording left.</summary>
[SetUpFixture]
internal sealed class LiveRecordingEnd
{
    [OneTimeTearDown]
    public void Remove() => LiveRecording.End();
}
