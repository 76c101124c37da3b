using Capture.Core.Time;
using Capture.Episodes.Recording;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Tests.Support;

/// <summary>A recorder in a temporary folder, and synthetic samples for it.</summary>
internal sealed class Rig : IDisposable
{
    private readonly TempFolder _folder = new();

    public Rig(Func<EpisodeSettings, EpisodeSettings>? settings = null)
    {
        var defaults = new EpisodeSettings { RigName = "bench", EpisodesFolder = _folder.Path, Name = "take", BufferMb = 256, BufferSeconds = 2 };
        Settings = settings?.Invoke(defaults) ?? defaults;
        Recorder = EpisodeRecorder.Create(Settings);
    }

    public EpisodeSettings Settings { get; }

    public EpisodeRecorder Recorder { get; }

    public string Folder => Recorder.Folder;

    public TempFolder Temp => _folder;

    public HostTime Now => Settings.Clock.Now;

    public static SampleStamp Stamp(long sequence, HostTime host, long? ticks = null, int segment = 0) =>
        new(sequence, segment, ticks is { } t ? new DeviceTicks(t) : null, host, host - Duration.FromMilliseconds(2));

    /// <summary>Waits until a condition holds, at most 5 s.</summary>
    public static bool Eventually(Func<bool> condition, int timeoutMs = 5000)
    {
        for (int waited = 0; waited < timeoutMs; waited += 2)
        {
            if (condition())
            {
                return true;
            }

            Thread.Sleep(2);
        }

        return condition();
    }

    public void Dispose()
    {
        Recorder.Dispose();
        _folder.Dispose();
    }
}
