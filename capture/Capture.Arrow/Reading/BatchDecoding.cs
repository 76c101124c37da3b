using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// Walks a schema beside the nodes and buffers of a record batch (or of the one column of a dictionary) and has each column checked.
/// Depth was bounded when the schema was read.
/// </summary>
internal ref struct BatchDecoding
{
    private readonly ReadOnlySpan<byte> _metadata;
    private readonly ReadOnlyMemory<byte> _body;
    private readonly BodyRange[]? _inflated;
    private readonly Func<DictionaryType, ArrowDictionary>? _dictionaries;
    private readonly bool _version4;
    private readonly int _nodesAt;
    private readonly int _nodes;
    private readonly int _buffersAt;
    private readonly int _buffers;
    private readonly int _variadicsAt;
    private readonly int _variadics;
    private int _node;
    private int _buffer;
    private int _variadic;

    /// <param name="message">What the metadata says as a whole.</param>
    /// <param name="metadata">The flatbuffer of the message.</param>
    /// <param name="body">The body.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="dictionaries">Where the values of dictionaries come from; null where none can be had.</param>
    public BatchDecoding(ArrowMessage message, ReadOnlySpan<byte> metadata, ReadOnlyMemory<byte> body, ArrowReadLimits limits, Func<DictionaryType, ArrowDictionary>? dictionaries)
    {
        _metadata = metadata;
        _body = body;
        _dictionaries = dictionaries;
        FlatTable batch = FlatTable.Root(metadata).Table(2, "record batch");
        _version4 = FlatTable.Root(metadata).Int16(0) == FlatNames.VersionV4;
        if (message.Kind == ArrowMessageKind.DictionaryBatch)
        {
            batch = batch.Table(1, "record batch of the dictionary");
        }

        _nodes = batch.Vector(1, 16, out _nodesAt);
        _buffers = batch.Vector(2, 16, out _buffersAt);
        _variadics = batch.Vector(4, 8, out _variadicsAt);
        if (message.Compression != ArrowCompression.None)
        {
            var packed = new BodyRange[_buffers];
            for (int i = 0; i < packed.Length; i++)
            {
                packed[i] = Range(i, $"buffer {i}");
            }

            (_body, _inflated) = BodyDecompression.Read(body.Span, packed, message.Compression, limits);
        }
    }

    /// <summary>Bytes of memory that the columns are views into.</summary>
    public readonly long MemoryLength => _body.Length;

    /// <summary>
    /// Decodes the next column and those nested in it. <paramref name="expected"/> is its length, or -1 for the items of a list.
    /// <paramref name="strict"/>: a field that takes no nulls has none; where a parent is null, its children may be too.
    /// </summary>
    public ArrowColumn Column(ArrowField field, long expected, string path, bool strict = true)
    {
        (int length, int nulls) = Node(field, expected, path, strict);
        var buffers = new ColumnBuffers();
        ArrowLayout layout = ArrowShape.Layout(field.Type);
        ReadOnlyMemory<byte> validity = ArrowShape.HasBitmap(field.Type) ? Memory(Next(path, "bitmap")) : default;
        switch (layout)
        {
            case ArrowLayout.Bits or ArrowLayout.Fixed:
                buffers = new ColumnBuffers { Validity = validity, Data = Memory(Next(path, "values")) };
                break;
            case ArrowLayout.Bytes or ArrowLayout.LargeBytes:
                ReadOnlyMemory<byte> offsets = Memory(Next(path, "offsets"));
                BodyRange data = Next(path, "data");
                buffers = new ColumnBuffers { Validity = validity, Offsets = offsets, Data = Memory(data), DataOffset = _inflated is null ? data.Offset : -1 };
                break;
            case ArrowLayout.Views:
                ReadOnlyMemory<byte> views = Memory(Next(path, "views"));
                buffers = new ColumnBuffers { Validity = validity, Data = views, ViewData = ViewData(path) };
                break;
            case ArrowLayout.List or ArrowLayout.LargeList:
                buffers = new ColumnBuffers { Validity = validity, Offsets = Memory(Next(path, "offsets")) };
                break;
            case ArrowLayout.ListViews or ArrowLayout.LargeListViews:
                ReadOnlyMemory<byte> starts = Memory(Next(path, "starts"));
                buffers = new ColumnBuffers { Validity = validity, Offsets = starts, Data = Memory(Next(path, "sizes")) };
                break;
            case ArrowLayout.SparseUnion or ArrowLayout.DenseUnion:
                OldUnionBitmap(nulls, path);
                ReadOnlyMemory<byte> ids = Memory(Next(path, "type ids"));
                buffers = new ColumnBuffers { Data = ids, Offsets = layout == ArrowLayout.DenseUnion ? Memory(Next(path, "offsets")) : default };
                break;
            case ArrowLayout.Bitmap:
                buffers = new ColumnBuffers { Validity = validity };
                break;
        }

        IReadOnlyList<ArrowField> fields = field.Type.Children;
        ArrowColumn[] children = fields.Count == 0 ? [] : new ArrowColumn[fields.Count];
        long childLength = ColumnAssembly.ChildLength(field.Type, length);
        for (int i = 0; i < children.Length; i++)
        {
            children[i] = Column(fields[i], childLength, $"{path}.{fields[i].Name}", strict && nulls == 0 && field.Type is not UnionType);
        }

        ArrowDictionary? dictionary = null;
        if (field.Type is DictionaryType type)
        {
            dictionary = _dictionaries?.Invoke(type)
                ?? throw new ArrowFormatException(ArrowFault.Unsupported, $"Column '{path}' is dictionary-encoded, and a batch alone does not have its dictionary. Read it by ArrowReader.ReadBatch.");
        }

        return ColumnAssembly.Build(field, length, ArrowShape.HasBitmap(field.Type) || field.Type is NullType ? nulls : 0, buffers, children, dictionary, path);
    }

    /// <summary>Refuses a batch that describes more columns than the schema has.</summary>
    public readonly void CheckAllUsed()
    {
        if (_node != _nodes || _buffer != _buffers)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"The batch has {_nodes} nodes and {_buffers} buffers where the schema needs {_node} and {_buffer}; it belongs to another schema or is damaged.");
        }
    }

    private (int Length, int Nulls) Node(ArrowField field, long expected, string path, bool strict)
    {
        if (_node == _nodes)
        {
            ColumnChecks.Throw(path, $"the batch has only {_nodes} nodes");
        }

        ReadOnlySpan<byte> node = _metadata.Slice(_nodesAt + (16 * _node++), 16);
        long length = BinaryPrimitives.ReadInt64LittleEndian(node);
        long nulls = BinaryPrimitives.ReadInt64LittleEndian(node[8..]);
        if (length is < 0 or >= int.MaxValue || (expected >= 0 && length != expected))
        {
            ColumnChecks.Throw(path, expected >= 0 ? $"{length} values where {expected} belong" : $"{length} values");
        }

        if (field.Type is NullType)
        {
            return ((int)length, (int)length);
        }

        if (nulls < 0 || nulls > length)
        {
            ColumnChecks.Throw(path, $"{nulls} nulls among {length} values");
        }

        if (nulls > 0 && strict && !field.Nullable && ArrowShape.HasBitmap(field.Type))
        {
            ColumnChecks.Throw(path, $"{nulls} nulls in a field that takes none");
        }

        return ((int)length, (int)nulls);
    }

    /// <summary>Before V5 unions had a bitmap of their own.</summary>
    private void OldUnionBitmap(int nulls, string path)
    {
        if (!_version4)
        {
            return;
        }

        Next(path, "bitmap");
        if (nulls > 0)
        {
            throw new ArrowFormatException(ArrowFault.Unsupported, $"Column '{path}' is a union of metadata version V4 with {nulls} nulls of its own, which newer versions do not know. Rewrite the file with a newer writer.");
        }
    }

    private ReadOnlyMemory<byte>[] ViewData(string path)
    {
        if (_variadic == _variadics)
        {
            ColumnChecks.Throw(path, $"the batch has only {_variadics} counts of data buffers");
        }

        long count = BinaryPrimitives.ReadInt64LittleEndian(_metadata.Slice(_variadicsAt + (8 * _variadic++), 8));
        if (count < 0 || count > _buffers - _buffer)
        {
            ColumnChecks.Throw(path, $"{count} data buffers of the {_buffers - _buffer} that are left");
        }

        var data = new ReadOnlyMemory<byte>[(int)count];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = Memory(Next(path, "data"));
        }

        return data;
    }

    private BodyRange Next(string path, string what)
    {
        if (_buffer == _buffers)
        {
            ColumnChecks.Throw(path, $"the batch has only {_buffers} buffers");
        }

        int index = _buffer++;
        return _inflated is null ? Range(index, what, path) : _inflated[index];
    }

    private readonly BodyRange Range(int index, string what, string path = "")
    {
        ReadOnlySpan<byte> buffer = _metadata.Slice(_buffersAt + (16 * index), 16);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(buffer);
        long length = BinaryPrimitives.ReadInt64LittleEndian(buffer[8..]);
        if (offset < 0 || length < 0 || offset > _body.Length || length > _body.Length - offset)
        {
            ColumnChecks.Throw(path, $"{what} at {offset}, {length} bytes, in a body of {_body.Length}");
        }

        if (offset % 8 != 0)
        {
            ColumnChecks.Throw(path, $"{what} at {offset}, which is not a multiple of 8");
        }

        return new BodyRange((int)offset, (int)length);
    }

    private readonly ReadOnlyMemory<byte> Memory(BodyRange range) => _body.Slice(range.Offset, range.Length);
}

/// <summary>A checked range of a batch's body.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BodyRange(int Offset, int Length);
