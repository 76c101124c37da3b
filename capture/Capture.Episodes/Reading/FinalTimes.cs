using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>The final times of a stream, one version, row for row (format, chapter 9).</summary>
public sealed class FinalTimes : IDisposable
{
    private readonly ArrowReader _reader;
    private readonly string _path;

    private FinalTimes(string path, ArrowReader reader, string version)
    {
        _path = path;
        _reader = reader;
        Version = version;
        Rows = reader.Batches.Sum(b => b.Rows);
    }

    public string Version { get; }

    public long Rows { get; }

    /// <summary>Copies a column: <c>sequence</c>, <c>episode_time_ns</c> or <c>sigma_ns</c>.</summary>
    public long[] ReadInt64(string column)
    {
        long[] values = new long[Rows];
        int at = 0;
        for (int i = 0; i < _reader.Batches.Count; i++)
        {
            RecordBatch batch = Read(i);
            batch.Column(column).Values<long>().CopyTo(values.AsSpan(at));
            at += batch.Rows;
        }

        return values;
    }

    /// <summary>Copies the bounds, ns; −1 where there is none.</summary>
    public long[] ReadBounds()
    {
        long[] values = ReadInt64(FittedClockSchema.Bound);
        int at = 0;
        for (int i = 0; i < _reader.Batches.Count; i++)
        {
            ArrowColumn column = Read(i).Column(FittedClockSchema.Bound);
            for (int row = 0; row < column.Length; row++, at++)
            {
                values[at] = column.IsNull(row) ? -1 : values[at];
            }
        }

        return values;
    }

    public void Dispose() => _reader.Dispose();

    internal ArrowReader Arrow => _reader;

    internal static FinalTimes? TryOpen(string folder, StreamInfo stream, string version)
    {
        string path = EpisodeFolder.TimesFile(folder, stream.Name, version);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return new FinalTimes(path, ArrowReader.Open(path), version);
        }
        catch (ArrowFormatException e)
        {
            throw Damaged(path, e);
        }
    }

    private RecordBatch Read(int batch)
    {
        try
        {
            return _reader.ReadBatch(batch);
        }
        catch (ArrowFormatException e)
        {
            throw Damaged(_path, e);
        }
    }

    private static EpisodeException Damaged(string path, ArrowFormatException e) =>
        new(EpisodeProblem.Damaged, e.Message.TrimEnd('.'), path, "Remove the file and run 'capture recover': it computes the times anew.", e);
}
