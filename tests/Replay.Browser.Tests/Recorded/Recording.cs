using Capture.Episodes.Reading;
using Replay.Browser.Tests.Processes;

namespace Replay.Browser.Tests.Recorded;

/// <summary>Ten seconds of the bench rig through the real `capture record`, with the truth about its cameras.</summary>
internal sealed class Recording : IDisposable
{
    private const int Seconds = 10;
    private readonly string _scratch = Directory.CreateTempSubdirectory("replay-browser-").FullName;

    public Recording()
    {
        try
        {
            using var rig = new BenchRig(Path.Combine(_scratch, "rig"), seed: 7);
            using RunningProgram capture = rig.Record(Folder, Seconds);
            int exit = capture.WaitForExit(TimeSpan.FromSeconds(Seconds + 60));
            rig.End();
            // 1: recorded, and something was dropped, as a busy machine may.
            Assert.That(exit, Is.LessThanOrEqualTo(1), capture.Output + capture.Errors);
            Episode = Directory.GetDirectories(Folder, "*.episode").Single();
            using EpisodeReader reader = EpisodeReader.Open(Episode);
            Cameras = [.. new[] { "front", "wrist" }.Select(name => new CameraRows(reader, name, rig.Exposures(name)))];
            long anchorNs = reader.Stream("front").Info.Episode.Anchor.Origin.Nanoseconds;
            Contacts = [.. rig.Contacts().Select(c => (c.Kind, c.TimeNs - anchorNs))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The folder to serve.</summary>
    public string Folder => Path.Combine(_scratch, "recordings");

    public string Episode { get; } = "";

    public string Name => Path.GetFileNameWithoutExtension(Episode);

    public IReadOnlyList<CameraRows> Cameras { get; } = [];

    /// <summary>True contacts of the gripper with the cube; ns of episode time.</summary>
    public IReadOnlyList<(string Kind, long TimeNs)> Contacts { get; } = [];

    /// <summary>The first instant at which every camera has a picture, and the last picture's of all; ns of episode time.</summary>
    public (long From, long To) Pictures => (Cameras.Max(c => c.TimesNs.Min()), Cameras.Max(c => c.TimesNs.Max()));

    public void Dispose() => Directory.Delete(_scratch, recursive: true);
}
