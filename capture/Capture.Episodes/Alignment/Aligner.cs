using Capture.Arrow;
using Capture.Episodes.Closing;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Alignment;

/// <summary>
/// Brings the streams of an episode to common times and writes them as one Arrow table: <c>time_ns</c>, then for every stream <c>STREAM.row</c> (index of the
/// source row, null where none is near enough), <c>STREAM.distance_ns</c> (source time − row time), and its numeric columns. Pictures and sound are named by
/// their row, not copied. Memory: the times of all streams, and a few batches of each.
/// </summary>
public static class Aligner
{
    public const string Time = "time_ns";

    // Of all windows of a batch together; a table of longer windows has fewer rows a batch.
    private const int WindowItems = 32_768;

    /// <summary>Writes the table to <paramref name="file"/>, which must not exist.</summary>
    /// <exception cref="EpisodeException">A stream is missing or empty, the options contradict each other, or the file cannot be written.</exception>
    public static AlignmentResult Write(EpisodeReader episode, AlignmentOptions options, string file)
    {
        if (File.Exists(file))
        {
            throw new EpisodeException(EpisodeProblem.Invalid, "it exists already", file, "Choose another name.");
        }

        var cursor = new AlignmentCursor(episode, options);
        long rows = 0;
        try
        {
            var capacity = new BatchCapacity { Rows = AlignmentCursor.RowsPerBlock, ListItems = WindowItems };
            using var table = new DerivedFile(Disk.KernelDisk.Instance, Path.GetFullPath(file), new BatchBuilder(cursor.Schema, capacity));
            while (cursor.MoveNext())
            {
                for (int start = 0; start < cursor.Times.Length;)
                {
                    int count = Fitting(cursor, start);
                    cursor.AppendTo(table.Builder, start, count);
                    table.Flush();
                    start += count;
                }

                rows += cursor.Times.Length;
            }

            table.Finish(syncFolder: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not EpisodeException))
        {
            throw Disk.DiskTrouble.Explain(e, file);
        }

        return new AlignmentResult(file, rows, [.. cursor.Tracks.Select(t => t.Result)]);
    }

    /// <summary>How many rows of the block, from one on, fit a batch with their windows.</summary>
    private static int Fitting(AlignmentCursor cursor, int start)
    {
        int fitting = cursor.Times.Length - start;
        foreach (AlignedTrack track in cursor.Tracks)
        {
            if (track.Method != AlignmentMethod.Window)
            {
                continue;
            }

            long items = 0;
            int rows = 0;
            while (rows < fitting && (items += track.Counts[start + rows]) <= WindowItems)
            {
                rows++;
            }

            fitting = rows > 0
                ? rows
                : throw new EpisodeException(
                    EpisodeProblem.Invalid, $"a window of '{track.Stream.Info.Name}' holds {track.Counts[start]} samples, more than {WindowItems}", track.Stream.FilePath, "Give a shorter window.");
        }

        return fitting;
    }
}
