using System.Buffers.Binary;

namespace Capture.Arrow;

/// <summary>
/// What can still be read of a damaged file whose messages cannot be walked from the start any more: the footer by itself, and single messages by their
/// place. It believes what parses; whether the bytes are those that were written is for a checksum to say.
/// </summary>
public sealed class ArrowRemains : IDisposable
{
    private const int Alignment = 64;
    private const int ScanLength = 1024 * 1024;

    private readonly FileSource _source;
    private readonly ArrowReadLimits _limits;

    private ArrowRemains(FileSource source, ArrowReadLimits limits)
    {
        _source = source;
        _limits = limits;
        try
        {
            ReadFooter();
        }
        catch (ArrowFormatException)
        {
            (Footer, FooterSchema, FooterBlocks) = (null, null, []);
        }
    }

    /// <summary>The footer; null where there is none that can be read.</summary>
    public ArrowFooter? Footer { get; private set; }

    /// <summary>The schema that the footer holds.</summary>
    public ArrowSchema? FooterSchema { get; private set; }

    /// <summary>Where the footer says that the batches lie, in its order; unchecked.</summary>
    public IReadOnlyList<ArrowBlock> FooterBlocks { get; private set; } = [];

    /// <summary>Bytes of the file.</summary>
    public long Length => _source.Length;

    /// <summary>Opens a file by path.</summary>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static ArrowRemains Open(string path, ArrowReadLimits? limits = null)
    {
        var source = new FileSource(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), owned: true);
        try
        {
            return new ArrowRemains(source, limits ?? ArrowReadLimits.Default);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The record batch message that begins at an offset and lies in the file whole; null for all else.</summary>
    public ArrowMessage? BatchAt(long offset) => MessageAt(offset, out _) is { Kind: ArrowMessageKind.RecordBatch } message ? message : null;

    /// <summary>The schema message that a file begins with, and its schema; null where there is none that can be read.</summary>
    public ArrowMessage? ReadHead(out ArrowSchema? schema)
    {
        schema = null;
        return Peek(0, FlatNames.HeadLength).StartsWith(FlatNames.Magic) && MessageAt(FlatNames.HeadLength, out schema) is { Kind: ArrowMessageKind.Schema } message ? message : null;
    }

    /// <summary>The first place from <paramref name="offset"/> on, on 64 bytes, where a message could begin; −1 where there is none.</summary>
    public long NextMark(long offset)
    {
        Span<byte> mark = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(mark, FlatNames.Continuation);
        for (long at = (offset + Alignment - 1) / Alignment * Alignment; at < Length; at += ScanLength)
        {
            ReadOnlySpan<byte> bytes = Peek(at, ScanLength);
            for (int i = 0; i + 4 <= bytes.Length; i += Alignment)
            {
                if (bytes.Slice(i, 4).SequenceEqual(mark))
                {
                    return at + i;
                }
            }
        }

        return -1;
    }

    /// <summary>Reads bytes as they lie; fewer only where the file ends.</summary>
    public int Read(long offset, Span<byte> destination) => _source.Read(offset, destination);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();

    private ArrowMessage? MessageAt(long offset, out ArrowSchema? schema)
    {
        schema = null;
        try
        {
            ReadOnlySpan<byte> prefix = Peek(offset, FlatNames.PrefixLength);
            if (prefix.Length < FlatNames.PrefixLength || MessageDecoding.ReadPrefix(prefix, _limits, out int metadataLength) != MessageDecoding.Prefix.Message)
            {
                return null;
            }

            ReadOnlySpan<byte> metadata = Peek(offset + FlatNames.PrefixLength, metadataLength);
            if (metadata.Length < metadataLength)
            {
                return null;
            }

            ArrowMessage message = MessageDecoding.Read(metadata, offset, _limits, out schema);
            return message.Block.End <= Length ? message : null;
        }
        catch (ArrowFormatException)
        {
            return null;
        }
    }

    private ReadOnlySpan<byte> Peek(long offset, int count) => offset < 0 || offset >= Length ? [] : _source.Peek(offset, count);

    private void ReadFooter()
    {
        int trailer = 4 + FlatNames.Magic.Length;
        long end = Length - trailer;
        ReadOnlySpan<byte> tail = Peek(end, trailer);
        if (end <= 0 || tail.Length < trailer || !tail[4..].SequenceEqual(FlatNames.Magic))
        {
            return;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length < 4 || length > _limits.FooterBytes || length > end)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = Peek(end - length, length);
        if (bytes.Length < length)
        {
            return;
        }

        FlatTable table = FlatTable.Root(bytes);
        var decoding = new SchemaDecoding(_limits, bytes.Length);
        FooterSchema = decoding.Read(table.Table(1, "schema"));
        int count = table.Vector(3, 24, out int first);
        var blocks = new ArrowBlock[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> at = bytes.Slice(first + (24 * i), 24);
            blocks[i] = new ArrowBlock(BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt32LittleEndian(at[8..]), BinaryPrimitives.ReadInt64LittleEndian(at[16..]));
        }

        FooterBlocks = blocks;
        Footer = new ArrowFooter(end - length, length, decoding.MessagePairs(table, 4, 0));
    }
}
