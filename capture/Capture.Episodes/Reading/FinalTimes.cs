using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>The final times of a stream, one version, row for row (format, chapter 9). Checksums are checked on first touch.</summary>
public sealed class FinalTimes : IDisposable
{
    private readonly CheckedFile _file;

    private FinalTimes(CheckedFile file, string version)
    {
        _file = file;
        Version = version;
        Rows = file.Batches.Sum(b => b.Rows);
    }

    public string Version { get; }

    public long Rows { get; }

    internal int Batches => _file.Batches.Count;

    /// <summary>Copies a column: <c>sequence</c>, <c>episode_time_ns</c> or <c>sigma_ns</c>.</summary>
    /// <exception cref="EpisodeException">A batch is damaged.</exception>
    public long[] ReadInt64(string column)
    {
        long[] values = new long[Rows];
        int at = 0;
        for (int i = 0; i < Batches; i++)
        {
            RecordBatch batch = _file.ReadBatch(i);
            batch.Column(column).Values<long>().CopyTo(values.AsSpan(at));
            at += batch.Rows;
        }

        return values;
    }

    /// <summary>Copies the bounds, ns; −1 where there is none.</summary>
    /// <exception cref="EpisodeException">A batch is damaged.</exception>
    public long[] ReadBounds()
    {
        long[] values = ReadInt64(FittedClockSchema.Bound);
        int at = 0;
        for (int i = 0; i < Batches; i++)
        {
            ArrowColumn column = _file.ReadBatch(i).Column(FittedClockSchema.Bound);
            for (int row = 0; row < column.Length; row++, at++)
            {
                values[at] = column.IsNull(row) ? -1 : values[at];
            }
        }

        return values;
    }

    public void Dispose() => _file.Dispose();

    internal int RowsOf(int batch) => (int)_file.Batches[batch].Rows;

    internal ArrowColumn TimesOf(int batch) => _file.ReadBatch(batch).Column(CommonColumns.EpisodeTime);

    internal RecordBatch ReadBatch(int batch) => _file.ReadBatch(batch);

    /// <summary>
    /// The times of a stream's rows. Null where they are not to be had for every row: some rows of one of the two files are gone, and the rest cannot be paired by their
    /// sequence.
    /// </summary>
    internal long[]? For(EpisodeStream stream)
    {
        if (Rows == stream.Rows)
        {
            return ReadInt64(CommonColumns.EpisodeTime);
        }

        // A batch is lost: what is left of the stream is a part of these rows, in the same order.
        long[] sequences = ReadInt64(CommonColumns.Sequence);
        long[] times = ReadInt64(CommonColumns.EpisodeTime);
        long[] wanted = stream.ReadInt64(CommonColumns.Sequence);
        long[] found = new long[wanted.Length];
        int at = 0;
        for (int i = 0; i < wanted.Length; i++, at++)
        {
            while (at < sequences.Length && sequences[at] != wanted[i])
            {
                at++;
            }

            if (at == sequences.Length)
            {
                return null;
            }

            found[i] = times[at];
        }

        return found;
    }

    internal static FinalTimes? TryOpen(string folder, StreamInfo stream, string version)
    {
        string path = EpisodeFolder.TimesFile(folder, stream.Name, version);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return new FinalTimes(CheckedFile.Open(path, FileTrust.Finished), version);
        }
        catch (ArrowFormatException e)
        {
            throw new EpisodeException(EpisodeProblem.Damaged, e.Message.TrimEnd('.'), path, "Remove the file and run 'capture recover': it computes the times anew.", e);
        }
    }
}
