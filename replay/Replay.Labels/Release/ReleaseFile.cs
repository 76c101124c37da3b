using System.Globalization;
using System.Text;
using Capture.Arrow;
using Capture.Episodes.Disk;

namespace Replay.Labels.Release;

/// <summary>Publishes segments into an episode: <c>labels/NAME@N.arrow</c>, never written twice.</summary>
public static class ReleaseFile
{
    /// <summary>The folder of releases in an episode.</summary>
    public const string Folder = "labels";

    private const int RowsPerBatch = 1024;

    /// <summary>
    /// Writes a release under the next free number and returns its path in the episode, as "labels/NAME@1.arrow". The file appears whole or not at all,
    /// is on disk before this returns, and never replaces another.
    /// </summary>
    /// <exception cref="ArgumentException">The name is none that a release can have.</exception>
    /// <exception cref="LabelLogException">The episode cannot be written.</exception>
    public static string Publish(string episodeFolder, ReleaseInfo info, IReadOnlyList<ReleasedSegment> segments)
    {
        if (!LabelRules.IsReleaseName(info.Name))
        {
            throw new ArgumentException($"'{info.Name}' cannot be the name of a release: 1 to 64 lower-case letters, digits, '_' or '-'.", nameof(info));
        }

        string folder = Path.Combine(episodeFolder, Folder);
        string next = Path.Combine(folder, $".{info.Name}.{Guid.NewGuid():N}.new");
        try
        {
            Directory.CreateDirectory(folder);
            while (true)
            {
                int version = NextVersion(folder, info.Name);
                WriteWhole(next, ReleaseSchema.For(info, version), segments);
                string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{info.Name}@{version}.arrow"));
                if (DurableNames.TryLink(next, path))
                {
                    DurableNames.Sync(folder);
                    DurableNames.Sync(episodeFolder);
                    return $"{Folder}/{Path.GetFileName(path)}";
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabelLogException($"the release could not be written ({e.Message.TrimEnd('.')})", folder, "Check the disk's space and the rights to the episode.", e);
        }
        finally
        {
            // Delete wants the folder to be there, and it may be what could not be made.
            if (File.Exists(next))
            {
                File.Delete(next);
            }
        }
    }

    /// <summary>The releases of an episode, by name and number; symbolic links are not among them.</summary>
    public static IReadOnlyList<string> List(string episodeFolder)
    {
        var folder = new DirectoryInfo(Path.Combine(episodeFolder, Folder));
        return folder.Exists
            ? [.. folder.GetFiles("*@*.arrow").Where(f => f.LinkTarget is null && VersionOf(f.Name) > 0).Select(f => f.FullName).Order(StringComparer.Ordinal)]
            : [];
    }

    private static int NextVersion(string folder, string name) =>
        1 + Directory.GetFiles(folder, $"{name}@*.arrow").Select(f => VersionOf(Path.GetFileName(f))).DefaultIfEmpty(0).Max();

    private static int VersionOf(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        return int.TryParse(stem.AsSpan(stem.LastIndexOf('@') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : 0;
    }

    private static void WriteWhole(string path, ArrowSchema schema, IReadOnlyList<ReleasedSegment> segments)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        using (var writer = new ArrowFileWriter(file, schema))
        {
            foreach (ReleasedSegment[] rows in segments.OrderBy(s => s.StartNs).ThenBy(s => s.Segment.Id, StringComparer.Ordinal).Chunk(RowsPerBatch))
            {
                using BatchBuilder builder = Rows(schema, rows);
                writer.Write(builder);
            }
        }

        file.Flush(flushToDisk: true);
    }

    private static BatchBuilder Rows(ArrowSchema schema, ReleasedSegment[] rows)
    {
        int bytes = 64 + rows.Max(r => Encoding.UTF8.GetByteCount(r.Segment.Note)) + (4 * 256);
        var builder = new BatchBuilder(schema, new BatchCapacity { Rows = rows.Length, VariableBytes = checked(bytes * rows.Length) });
        void Text(string column, string value) => builder.Column<Utf8Column>(column).Append(value);
        void Number(string column, long value) => builder.Column<Int64Column>(column).Append(value);
        void Edge(string edge, Anchor anchor)
        {
            Text($"{edge}_stream", anchor.Stream);
            Number($"{edge}_sequence", anchor.Sequence);
            builder.Column<Int32Column>($"{edge}_segment").Append(anchor.Segment);
            Number($"{edge}_offset_ns", anchor.OffsetNs);
        }

        foreach ((LabelSegment segment, long start, long end) in rows)
        {
            Text("id", segment.Id);
            Text("verb", segment.Verb);
            Text("note", segment.Note);
            Number("start_ns", start);
            Number("end_ns", end);
            Edge("start", segment.Start);
            Edge("end", segment.End);
            Text("author", segment.Author);
            Text("edited_utc", segment.EditedUtc);
            builder.EndRow();
        }

        return builder;
    }
}
