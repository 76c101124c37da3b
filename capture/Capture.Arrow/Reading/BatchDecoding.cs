using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Capture.Arrow;

/// <summary>
/// Walks a schema beside the nodes and buffers of a record batch and checks each against the body: lengths, counts of nulls, offsets, texts.
/// Depth was bounded when the schema was read.
/// </summary>
internal ref struct BatchDecoding
{
    private readonly ReadOnlySpan<byte> _metadata;
    private readonly ReadOnlyMemory<byte> _body;
    private readonly int _nodesAt;
    private readonly int _nodes;
    private readonly int _buffersAt;
    private readonly int _buffers;
    private int _node;
    private int _buffer;

    public BatchDecoding(ReadOnlySpan<byte> metadata, ReadOnlyMemory<byte> body)
    {
        _metadata = metadata;
        _body = body;
        FlatTable batch = FlatTable.Root(metadata).Table(2, "record batch");
        _nodes = batch.Vector(1, 16, out _nodesAt);
        _buffers = batch.Vector(2, 16, out _buffersAt);
    }

    /// <summary>Decodes the next column and those nested in it. <paramref name="expected"/> is its length, or -1 for the items of a list.</summary>
    public ArrowColumn Column(ArrowField field, long expected, string path)
    {
        (int length, int nulls) = Node(field, expected, path);
        BodyRange validity = Validity(length, nulls, path);
        BodyRange offsets = default;
        BodyRange data = default;
        ArrowColumn[] children = [];
        switch (field.Type)
        {
            case IntType t:
                data = Buffer(path, "values", length * (long)(t.BitWidth / 8));
                break;
            case FloatType t:
                data = Buffer(path, "values", length * (long)(t.BitWidth / 8));
                break;
            case BoolType:
                data = Buffer(path, "values", (length + 7L) / 8);
                break;
            case BinaryType or Utf8Type:
                offsets = Buffer(path, "offsets", length == 0 ? 0 : (length + 1L) * 4);
                data = Buffer(path, "data", 0);
                CheckOffsets(offsets, length, data.Length, path);
                if (field.Type is Utf8Type)
                {
                    CheckText(offsets, data, validity, length, path);
                }

                break;
            case ListType t:
                offsets = Buffer(path, "offsets", length == 0 ? 0 : (length + 1L) * 4);
                children = [Column(t.Item, -1, $"{path}.{t.Item.Name}")];
                CheckOffsets(offsets, length, children[0].Length, path);
                break;
            case FixedSizeListType t:
                children = [Column(t.Item, (long)length * t.Size, $"{path}.{t.Item.Name}")];
                break;
            case StructType t:
                children = new ArrowColumn[t.Fields.Count];
                for (int i = 0; i < children.Length; i++)
                {
                    children[i] = Column(t.Fields[i], length, $"{path}.{t.Fields[i].Name}");
                }

                break;
        }

        return new ArrowColumn(field, length, nulls, _body, validity, offsets, data, children);
    }

    /// <summary>Refuses a batch that describes more columns than the schema has.</summary>
    public readonly void CheckAllUsed()
    {
        if (_node != _nodes || _buffer != _buffers)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"The batch has {_nodes} nodes and {_buffers} buffers where the schema needs {_node} and {_buffer}; it belongs to another schema or is damaged.");
        }
    }

    private (int Length, int Nulls) Node(ArrowField field, long expected, string path)
    {
        if (_node == _nodes)
        {
            Throw(path, $"the batch has only {_nodes} nodes");
        }

        ReadOnlySpan<byte> node = _metadata.Slice(_nodesAt + (16 * _node++), 16);
        long length = BinaryPrimitives.ReadInt64LittleEndian(node);
        long nulls = BinaryPrimitives.ReadInt64LittleEndian(node[8..]);
        if (length is < 0 or >= int.MaxValue || (expected >= 0 && length != expected))
        {
            Throw(path, expected >= 0 ? $"{length} values where {expected} belong" : $"{length} values");
        }

        if (nulls < 0 || nulls > length)
        {
            Throw(path, $"{nulls} nulls among {length} values");
        }

        if (nulls > 0 && !field.Nullable)
        {
            Throw(path, $"{nulls} nulls in a field that takes none");
        }

        return ((int)length, (int)nulls);
    }

    private BodyRange Buffer(string path, string what, long atLeast)
    {
        if (_buffer == _buffers)
        {
            Throw(path, $"the batch has only {_buffers} buffers");
        }

        ReadOnlySpan<byte> buffer = _metadata.Slice(_buffersAt + (16 * _buffer++), 16);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(buffer);
        long length = BinaryPrimitives.ReadInt64LittleEndian(buffer[8..]);
        if (offset < 0 || length < 0 || offset > _body.Length || length > _body.Length - offset)
        {
            Throw(path, $"{what} at {offset}, {length} bytes, in a body of {_body.Length}");
        }

        if (offset % 8 != 0)
        {
            Throw(path, $"{what} at {offset}, which is not a multiple of 8");
        }

        if (length < atLeast)
        {
            Throw(path, $"{what} of {length} bytes where {atLeast} are needed");
        }

        return new BodyRange((int)offset, (int)length);
    }

    private BodyRange Validity(int length, int nulls, string path)
    {
        BodyRange range = Buffer(path, "bitmap", nulls == 0 ? 0 : (length + 7L) / 8);
        if (range.Length == 0)
        {
            return range;
        }

        if (range.Length < (length + 7L) / 8)
        {
            Throw(path, $"bitmap of {range.Length} bytes for {length} values");
        }

        ReadOnlySpan<byte> bits = _body.Span.Slice(range.Offset, (length + 7) / 8);
        int valid = CountBits(bits, length);
        if (length - valid != nulls)
        {
            Throw(path, $"{length - valid} nulls in the bitmap, {nulls} in the node");
        }

        return range;
    }

    private readonly void CheckOffsets(BodyRange range, int length, int limit, string path)
    {
        if (length == 0 && range.Length < 4)
        {
            return;
        }

        ReadOnlySpan<int> offsets = MemoryMarshal.Cast<byte, int>(_body.Span.Slice(range.Offset, (length + 1) * 4));
        int before = 0;
        for (int i = 0; i < offsets.Length; i++)
        {
            if (offsets[i] < before)
            {
                Throw(path, $"offset {i} is {offsets[i]}, less than {before} before it");
            }

            before = offsets[i];
        }

        if (before > limit)
        {
            Throw(path, $"the last offset is {before}, beyond the {limit} there are");
        }
    }

    private readonly void CheckText(BodyRange offsetRange, BodyRange dataRange, BodyRange validity, int length, string path)
    {
        if (length == 0)
        {
            return;
        }

        ReadOnlySpan<int> offsets = MemoryMarshal.Cast<byte, int>(_body.Span.Slice(offsetRange.Offset, (length + 1) * 4));
        ReadOnlySpan<byte> data = _body.Span.Slice(dataRange.Offset, dataRange.Length);
        if (Utf8.IsValid(data[offsets[0]..offsets[length]]) && OnBoundaries(offsets, data))
        {
            return;
        }

        // Only what stands under a null may be anything.
        for (int i = 0; i < length; i++)
        {
            bool valid = validity.Length == 0 || (_body.Span[validity.Offset + (i >> 3)] >> (i & 7) & 1) != 0;
            if (valid && !Utf8.IsValid(data[offsets[i]..offsets[i + 1]]))
            {
                Throw(path, $"row {i} is not UTF-8");
            }
        }
    }

    private static bool OnBoundaries(ReadOnlySpan<int> offsets, ReadOnlySpan<byte> data)
    {
        foreach (int offset in offsets[..^1])
        {
            if (offset < data.Length && (data[offset] & 0xC0) == 0x80)
            {
                return false;
            }
        }

        return true;
    }

    private static int CountBits(ReadOnlySpan<byte> bits, int length)
    {
        int whole = length >> 3;
        int count = 0;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bits[..whole]);
        foreach (ulong word in words)
        {
            count += BitOperations.PopCount(word);
        }

        for (int i = words.Length * 8; i < whole; i++)
        {
            count += BitOperations.PopCount(bits[i]);
        }

        return (length & 7) == 0 ? count : count + BitOperations.PopCount((uint)(bits[whole] & ((1 << (length & 7)) - 1)));
    }

    [DoesNotReturn]
    private static void Throw(string path, string what) =>
        throw new ArrowFormatException(ArrowFault.Malformed, $"Column '{path}': {what}; the batch is damaged.");
}
