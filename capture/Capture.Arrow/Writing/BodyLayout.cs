using System.Buffers.Binary;

namespace Capture.Arrow;

/// <summary>
/// Walks the columns of a batch twice: first for the nodes and buffers of its metadata, then for the body's bytes.
/// Buffers begin on 64-byte offsets of the body and are padded with zeros to the next.
/// </summary>
internal ref struct BodyLayout
{
    private readonly Span<byte> _nodes;
    private readonly Span<byte> _buffers;
    private readonly Span<byte> _body;
    private readonly ApartBuffers? _apart;
    private int _node;
    private int _buffer;
    private int _copied;
    private int _copiedAtApart;

    /// <summary>The first walk, into the metadata's vectors of nodes and of buffers (16 bytes each).</summary>
    public BodyLayout(Span<byte> nodes, Span<byte> buffers)
    {
        _nodes = nodes;
        _buffers = buffers;
    }

    /// <summary>The second walk, into the body; large buffers are named in <paramref name="apart"/> instead, where that is given.</summary>
    public BodyLayout(Span<byte> body, ApartBuffers? apart)
    {
        _body = body;
        _apart = apart;
        Copying = true;
    }

    /// <summary>Whether this is the second walk.</summary>
    public bool Copying { get; }

    /// <summary>Body bytes so far; a multiple of 64.</summary>
    public long Length { get; private set; }

    public void Node(int length, int nulls)
    {
        if (Copying)
        {
            return;
        }

        BinaryPrimitives.WriteInt64LittleEndian(_nodes[_node..], length);
        BinaryPrimitives.WriteInt64LittleEndian(_nodes[(_node + 8)..], nulls);
        _node += 16;
    }

    public unsafe void Buffer(byte* data, long length)
    {
        long padded = Padding.To64(length);
        if (Copying)
        {
            if (_apart is { HasRoom: true } && length >= ApartBuffers.LeastBytes)
            {
                // A column's memory is a multiple of 64 bytes, so the padding lies in it, behind what is appended so far.
                new Span<byte>(data + length, (int)(padded - length)).Clear();
                _apart.Add(_copied - _copiedAtApart, data, (int)padded);
                _copiedAtApart = _copied;
            }
            else
            {
                Span<byte> target = _body.Slice(_copied, (int)padded);
                new ReadOnlySpan<byte>(data, (int)length).CopyTo(target);
                target[(int)length..].Clear();
                _copied += (int)padded;
            }
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(_buffers[_buffer..], Length);
            BinaryPrimitives.WriteInt64LittleEndian(_buffers[(_buffer + 8)..], length);
            _buffer += 16;
        }

        Length += padded;
    }
}
