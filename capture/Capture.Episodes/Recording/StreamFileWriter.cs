using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Disk;

namespace Capture.Episodes.Recording;

/// <summary>
/// One growing stream file: head, batches, end. Used by one thread at a time; <see cref="SyncIfGrown"/>, <see cref="PutAside"/> and what is only read by another beside it.
/// </summary>
internal sealed class StreamFileWriter : IDisposable
{
    private const long LeastAside = 64 * 1024;
    private const long MostAside = 16 * 1024 * 1024;

    private readonly IGrowingFile _file;
    private readonly MessageCodec _codec;
    private readonly ApartBuffers _apart = new();
    private readonly NativeList<ArrowBlock> _blocks = new(1024);
    private readonly NativeList<int> _rowsOf = new(1024);
    private long _length;
    private long _synced;
    private long _rows;
    private long _aside;
    private long _lengthAtAside;
    private bool _asideRefused;

    public StreamFileWriter(IGrowingFile file, ArrowSchema schema, string path)
    {
        _file = file;
        _codec = new MessageCodec(schema);
        FilePath = path;
    }

    public string FilePath { get; }

    public ArrowSchema Schema => _codec.Schema;

    /// <summary>Length of what is whole.</summary>
    public long Length => Volatile.Read(ref _length);

    public int Batches => _blocks.Count;

    /// <summary>Rows in what is whole.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>Bytes that this user may still take of the file's disk; −1 where that is not known.</summary>
    public long FreeBytes() => _file.FreeBytes();

    public bool Sealed { get; private set; }

    /// <summary>Bytes that the end of the file will take; for the disk's reserve.</summary>
    public long ClosingLength => _codec.MaxClosingLength(_blocks.Count + 64);

    public int BufferFor(BatchBuilder builder) => Math.Max(_codec.MaxBatchLength(builder), _codec.MaxHeadLength);

    /// <summary>Writes magic and schema. Returns 0 or an errno.</summary>
    public int WriteHead()
    {
        byte[] buffer = new byte[_codec.MaxHeadLength];
        int length = _codec.EncodeHead(buffer);
        return Put(buffer.AsSpan(0, length));
    }

    /// <summary>
    /// Appends the builder's rows as one batch: in one write, or where it holds pictures, these from where they lie and the rest around them. Returns 0 or an errno; then nothing of
    /// it is left in the file.
    /// </summary>
    public int Append(BatchBuilder builder, Span<byte> buffer)
    {
        ArrowBlock block = _codec.EncodeBatch(builder, buffer, _length, _apart);
        int errno = _apart.Count == 0 ? Put(buffer[..(int)block.Length]) : PutPieces(buffer, block.Length);
        if (errno == 0)
        {
            _blocks.Add(block);
            _rowsOf.Add(builder.Rows);
            Volatile.Write(ref _rows, _rows + builder.Rows);
        }

        return errno;
    }

    /// <summary>Writes end of stream and footer, and makes the file durable. Returns 0 or an errno; after a failed write the file is as before.</summary>
    public int Seal()
    {
        int errno = Put(_codec.EncodeClosing(_blocks.Items, _rowsOf.Items));
        if (errno != 0)
        {
            return errno;
        }

        Sealed = true;
        GiveBack();
        return SyncIfGrown();
    }

    /// <summary>
    /// Puts space aside for what will come until about the next two calls, at most <paramref name="share"/> bytes. Readers see nothing of it: the file's length stays.
    /// </summary>
    public void PutAside(long share)
    {
        long length = Length;
        long grown = length - _lengthAtAside;
        _lengthAtAside = length;
        long want = Math.Clamp(grown * 2, LeastAside, MostAside);
        if (_asideRefused || grown == 0 || share < want || _aside >= length + grown)
        {
            return;
        }

        if (_file.Allocate(length + want) == 0)
        {
            _aside = length + want;
        }
        else
        {
            // Not every file system can; and one that is full had better not be asked again.
            _asideRefused = true;
        }
    }

    /// <summary>Makes the file durable if it grew since the last time. Returns 0 or an errno.</summary>
    public int SyncIfGrown()
    {
        long length = Length;
        if (length == _synced)
        {
            return 0;
        }

        int errno = _file.Sync();
        if (errno == 0)
        {
            _synced = length;
        }

        return errno;
    }

    public void Dispose()
    {
        GiveBack();
        _file.Dispose();
        _blocks.Dispose();
        _rowsOf.Dispose();
    }

    private void GiveBack()
    {
        if (_aside > _length)
        {
            _ = _file.Truncate(_length);
        }

        _aside = 0;
    }

    private int PutPieces(ReadOnlySpan<byte> encoded, long length)
    {
        long done = 0;
        int errno = 0;
        for (int i = 0; i < _apart.Count && errno == 0; i++)
        {
            int before = _apart.Before(i);
            errno = before == 0 ? 0 : _file.Write(encoded[..before], _length + done);
            encoded = encoded[before..];
            done += before;
            ReadOnlySpan<byte> apart = _apart.Bytes(i);
            errno = errno == 0 ? _file.Write(apart, _length + done) : errno;
            done += apart.Length;
        }

        int left = (int)(length - done);
        return Ended(errno != 0 || left == 0 ? errno : _file.Write(encoded[..left], _length + done), length);
    }

    private int Put(ReadOnlySpan<byte> bytes) => Ended(_file.Write(bytes, _length), bytes.Length);

    private int Ended(int errno, long length)
    {
        if (errno == 0)
        {
            Volatile.Write(ref _length, _length + length);
        }
        else
        {
            // A reader stops at a torn tail anyway; without it the file can be sealed as it is.
            _ = _file.Truncate(_length);
        }

        return errno;
    }
}
