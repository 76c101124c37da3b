using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;

namespace Capture.Agent.Recording;

/// <summary>A sealed recording, and whether the recorder itself lost anything of it.</summary>
internal sealed record RecordingReport(string Folder, EpisodeManifest Manifest, RecordingResult Result)
{
    /// <summary>Losses that are ours: full pool, disk, a row too large; and rows that nothing explains.</summary>
    public IEnumerable<string> OwnLosses =>
        from stream in Manifest.Streams
        where stream.Counts is not null
        from text in stream.Counts!.Reasons is { } reasons
            ? reasons.Where(r => r.Stage is "pool" or "writer" or "encoder").Select(r => $"{stream.Name}: {r.Count?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "an unknown number"} lost ({r.Reason})")
            : []
        select text;

    /// <summary>Streams that promised a rate and delivered nothing.</summary>
    public IEnumerable<string> Silent =>
        Manifest.Streams.Where(s => s.RateHz is not null && s.Counts is { Stored: 0 }).Select(s => $"{s.Name}: no sample came");

    /// <summary>Counted streams whose balance is not closed.</summary>
    public IEnumerable<string> Unexplained =>
        Manifest.Streams.Where(s => s.Counts is { Unknown: not (null or 0) }).Select(s => $"{s.Name}: {s.Counts!.Unknown} samples unaccounted for");
}
