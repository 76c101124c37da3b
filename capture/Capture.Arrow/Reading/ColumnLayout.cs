using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// Where one column of numbers lies in any batch of a schema: worked out once, so that a pass over a file neither builds columns nor allocates. Everything that is used of a message
/// is checked; what belongs to other columns is not looked at.
/// </summary>
public sealed class ColumnLayout
{
    private readonly string _name;
    private readonly int _width;
    private readonly bool _nullable;
    private readonly int _node;
    private readonly int _buffer;
    private readonly int _nodes;
    private readonly int _buffers;

    /// <summary>For the top-level column at an index.</summary>
    /// <exception cref="ArgumentException">It is not of integers or floating-point numbers of 8, 16, 32 or 64 bits.</exception>
    public ColumnLayout(ArrowSchema schema, int column)
    {
        ArrowField field = schema.Fields[column];
        _name = field.Name;
        _nullable = field.Nullable;
        _width = field.Type switch
        {
            IntType t => t.BitWidth / 8,
            FloatType t => t.BitWidth / 8,
            _ => throw new ArgumentException($"Column '{field.Name}' is {field.Type}; only columns of numbers are read this way.", nameof(column)),
        };
        for (int i = 0; i < schema.Fields.Count; i++)
        {
            if (i == column)
            {
                (_node, _buffer) = (_nodes, _buffers);
            }

            Count(schema.Fields[i], ref _nodes, ref _buffers);
        }
    }

    /// <summary>The column's values in a whole record batch message, prefix included; what stands under a null means nothing.</summary>
    /// <typeparam name="T">A type of the column's width.</typeparam>
    /// <exception cref="ArrowFormatException">The bytes are no batch of the schema, or the column's part of it is damaged.</exception>
    public ReadOnlySpan<T> Values<T>(ReadOnlySpan<byte> message, ArrowReadLimits limits)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != _width)
        {
            throw new ArgumentException($"Column '{_name}' has values of {_width} bytes, not of {Unsafe.SizeOf<T>()}.", nameof(message));
        }

        if (message.Length < FlatNames.PrefixLength
            || MessageDecoding.ReadPrefix(message, limits, out int metadataLength) != MessageDecoding.Prefix.Message
            || metadataLength > message.Length - FlatNames.PrefixLength)
        {
            throw Damaged($"{message.Length} bytes are not one whole message");
        }

        ReadOnlySpan<byte> metadata = message.Slice(FlatNames.PrefixLength, metadataLength);
        ReadOnlySpan<byte> body = message[(FlatNames.PrefixLength + metadataLength)..];
        FlatTable root = FlatTable.Root(metadata);
        long bodyLength = root.Int64(3);
        if (root.Byte(1) != FlatNames.HeaderRecordBatch || bodyLength < 0 || bodyLength > body.Length)
        {
            throw Damaged($"a message of kind {root.Byte(1)} with a body of {bodyLength} bytes, of which {body.Length} are there");
        }

        FlatTable batch = root.Table(2, "record batch");
        int nodes = batch.Vector(1, 16, out int nodesAt);
        int buffers = batch.Vector(2, 16, out int buffersAt);
        if (nodes != _nodes || buffers != _buffers || batch.Has(3))
        {
            throw Damaged($"{nodes} nodes and {buffers} buffers where the schema needs {_nodes} and {_buffers} (or they are compressed)");
        }

        long rows = batch.Int64(0);
        long length = BinaryPrimitives.ReadInt64LittleEndian(metadata[(nodesAt + (16 * _node))..]);
        long nulls = BinaryPrimitives.ReadInt64LittleEndian(metadata[(nodesAt + (16 * _node) + 8)..]);
        if (rows < 0 || rows > limits.Rows || length != rows || nulls < 0 || nulls > (_nullable ? length : 0))
        {
            throw Damaged($"{length} values with {nulls} nulls in a batch of {rows} rows");
        }

        // The bitmap comes first.
        ReadOnlySpan<byte> place = metadata.Slice(buffersAt + (16 * (_buffer + 1)), 16);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(place);
        long bytes = BinaryPrimitives.ReadInt64LittleEndian(place[8..]);
        if (offset < 0 || offset > bodyLength || bytes < length * _width || bytes > bodyLength - offset)
        {
            throw Damaged($"{bytes} bytes at {offset} of a body of {bodyLength} for {length} values");
        }

        return MemoryMarshal.Cast<byte, T>(body.Slice((int)offset, (int)length * _width));
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

    private ArrowFormatException Damaged(string what) => new(ArrowFault.Malformed, $"Column '{_name}': {what}; the batch is damaged or of another schema.");
}
