using Capture.Episodes;

namespace Replay.Server.Commands;

/// <summary>Folders as they are named on the command line.</summary>
internal static class ServedFolder
{
    /// <summary>Why a folder cannot be served; null when it can.</summary>
    public static string? Problem(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return $"there is no folder '{folder}'. Name the folder that holds the episodes.";
        }

        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return full.EndsWith(EpisodeFolder.Suffix, StringComparison.Ordinal)
            ? $"'{folder}' is one episode. Name the folder that holds it: {Path.GetDirectoryName(full)}."
            : null;
    }

    /// <summary>The folder that an episode lies in, and the episode's name in it.</summary>
    public static (string Folder, string Name) Split(string episode)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(episode));
        string name = Path.GetFileName(full);
        return (Path.GetDirectoryName(full) ?? full, name.EndsWith(EpisodeFolder.Suffix, StringComparison.Ordinal) ? name[..^EpisodeFolder.Suffix.Length] : name);
    }
}
