using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Checksums;
using Capture.Episodes.Closing;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>One stream of an episode, batch by batch. A batch's checksum is checked when it is first read.</summary>
public sealed class EpisodeStream : IDisposable
{
    private readonly ArrowReader _reader;
    private readonly MappedFile? _map;
    private readonly bool _trusted;
    private readonly string _folder;
    private readonly List<long> _firstRows = [];
    private readonly List<bool> _checked = [];
    private string? _timesVersion;
    private FinalTimes? _times;

    private EpisodeStream(string folder, string path, ArrowReader reader, StreamInfo info, string? timesVersion, MappedFile? map, bool trusted)
    {
        _folder = folder;
        FilePath = path;
        _reader = reader;
        _map = map;
        _trusted = trusted;
        Info = info;
        _timesVersion = timesVersion;
        Index();
    }

    /// <summary>What the stream's file says of it.</summary>
    public StreamInfo Info { get; private set; }

    public string FilePath { get; }

    public ArrowSchema Schema => _reader.Schema;

    /// <summary>Whole rows.</summary>
    public long Rows { get; private set; }

    /// <summary>Whole batches.</summary>
    public int Batches => _firstRows.Count;

    /// <summary>Bytes of the file up to the end of its last whole message or footer.</summary>
    public long Bytes => _reader.Tail.Kind == ArrowTailKind.Sealed ? _reader.Tail.Offset + _reader.Tail.Length : _reader.Tail.Offset;

    /// <summary>How the file ends: sealed, open (growing, or its recorder was killed between two batches), torn, damaged.</summary>
    public ArrowTail Tail => _reader.Tail;

    public bool IsSealed => _reader.Tail.Kind == ArrowTailKind.Sealed;

    /// <summary>Final times in force, row for row; null where they have not been computed.</summary>
    public FinalTimes? Times => _times ??= _timesVersion is { } version ? FinalTimes.TryOpen(_folder, Info, version) : null;

    internal ArrowReader Arrow => _reader;

    /// <summary>Takes another declared latency than the file's for times that are computed from here on; the file stays as it is.</summary>
    internal void Redeclare(LatencyRange latency) => Info = Info with { Latency = latency };

    /// <summary>Reads one batch; on the first time its checksum is checked.</summary>
    /// <exception cref="EpisodeException">The batch is damaged.</exception>
    public RecordBatch ReadBatch(int batch)
    {
        if (_trusted && _map is not null)
        {
            return _reader.ReadBatch(batch);
        }

        ArrowMessage message = _reader.Batches[batch];
        try
        {
            ReadOnlyMemory<byte> bytes = MessageBytes(batch, message);
            if (!_checked[batch])
            {
                if (ChecksumCheck.Of(message, bytes.Span) == ChecksumState.Wrong)
                {
                    throw Damaged(batch, "its checksum does not match: bytes were changed after they were written", "Restore the file from a copy; 'capture verify' lists every damaged batch.");
                }

                _checked[batch] = true;
            }

            return RecordBatch.Decode(Schema, bytes, fileOffset: message.Block.Offset);
        }
        catch (ArrowFormatException e)
        {
            throw Damaged(batch, e.Message.TrimEnd('.'), "Restore the file from a copy; 'capture verify' lists every damaged batch.", e);
        }
    }

    private ReadOnlyMemory<byte> MessageBytes(int batch, ArrowMessage message)
    {
        int length = checked((int)message.Block.Length);
        if (_map is not null)
        {
            return _map.Memory.Slice(checked((int)message.Block.Offset), length);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        return _reader.ReadMessage(message, bytes) == length ? bytes : throw Damaged(batch, "it was cut while it was read", "Open the episode anew.");
    }

    /// <summary>The row with which a batch begins.</summary>
    public long FirstRow(int batch) => _firstRows[batch];

    /// <summary>Rows of a batch.</summary>
    public int RowsOf(int batch) => (int)_reader.Batches[batch].Rows;

    /// <summary>Where a batch's message lies in the file.</summary>
    public ArrowBlock BlockOf(int batch) => _reader.Batches[batch].Block;

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

        return new ColumnScan<T>(FilePath, _reader.Batches, _reader.Read, new ColumnLayout(Schema, index));
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
    public long[] ReadTimes() => Times is { } final && final.Rows == Rows ? final.ReadInt64(CommonColumns.EpisodeTime) : ReadInt64(CommonColumns.EpisodeTime);

    public void Dispose()
    {
        _reader.Dispose();
        ((IDisposable?)_map)?.Dispose();
        _times?.Dispose();
    }

    internal static EpisodeStream Open(string folder, string path, string? timesVersion, FileAccessMode access = FileAccessMode.ByPosition)
    {
        ArrowReader reader;
        MappedFile? map = access == FileAccessMode.ByPosition ? null : MappedFile.TryOpen(path);
        try
        {
            reader = map is null ? ArrowReader.Open(path) : ArrowReader.Open(map.Memory);
        }
        catch (ArrowFormatException e)
        {
            ((IDisposable?)map)?.Dispose();
            string remedy = e.Fault == ArrowFault.Truncated
                ? "Its recorder was killed before it had written anything; 'capture recover' moves the file aside."
                : "Remove it from the folder, or restore it from a copy.";
            throw new EpisodeException(EpisodeProblem.Damaged, $"it cannot be read as an Arrow file ({e.Message.TrimEnd('.')})", path, remedy, e);
        }

        StreamInfo? info = StreamInfo.Read(reader.Schema.Metadata, out string problem);
        if (info is not null && !string.Equals(info.Name, Path.GetFileNameWithoutExtension(path), StringComparison.Ordinal))
        {
            problem = $"it holds the stream '{info.Name}'";
            info = null;
        }

        if (info is not null && RequiredColumns.Missing(reader.Schema, info.Kind) is { } missing)
        {
            problem = $"its kind '{info.Kind}' needs {missing}";
            info = null;
        }

        if (info is not null && !SchemaIsWhole(reader))
        {
            problem = "the checksum of its schema does not match: bytes were changed after they were written";
            info = null;
        }

        if (info is null)
        {
            reader.Dispose();
            ((IDisposable?)map)?.Dispose();
            throw new EpisodeException(EpisodeProblem.NotAnEpisode, problem, path, "Remove it from the folder, or restore it from a copy.");
        }

        return new EpisodeStream(folder, path, reader, info, timesVersion, map, trusted: access == FileAccessMode.MappedTrusted);
    }

    internal bool Refresh(string? timesVersion)
    {
        if (!string.Equals(timesVersion, _timesVersion, StringComparison.Ordinal))
        {
            _timesVersion = timesVersion;
            _times?.Dispose();
            _times = null;
        }

        try
        {
            if (_reader.Refresh() == 0)
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

    private static bool SchemaIsWhole(ArrowReader reader)
    {
        // Another tool may have left the schema in the footer only.
        if (reader.SchemaMessage is not { } message)
        {
            return true;
        }

        byte[] bytes = new byte[message.Block.Length];
        return reader.ReadMessage(message, bytes) == bytes.Length && ChecksumCheck.Of(message, bytes) != ChecksumState.Wrong;
    }

    private void Index()
    {
        for (int i = _firstRows.Count; i < _reader.Batches.Count; i++)
        {
            _firstRows.Add(Rows);
            _checked.Add(false);
            Rows += _reader.Batches[i].Rows;
        }
    }

    private EpisodeException Damaged(int batch, string what, string remedy, Exception? inner = null) =>
        new(EpisodeProblem.Damaged, what, $"{FilePath}, batch {batch} at byte {_reader.Batches[batch].Block.Offset}", remedy, inner);
}
