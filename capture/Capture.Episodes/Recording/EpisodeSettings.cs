using System.Text.Json;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;

namespace Capture.Episodes.Recording;

/// <summary>How an episode is recorded. Checked when the recorder is created.</summary>
public sealed record EpisodeSettings
{
    /// <summary>The rig's name, as in rig.yaml; goes into the manifest and the folder's name.</summary>
    public required string RigName { get; init; }

    /// <summary>The folder under which the episode's own folder is made; made itself if missing.</summary>
    public required string EpisodesFolder { get; init; }

    /// <summary>The episode's folder name without <c>.episode</c>; null: UTC and the rig's name.</summary>
    public string? Name { get; init; }

    /// <summary>Task fields: text, number or truth value each.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Task { get; init; }

    /// <summary>What a kill can lose, in ms (10–10,000): a batch goes to the file at least this often.</summary>
    public int BatchEveryMs { get; init; } = 200;

    /// <summary>What a power cut can lose, in ms (10–60,000): files are made durable at least this often.</summary>
    public int DurableEveryMs { get; init; } = 1000;

    /// <summary>How long a stalled disk is borne before samples are lost, in seconds of the rig's rate (0.5–120).</summary>
    public double BufferSeconds { get; init; } = 5;

    /// <summary>Most memory for that, in MiB (16–65,536). Where it does not suffice, every stream's share shrinks alike.</summary>
    public int BufferMb { get; init; } = 2048;

    /// <summary>The host's clock.</summary>
    public HostClock Clock { get; init; } = HostClock.System;

    /// <summary>The episode's id; null: a new one.</summary>
    public Guid? Id { get; init; }

    /// <summary>Who records, for the manifest.</summary>
    public string SoftwareName { get; init; } = "capture";

    public string SoftwareVersion { get; init; } = typeof(EpisodeSettings).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Calibration files to copy into the episode, if any.</summary>
    public IReadOnlyList<string> CalibrationFiles { get; init; } = [];

    /// <summary>What was seen of them before the start, for the manifest.</summary>
    public ManifestCalibration? Calibration { get; init; }

    /// <summary>Whether the first recorder of the process rehearses the close; not for the rehearsal itself.</summary>
    internal bool RehearseClose { get; init; } = true;

    /// <summary>Where files go; tests put their own here.</summary>
    internal IEpisodeDisk Disk { get; init; } = KernelDisk.Instance;

    /// <summary>No threads: a test calls <see cref="EpisodeRecorder.Step"/>, so that what happens when depends on its clock alone.</summary>
    internal bool Stepped { get; init; }

    /// <summary>The host's boot id; tests fix it.</summary>
    internal string? BootId { get; init; }

    internal void Check()
    {
        Range(BatchEveryMs, 10, 10_000, nameof(BatchEveryMs));
        Range(DurableEveryMs, 10, 60_000, nameof(DurableEveryMs));
        Range(BufferMb, 16, 65_536, nameof(BufferMb));
        if (BufferSeconds is not (>= 0.5 and <= 120))
        {
            throw new ArgumentOutOfRangeException(nameof(BufferSeconds), BufferSeconds, "A buffer is 0.5 to 120 seconds.");
        }

        if (Name is { } name && (name.Length is 0 or > 200 || name.AsSpan().ContainsAny('/', '\\', '\0') || name[0] == '.'))
        {
            throw new ArgumentException($"'{name}' cannot be the name of an episode: 1 to 200 characters, no slash, no dot in front.", nameof(Name));
        }
    }

    private static void Range(int value, int min, int max, string name)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"It must lie between {min} and {max}.");
        }
    }
}
