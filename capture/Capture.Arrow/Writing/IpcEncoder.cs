using System.Buffers.Binary;

namespace Capture.Arrow;

/// <summary>
/// Encodes the parts of an Arrow IPC file or stream into a buffer of the caller, laid out exactly as on file, without allocating.
/// A file is <see cref="WriteMagic"/>, schema message, batch messages, <see cref="EncodeClosing"/> (end of stream, footer, magic);
/// a stream is schema message, batch messages, <see cref="EncodeEndOfStream"/>. A file that still grows lacks only its closing.
/// Metadata is padded so that every body begins on a 64-byte file offset and every message after the schema too.
/// Source: Apache Arrow columnar format 1.5, IPC; metadata version V5.
/// </summary>
public sealed class IpcEncoder
{
    /// <summary>Bytes of the magic before the first message of a file.</summary>
    public const int MagicLength = FlatNames.HeadLength;

    /// <summary>Bytes of the end-of-stream mark.</summary>
    public const int EndOfStreamLength = FlatNames.PrefixLength;

    private const int FixedMetadataLength = 256;

    private readonly int _nodes;
    private readonly int _buffers;
    private readonly int _maxSchemaLength;

    /// <summary>An encoder for files of one schema. Throws <see cref="ArgumentException"/> for a type that it does not write.</summary>
    public IpcEncoder(ArrowSchema schema)
    {
        Schema = schema;
        foreach (ArrowField field in schema.Fields)
        {
            Count(field, ref _nodes, ref _buffers);
        }

        _maxSchemaLength = SchemaEncoding.MaxLength(schema);
    }

    /// <summary>The schema of all messages.</summary>
    public ArrowSchema Schema { get; }

    /// <summary>Writes what a file begins with: <see cref="MagicLength"/> bytes.</summary>
    public static int WriteMagic(Span<byte> destination)
    {
        destination[..MagicLength].Clear();
        FlatNames.Magic.CopyTo(destination);
        return MagicLength;
    }

    /// <summary>The most bytes that the schema message takes.</summary>
    public int MaxSchemaLength(MessageMetadata? metadata = null) =>
        checked(FixedMetadataLength + _maxSchemaLength + (metadata?.MaxEncodedLength ?? 0));

    /// <summary>The most bytes that any batch of <paramref name="builder"/> takes, with any metadata that fits <paramref name="metadata"/>.</summary>
    /// <exception cref="ArgumentException">The builder is so large that a batch could pass 2 GiB.</exception>
    public int MaxBatchLength(BatchBuilder builder, MessageMetadata? metadata = null)
    {
        long length = MaxBatchMetadata(metadata) + builder.MemoryBytes;
        return length <= Array.MaxLength
            ? (int)length
            : throw new ArgumentException($"A full batch of this builder could take {length} bytes; one message may take {Array.MaxLength}. Give the builder less capacity.");
    }

    /// <summary>The most bytes that end of stream and footer take.</summary>
    public int MaxClosingLength(int blocks, MessageMetadata? metadata = null) =>
        checked(FixedMetadataLength + _maxSchemaLength + (24 * blocks) + (metadata?.MaxEncodedLength ?? 0));

    /// <summary>Encodes the schema message that will lie at <paramref name="fileOffset"/> (8 in a file, 0 in a stream).</summary>
    /// <exception cref="ArgumentException">The buffer is too small, or the offset is not a multiple of 8.</exception>
    public ArrowBlock EncodeSchema(Span<byte> destination, long fileOffset, MessageMetadata? metadata = null)
    {
        CheckOffset(fileOffset);
        var writer = new FlatWriter(destination[FlatNames.PrefixLength..]);
        int header = BeginMessage(ref writer, FlatNames.HeaderSchema, metadata, out _);
        writer.Point(header, SchemaEncoding.Write(ref writer, Schema));
        return Finish(destination, ref writer, fileOffset, 0);
    }

    /// <summary>
    /// Encodes all rows of <paramref name="builder"/> as one record batch that will lie at <paramref name="fileOffset"/>.
    /// The message takes the first <see cref="ArrowBlock.Length"/> bytes of <paramref name="destination"/>. Allocates nothing.
    /// </summary>
    /// <exception cref="ArgumentException">The buffer is too small, the offset is not a multiple of 8, or the builder has another schema.</exception>
    /// <exception cref="InvalidOperationException">A row was begun and not ended.</exception>
    /// <param name="apart">Where given, takes the large buffers, which are then not copied: what is encoded is the message without them.</param>
    public ArrowBlock EncodeBatch(BatchBuilder builder, Span<byte> destination, long fileOffset, MessageMetadata? metadata = null, ApartBuffers? apart = null)
    {
        CheckOffset(fileOffset);
        if (!ReferenceEquals(builder.Schema, Schema) && !builder.Schema.Equals(Schema))
        {
            throw new ArgumentException("The builder's schema is not the one that this encoder writes.", nameof(builder));
        }

        builder.CountInPlace();
        foreach (ColumnBuilder column in builder.ColumnSpan)
        {
            if (column.Length != builder.Rows)
            {
                throw new InvalidOperationException($"Column '{column.Field.Name}' holds {column.Length} values in {builder.Rows} rows. End or drop the open row first.");
            }
        }

        var writer = new FlatWriter(destination[FlatNames.PrefixLength..]);
        int header = BeginMessage(ref writer, FlatNames.HeaderRecordBatch, metadata, out int bodyLength);
        Span<int> at = stackalloc int[3];
        writer.Point(header, writer.Table([8, 4, 4], at));
        writer.Int64(at[0], builder.Rows);
        int nodes = writer.Vector(_nodes, 16, 8);
        writer.Point(at[1], nodes);
        int buffers = writer.Vector(_buffers, 16, 8);
        writer.Point(at[2], buffers);

        var layout = new BodyLayout(writer.Bytes(nodes + 4, _nodes * 16), writer.Bytes(buffers + 4, _buffers * 16));
        foreach (ColumnBuilder column in builder.ColumnSpan)
        {
            column.Visit(ref layout);
        }

        writer.Int64(bodyLength, layout.Length);
        ArrowBlock block = Finish(destination, ref writer, fileOffset, layout.Length);
        if (block.Length > destination.Length)
        {
            throw new ArgumentException($"The batch takes {block.Length} bytes, the buffer has {destination.Length}. Ask MaxBatchLength first.", nameof(destination));
        }

        apart?.Clear();
        var copy = new BodyLayout(destination.Slice(block.MetadataLength, (int)block.BodyLength), apart);
        foreach (ColumnBuilder column in builder.ColumnSpan)
        {
            column.Visit(ref copy);
        }

        apart?.Shift(block.MetadataLength);
        GC.KeepAlive(builder);
        return block;
    }

    /// <summary>Writes the mark behind the last message: <see cref="EndOfStreamLength"/> bytes.</summary>
    public static int EncodeEndOfStream(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, FlatNames.Continuation);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], 0);
        return EndOfStreamLength;
    }

    /// <summary>
    /// Encodes what seals a file behind its last message: end of stream, footer with schema and <paramref name="batches"/>, its length, magic.
    /// Returns the bytes written. Values of <paramref name="metadata"/> lie at <see cref="MessageMetadata.ValueOffset"/> from <paramref name="destination"/>'s start.
    /// </summary>
    /// <exception cref="ArgumentException">The buffer is too small, or the blocks overlap or are out of order.</exception>
    public int EncodeClosing(Span<byte> destination, ReadOnlySpan<ArrowBlock> batches, MessageMetadata? metadata = null)
    {
        int start = EncodeEndOfStream(destination);
        var writer = new FlatWriter(destination[start..]);
        int root = writer.Root();
        Span<int> at = stackalloc int[5];
        writer.Point(root, writer.Table([2, 4, 4, 4, (byte)(metadata is { Count: > 0 } ? 4 : 0)], at));
        writer.Int16(at[0], FlatNames.VersionV5);
        writer.Point(at[1], SchemaEncoding.Write(ref writer, Schema));
        writer.Point(at[2], writer.Vector(0, 24, 8));
        int blocks = writer.Vector(batches.Length, 24, 8);
        writer.Point(at[3], blocks);
        long end = 0;
        for (int i = 0; i < batches.Length; i++)
        {
            ArrowBlock block = batches[i];
            if (block.Offset < end || block.Offset % 8 != 0)
            {
                throw new ArgumentException($"Block {i} at {block.Offset} is out of order, overlaps the one before it (which ends at {end}) or is not on 8 bytes.", nameof(batches));
            }

            end = block.End;
            int position = blocks + 4 + (24 * i);
            writer.Int64(position, block.Offset);
            writer.Int32(position + 8, block.MetadataLength);
            writer.Int64(position + 16, block.BodyLength);
        }

        if (metadata is { Count: > 0 })
        {
            writer.Point(at[4], metadata.Encode(ref writer, start));
        }

        writer.Align(8);
        int length = writer.Position;
        Span<byte> tail = destination[(start + length)..];
        if (tail.Length < 4 + FlatNames.Magic.Length)
        {
            throw new ArgumentException("The footer does not fit the buffer. Ask MaxClosingLength first.", nameof(destination));
        }

        BinaryPrimitives.WriteInt32LittleEndian(tail, length);
        FlatNames.Magic.CopyTo(tail[4..]);
        return start + length + 4 + FlatNames.Magic.Length;
    }

    private static int BeginMessage(ref FlatWriter writer, byte headerType, MessageMetadata? metadata, out int bodyLength)
    {
        int root = writer.Root();
        Span<int> at = stackalloc int[5];
        writer.Point(root, writer.Table([2, 1, 4, 8, (byte)(metadata is { Count: > 0 } ? 4 : 0)], at));
        writer.Int16(at[0], FlatNames.VersionV5);
        writer.Byte(at[1], headerType);
        bodyLength = at[3];
        int header = at[2];
        if (metadata is { Count: > 0 })
        {
            writer.Point(at[4], metadata.Encode(ref writer, FlatNames.PrefixLength));
        }

        return header;
    }

    /// <summary>Pads the metadata so that what follows lies on 64 file bytes, and writes the prefix.</summary>
    private static ArrowBlock Finish(Span<byte> destination, ref FlatWriter writer, long fileOffset, long bodyLength)
    {
        writer.Align(64, (int)((fileOffset + FlatNames.PrefixLength) & 63));
        BinaryPrimitives.WriteUInt32LittleEndian(destination, FlatNames.Continuation);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], writer.Position);
        return new ArrowBlock(fileOffset, FlatNames.PrefixLength + writer.Position, bodyLength);
    }

    private static void CheckOffset(long fileOffset)
    {
        if (fileOffset < 0 || fileOffset % 8 != 0)
        {
            throw new ArgumentException($"A message cannot lie at file offset {fileOffset}: it must be a multiple of 8.", nameof(fileOffset));
        }
    }

    private static void Count(ArrowField field, ref int nodes, ref int buffers)
    {
        nodes++;
        buffers += ArrowShape.Buffers(field.Type);
        foreach (ArrowField child in field.Type.Children)
        {
            Count(child, ref nodes, ref buffers);
        }
    }

    private long MaxBatchMetadata(MessageMetadata? metadata) =>
        FixedMetadataLength + (16L * (_nodes + _buffers)) + (metadata?.MaxEncodedLength ?? 0);
}
