using System.Buffers.Binary;
using Capture.Arrow.Compression;

namespace Capture.Arrow;

/// <summary>
/// Writes columns that were read or made (not those of a <see cref="BatchBuilder"/>) as a record batch or dictionary message. It allocates as it needs.
/// </summary>
internal sealed class ColumnsEncoder(Stream stream, ArrowCompression compression)
{
    private static readonly byte[] s_padding = new byte[64];

    private byte[] _metadata = [];
    private byte[] _packed = [];

    /// <summary>Writes a record batch that will lie at <paramref name="fileOffset"/>.</summary>
    public ArrowBlock WriteBatch(IEnumerable<ArrowColumn> columns, int rows, long fileOffset, MessageMetadata? metadata) =>
        Write(columns, rows, fileOffset, metadata, dictionary: null);

    /// <summary>Writes values of a dictionary.</summary>
    public ArrowBlock WriteDictionary(long id, bool delta, ArrowColumn values, long fileOffset) =>
        Write([values], values.Length, fileOffset, metadata: null, (id, delta));

    private ArrowBlock Write(IEnumerable<ArrowColumn> columns, int rows, long fileOffset, MessageMetadata? metadata, (long Id, bool Delta)? dictionary)
    {
        var parts = new ColumnParts();
        foreach (ArrowColumn column in columns)
        {
            parts.Add(column);
        }

        List<ReadOnlyMemory<byte>> buffers = compression == ArrowCompression.None ? parts.Buffers : Pack(parts.Buffers);
        int room = checked(512 + (16 * (parts.Nodes.Count + buffers.Count)) + (8 * parts.ViewBuffers.Count) + (metadata?.MaxEncodedLength ?? 0));
        if (_metadata.Length < room)
        {
            _metadata = new byte[room];
        }

        var writer = new FlatWriter(_metadata.AsSpan(FlatNames.PrefixLength));
        int header = IpcEncoder.BeginMessage(ref writer, dictionary is null ? FlatNames.HeaderRecordBatch : FlatNames.HeaderDictionaryBatch, metadata, out int bodyLength);
        if (dictionary is { } d)
        {
            Span<int> at = stackalloc int[3];
            writer.Point(header, writer.Table([8, 4, 1], at));
            writer.Int64(at[0], d.Id);
            writer.Byte(at[2], d.Delta ? (byte)1 : (byte)0);
            header = at[1];
        }

        long length = WriteHeader(ref writer, header, rows, parts, buffers);
        writer.Int64(bodyLength, length);
        ArrowBlock block = IpcEncoder.Finish(_metadata, ref writer, fileOffset, length);
        stream.Write(_metadata, 0, block.MetadataLength);
        foreach (ReadOnlyMemory<byte> buffer in buffers)
        {
            stream.Write(buffer.Span);
            stream.Write(s_padding, 0, (int)(Padding.To64(buffer.Length) - buffer.Length));
        }

        return block;
    }

    /// <summary>Writes the RecordBatch table; returns the bytes of the body.</summary>
    private long WriteHeader(ref FlatWriter writer, int header, int rows, ColumnParts parts, List<ReadOnlyMemory<byte>> buffers)
    {
        Span<int> at = stackalloc int[5];
        writer.Point(header, writer.Table([8, 4, 4, (byte)(compression == ArrowCompression.None ? 0 : 4), (byte)(parts.ViewBuffers.Count == 0 ? 0 : 4)], at));
        writer.Int64(at[0], rows);
        int nodes = writer.Vector(parts.Nodes.Count, 16, 8);
        writer.Point(at[1], nodes);
        for (int i = 0; i < parts.Nodes.Count; i++)
        {
            writer.Int64(nodes + 4 + (16 * i), parts.Nodes[i].Length);
            writer.Int64(nodes + 12 + (16 * i), parts.Nodes[i].Nulls);
        }

        int places = writer.Vector(buffers.Count, 16, 8);
        writer.Point(at[2], places);
        long length = 0;
        for (int i = 0; i < buffers.Count; i++)
        {
            writer.Int64(places + 4 + (16 * i), length);
            writer.Int64(places + 12 + (16 * i), buffers[i].Length);
            length += Padding.To64(buffers[i].Length);
        }

        if (compression != ArrowCompression.None)
        {
            Span<int> inner = stackalloc int[2];
            writer.Point(at[3], writer.Table([1, 1], inner));
            writer.Byte(inner[0], compression == ArrowCompression.Zstd ? (byte)1 : (byte)0);
        }

        if (parts.ViewBuffers.Count != 0)
        {
            int counts = writer.Vector(parts.ViewBuffers.Count, 8, 8);
            writer.Point(at[4], counts);
            for (int i = 0; i < parts.ViewBuffers.Count; i++)
            {
                writer.Int64(counts + 4 + (8 * i), parts.ViewBuffers[i]);
            }
        }

        return length;
    }

    /// <summary>Each buffer compressed behind its length, or, where that does not make it smaller, as it is behind -1. Empty buffers stay empty.</summary>
    private List<ReadOnlyMemory<byte>> Pack(List<ReadOnlyMemory<byte>> buffers)
    {
        var all = new List<ReadOnlyMemory<byte>>(buffers.Count);
        foreach (ReadOnlyMemory<byte> buffer in buffers)
        {
            if (buffer.Length == 0)
            {
                all.Add(buffer);
                continue;
            }

            int length = BufferCodec.Compress(compression, buffer.Span, ref _packed);
            bool smaller = length < buffer.Length;
            byte[] bytes = new byte[8 + (smaller ? length : buffer.Length)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, smaller ? buffer.Length : -1);
            (smaller ? _packed.AsSpan(0, length) : buffer.Span).CopyTo(bytes.AsSpan(8));
            all.Add(bytes);
        }

        return all;
    }
}
