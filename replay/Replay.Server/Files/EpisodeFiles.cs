using Capture.Episodes;
using Capture.Episodes.Manifest;
using Replay.Labels.Release;

namespace Replay.Server.Files;

/// <summary>The files of an episode that are handed out as they lie: looked up in a list of what is there, never joined from a request.</summary>
internal static class EpisodeFiles
{
    /// <summary>Robot models and their meshes.</summary>
    public const string Models = "models";

    private const int MaxDepth = 4;
    private const int MaxFiles = 10_000;

    private static readonly string[] s_folders =
        [EpisodeFolder.Streams, EpisodeFolder.Times, EpisodeFolder.Clocks, ReleaseFile.Folder, Models, EpisodeFolder.Calibration];

    /// <summary>Path on disk by path in the episode ("streams/front.arrow"). Symbolic links and hidden files are not among them.</summary>
    public static IReadOnlyDictionary<string, string> Of(string episodeFolder)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(ManifestFile.PathIn(episodeFolder)))
        {
            Add(files, new FileInfo(ManifestFile.PathIn(episodeFolder)), ManifestFile.Name);
        }

        foreach (string folder in s_folders)
        {
            Walk(files, new DirectoryInfo(Path.Combine(episodeFolder, folder)), folder, MaxDepth);
        }

        return files;
    }

    private static void Walk(Dictionary<string, string> files, DirectoryInfo folder, string path, int depth)
    {
        if (!folder.Exists || folder.LinkTarget is not null)
        {
            return;
        }

        foreach (FileInfo file in folder.EnumerateFiles())
        {
            Add(files, file, $"{path}/{file.Name}");
        }

        foreach (DirectoryInfo child in depth > 0 ? folder.EnumerateDirectories() : [])
        {
            Walk(files, child, $"{path}/{child.Name}", depth - 1);
        }
    }

    private static void Add(Dictionary<string, string> files, FileInfo file, string path)
    {
        if (file.LinkTarget is null && file.Name[0] != '.' && files.Count < MaxFiles)
        {
            files.Add(path, file.FullName);
        }
    }
}
