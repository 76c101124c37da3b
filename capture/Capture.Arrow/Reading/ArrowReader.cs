using Microsoft.Win32.SafeHandles;

namespace Capture.Arrow;

/// <summary>
/// Reads an Arrow file or stream: sealed, growing (no footer yet) or torn. It walks all messages from the start, keeps what each says, and tells
/// how the bytes end. Batches are read one at a time. Files are read by position and never mapped, so that one that grows or is cut is safe.
/// One thread at a time, except <see cref="ReadBatch"/> and <see cref="ReadMessage"/>, which several may call while none refreshes.
/// </summary>
public sealed class ArrowReader : IDisposable
{
    private readonly ArrowSource _source;
    private readonly MessageScanner _scanner;

    private ArrowReader(ArrowSource source, ArrowReadLimits? limits)
    {
        _source = source;
        try
        {
            _scanner = new MessageScanner(source, limits ?? ArrowReadLimits.Default);
            _scanner.Continue();
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The schema.</summary>
    public ArrowSchema Schema => _scanner.Schema;

    /// <summary>The message that carries the schema; null where the writer put it into the footer alone, as apache-arrow for JavaScript does.</summary>
    public ArrowMessage? SchemaMessage => _scanner.SchemaMessage;

    /// <summary>All whole record batches found so far, in order.</summary>
    public IReadOnlyList<ArrowMessage> Batches => _scanner.Batches;

    /// <summary>Whether the bytes have the file format's magic; else they are a stream.</summary>
    public bool IsFile => _scanner.IsFile;

    /// <summary>What lies behind the last whole message.</summary>
    public ArrowTail Tail => _scanner.Tail;

    /// <summary>The footer of a sealed file; null for all else.</summary>
    public ArrowFooter? Footer => _scanner.Footer;

    /// <summary>Opens a file by path; others may go on writing it.</summary>
    /// <exception cref="ArrowFormatException">No schema can be read: <see cref="ArrowFault.Truncated"/> when the file is still too short for one.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static ArrowReader Open(string path, ArrowReadLimits? limits = null)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return InPlace(path, new FileSource(handle, owned: true), limits);
    }

    /// <summary>Opens a file by its handle, which stays the caller's.</summary>
    /// <exception cref="ArrowFormatException">No schema can be read.</exception>
    public static ArrowReader Open(SafeFileHandle handle, ArrowReadLimits? limits = null) => new(new FileSource(handle, owned: false), limits);

    /// <summary>Opens bytes in memory (such as a mapped sealed file); batches are views into them.</summary>
    /// <exception cref="ArrowFormatException">No schema can be read.</exception>
    public static ArrowReader Open(ReadOnlyMemory<byte> bytes, ArrowReadLimits? limits = null) => new(new MemorySource(bytes), limits);

    /// <summary>Looks for what was appended since; returns the number of batches that are new.</summary>
    public int Refresh() => _scanner.Continue();

    /// <summary>Reads and checks one batch. From a file its bytes are read into memory of its own; from memory they are not copied.</summary>
    /// <exception cref="ArrowFormatException">The batch is damaged.</exception>
    public RecordBatch ReadBatch(int index)
    {
        ArrowBlock block = Batches[index].Block;
        try
        {
            return RecordBatch.Decode(Schema, _source.Read(block.Offset, (int)block.Length), _scanner.Limits, block.Offset);
        }
        catch (ArrowFormatException e)
        {
            throw new ArrowFormatException($"Batch {index} at byte {block.Offset}", e);
        }
    }

    /// <summary>
    /// Reads a message's bytes as they lie, prefix, metadata and body, into a buffer of the caller: to check a sum over them, then
    /// <see cref="RecordBatch.Decode"/> them. Returns the bytes read, fewer than <see cref="ArrowBlock.Length"/> only where the file was cut.
    /// </summary>
    public int ReadMessage(ArrowMessage message, Span<byte> destination) =>
        message.Block.Length <= destination.Length
            ? _source.Read(message.Block.Offset, destination[..(int)message.Block.Length])
            : throw new ArgumentException($"The message has {message.Block.Length} bytes, the buffer {destination.Length}.", nameof(destination));

    /// <summary>Reads bytes of the file or stream by their position, until the buffer is full or the bytes end; returns how many there were.</summary>
    public int Read(long offset, Span<byte> destination) => _source.Read(offset, destination);

    /// <summary>Closes the file if <see cref="Open(string, ArrowReadLimits?)"/> opened it.</summary>
    public void Dispose() => _source.Dispose();

    private static ArrowReader InPlace(string place, ArrowSource source, ArrowReadLimits? limits)
    {
        try
        {
            return new ArrowReader(source, limits);
        }
        catch (ArrowFormatException e)
        {
            throw new ArrowFormatException(place, e);
        }
    }
}
