using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Verification;

/// <summary>Holds the manifest against the files that it speaks of.</summary>
internal static class ManifestCheck
{
    public static void Run(EpisodeReader episode, List<Finding> findings)
    {
        EpisodeManifest manifest = episode.Manifest;
        if (!episode.Folder.TrimEnd('/').EndsWith(EpisodeFolder.Suffix, StringComparison.Ordinal))
        {
            findings.Add(new Finding(FindingSeverity.Warning, episode.Folder, $"its name does not end in '{EpisodeFolder.Suffix}'"));
        }

        if (manifest.State == EpisodeState.Recording)
        {
            findings.Add(episode.IsHeld
                ? new Finding(FindingSeverity.Info, ManifestFile.Name, "the episode is being recorded")
                : new Finding(FindingSeverity.Warning, ManifestFile.Name, "the episode was not closed, and nobody records it: run 'capture recover'"));
        }

        foreach (ManifestStream listed in manifest.Streams)
        {
            if (episode.Find(listed.Name) is not { } stream)
            {
                findings.Add(new Finding(FindingSeverity.Error, ManifestFile.Name, $"it lists the stream '{listed.Name}', and {listed.File} cannot be read or is missing"));
                continue;
            }

            Listed(manifest, listed, stream, findings);
        }

        foreach (EpisodeStream stream in episode.Streams)
        {
            if (!manifest.Streams.Any(s => s.Name == stream.Info.Name))
            {
                findings.Add(new Finding(FindingSeverity.Warning, ManifestFile.Name, $"it does not list the stream '{stream.Info.Name}', which has a file"));
            }
        }
    }

    private static void Listed(EpisodeManifest manifest, ManifestStream listed, EpisodeStream stream, List<Finding> findings)
    {
        string place = $"{ManifestFile.Name}, stream '{listed.Name}'";
        if (!string.Equals(stream.Info.Episode.Id.ToString("D"), manifest.Id, StringComparison.Ordinal))
        {
            findings.Add(new Finding(FindingSeverity.Error, place, $"its file belongs to episode {stream.Info.Episode.Id:D}, not to {manifest.Id}"));
        }

        if (stream.Info.Episode.Anchor.Origin.Nanoseconds != manifest.Anchor.MonotonicNs)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, "its file has another anchor than the manifest"));
        }

        if (!string.Equals(stream.Info.Kind, listed.Kind, StringComparison.Ordinal) || stream.Info.Counted != listed.Counted)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, $"its file says kind '{stream.Info.Kind}', counted {stream.Info.Counted}"));
        }

        if (manifest.State == EpisodeState.Recording)
        {
            return;
        }

        if (listed.Bytes is { } bytes && bytes != stream.Bytes)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, $"it says {bytes} bytes, the file has {stream.Bytes}"));
        }

        if (listed.Counts is { } counts && counts.Stored != stream.Rows * stream.Info.CountPerRow)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, $"it says {counts.Stored} {counts.Unit} stored, the file has {stream.Rows * stream.Info.CountPerRow}"));
        }
    }
}
