using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Reading.Scanning;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>
/// One stream of an episode, batch by batch. A batch's checksum is checked when it is first read. Batches of a sealed file are views into a mapping: their spans hold while the batch
/// or a <see cref="Hold"/> does, also when the stream was disposed meanwhile.
/// </summary>
public sealed class EpisodeStream : IDisposable
{
    private readonly CheckedFile _file;
    private readonly string _folder;
    private readonly List<long> _firstRows = [];
    private string? _timesVersion;
    private FinalTimes? _times;
    private TimeIndex? _index;

    private EpisodeStream(string folder, CheckedFile file, StreamInfo info, string? timesVersion)
    {
        _folder = folder;
        _file = file;
        Info = info;
        _timesVersion = timesVersion;
        Index();
    }

    /// <summary>What the stream's file says of it.</summary>
    public StreamInfo Info { get; private set; }

    public string FilePath => _file.Path;

    public ArrowSchema Schema => _file.Schema;

    /// <summary>Whole rows.</summary>
    public long Rows { get; private set; }

    /// <summary>Whole batches.</summary>
    public int Batches => _firstRows.Count;

    /// <summary>Bytes of the file up to the end of its last whole message or footer.</summary>
    public long Bytes => _file.Bytes;

    /// <summary>How the file ends: sealed, open (growing, or its recorder was killed between two batches), torn, damaged.</summary>
    public ArrowTail Tail => _file.Tail;

    public bool IsSealed => _file.Tail.Kind == ArrowTailKind.Sealed;

    /// <summary>Final times in force, row for row; null where they have not been computed.</summary>
    public FinalTimes? Times => _times ??= _timesVersion is { } version ? FinalTimes.TryOpen(_folder, Info, version) : null;

    internal CheckedFile File => _file;

    /// <summary>Reads one batch; on the first time its checksum is checked. Several threads may.</summary>
    /// <exception cref="EpisodeException">The batch is damaged.</exception>
    public RecordBatch ReadBatch(int batch) => _file.ReadBatch(batch);

    /// <summary>Keeps the memory of all batches from going until it is disposed, whatever else is.</summary>
    public IDisposable Hold() => _file.Hold();

    /// <summary>Takes another declared latency than the file's for times that are computed from here on; the file stays as it is.</summary>
    internal void Redeclare(LatencyRange latency) => Info = Info with { Latency = latency };

    /// <summary>The row with which a batch begins.</summary>
    public long FirstRow(int batch) => _firstRows[batch];

    /// <summary>Rows of a batch.</summary>
    public int RowsOf(int batch) => _file.RowsOf(batch);

    /// <summary>Where a batch's message lies in the file.</summary>
    public ArrowBlock BlockOf(int batch) => _file.BlockOf(batch);

    /// <summary>The batch that holds a row (0 … <see cref="Rows"/> − 1).</summary>
    public int BatchOf(long row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)Rows, nameof(row));
        int low = 0;
        int high = _firstRows.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_firstRows[middle] <= row)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>All batches in order, one in memory at a time.</summary>
    public IEnumerable<RecordBatch> ReadAll()
    {
        for (int i = 0; i < Batches; i++)
        {
            yield return ReadBatch(i);
        }
    }

    /// <summary>Reads one column of numbers from the first batch to the last, in memory that is used again: the fastest way through a long stream.</summary>
    /// <typeparam name="T">long, int, double … of the column's width.</typeparam>
    /// <exception cref="EpisodeException">There is no such column of numbers.</exception>
    public ColumnScan<T> Scan<T>(string column)
        where T : unmanaged
    {
        int index = Schema.IndexOf(column);
        if (index < 0 || Schema.Fields[index].Type is not (IntType or FloatType))
        {
            throw new EpisodeException(EpisodeProblem.Invalid, $"there is no column of numbers '{column}'", FilePath, $"It has: {Schema}.");
        }

        return new ColumnScan<T>(_file, new ColumnLayout(Schema, index));
    }

    /// <summary>Copies one int64 column of the whole stream: a time, a sequence.</summary>
    /// <exception cref="EpisodeException">There is no such column.</exception>
    public long[] ReadInt64(string column)
    {
        int index = Schema.IndexOf(column);
        if (index < 0 || Schema.Fields[index].Type is not IntType { BitWidth: 64 })
        {
            throw new EpisodeException(EpisodeProblem.Invalid, $"there is no int64 column '{column}'", FilePath, $"It has: {Schema}.");
        }

        long[] values = new long[Rows];
        long at = 0;
        foreach (RecordBatch batch in ReadAll())
        {
            batch.Columns[index].Values<long>().CopyTo(values.AsSpan((int)at));
            at += batch.Rows;
        }

        return values;
    }

    /// <summary>
    /// When each row happened, ns of episode time: the final times in force, else the online estimates of the rows.
    /// </summary>
    public long[] ReadTimes() => Times?.For(this) ?? ReadInt64(CommonColumns.EpisodeTime);

    /// <summary>The last row, in the order of the file, that happened at a time or before it; −1 where none did. By the times that <see cref="ReadTimes"/> gives.</summary>
    public long RowAsOf(EpisodeTime time) => TimeIndex().RowAsOf(time.Nanoseconds);

    /// <summary>
    /// The rows from the first to the last that happened at <paramref name="from"/> or later and before <paramref name="to"/>. Where the times of a stream step back, rows
    /// between these two may lie outside.
    /// </summary>
    public RowRange RowsBetween(EpisodeTime from, EpisodeTime to) => TimeIndex().RowsBetween(from.Nanoseconds, to.Nanoseconds);

    /// <summary>Reads a range of rows: the batches that hold them, and which of their rows are meant.</summary>
    public IEnumerable<BatchRows> ReadRows(RowRange rows)
    {
        for (int batch = rows.Count == 0 ? Batches : BatchOf(rows.First); batch < Batches && _firstRows[batch] < rows.End; batch++)
        {
            int first = (int)Math.Max(rows.First - _firstRows[batch], 0);
            int end = (int)Math.Min(rows.End - _firstRows[batch], RowsOf(batch));
            yield return new BatchRows(ReadBatch(batch), first, end - first);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _times?.Dispose();
    }

    internal static EpisodeStream Open(string folder, string path, string? timesVersion, FileTrust trust)
    {
        CheckedFile file;
        try
        {
            file = CheckedFile.Open(path, trust);
        }
        catch (ArrowFormatException e)
        {
            string remedy = e.Fault == ArrowFault.Truncated
                ? "Its recorder was killed before it had written anything; 'capture recover' moves the file aside."
                : "Remove it from the folder, or restore it from a copy.";
            throw new EpisodeException(EpisodeProblem.Damaged, $"it cannot be read as an Arrow file ({e.Message.TrimEnd('.')})", path, remedy, e);
        }

        StreamInfo? info = StreamInfo.Read(file.Schema.Metadata, out string problem);
        if (info is not null && !string.Equals(info.Name, Path.GetFileNameWithoutExtension(path), StringComparison.Ordinal))
        {
            problem = $"it holds the stream '{info.Name}'";
            info = null;
        }

        if (info is not null && RequiredColumns.Missing(file.Schema, info.Kind) is { } missing)
        {
            problem = $"its kind '{info.Kind}' needs {missing}";
            info = null;
        }

        if (info is null)
        {
            file.Dispose();
            throw new EpisodeException(EpisodeProblem.NotAnEpisode, problem, path, "Remove it from the folder, or restore it from a copy.");
        }

        return new EpisodeStream(folder, file, info, timesVersion);
    }

    internal bool Refresh(string? timesVersion)
    {
        if (!string.Equals(timesVersion, _timesVersion, StringComparison.Ordinal))
        {
            _timesVersion = timesVersion;
            _times?.Dispose();
            _times = null;
            _index = null;
        }

        try
        {
            if (!_file.Refresh())
            {
                return false;
            }
        }
        catch (ArrowFormatException e)
        {
            throw new EpisodeException(EpisodeProblem.Damaged, e.Message.TrimEnd('.'), FilePath, "Restore the file from a copy.", e);
        }

        Index();
        return true;
    }

    private TimeIndex TimeIndex() => _index ??= Times is { } final && final.Rows == Rows
        ? new TimeIndex(() => final.Batches, final.RowsOf, final.TimesOf)
        : new TimeIndex(() => Batches, RowsOf, batch => ReadBatch(batch).Column(CommonColumns.EpisodeTime));

    private void Index()
    {
        for (int i = _firstRows.Count; i < _file.Count; i++)
        {
            _firstRows.Add(Rows);
            Rows += _file.RowsOf(i);
        }
    }
}
