using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Capture.Arrow;

/// <summary>
/// Writes a flatbuffer front to back into a span: parents first, so that all offsets point forward, each vtable just before its table.
/// Alignment counts from the span's start, which must itself lie on an 8-byte file offset. Allocates nothing.
/// Source: the FlatBuffers internals specification.
/// </summary>
internal ref struct FlatWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    /// <summary>Leaves room for an offset to the root table.</summary>
    public int Root()
    {
        int at = Position;
        Take(4);
        return at;
    }

    /// <summary>Pads with zeros until <see cref="Position"/> + <paramref name="ahead"/> is a multiple of <paramref name="alignment"/>.</summary>
    public void Align(int alignment, int ahead = 0)
    {
        int over = (Position + ahead) % alignment;
        if (over != 0)
        {
            Take(alignment - over);
        }
    }

    /// <summary>
    /// Writes a vtable and a zeroed table. <paramref name="sizes"/> gives the bytes of each slot (0 = absent), <paramref name="at"/> receives
    /// where each slot's value lies. Returns the table's position.
    /// </summary>
    public int Table(scoped ReadOnlySpan<byte> sizes, scoped Span<int> at)
    {
        int vtableLength = 4 + (2 * sizes.Length);
        Align(8, vtableLength);
        int vtable = Position;
        Take(vtableLength);
        int table = Position;
        int length = 4;
        Span<int> widths = [4, 2, 1, 8];
        foreach (int width in widths)
        {
            if (width == 8)
            {
                bool any = sizes.Contains((byte)8);
                length = any ? Padding.To8(length) : length;
            }

            for (int slot = 0; slot < sizes.Length; slot++)
            {
                if (sizes[slot] == width)
                {
                    at[slot] = table + length;
                    BinaryPrimitives.WriteUInt16LittleEndian(_buffer[(vtable + 4 + (2 * slot))..], (ushort)length);
                    length += width;
                }
            }
        }

        Take(length);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[vtable..], (ushort)vtableLength);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[(vtable + 2)..], (ushort)length);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer[table..], vtableLength);
        return table;
    }

    public readonly void Byte(int at, byte value) => _buffer[at] = value;

    public readonly void Int16(int at, short value) => BinaryPrimitives.WriteInt16LittleEndian(_buffer[at..], value);

    public readonly void Int32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(_buffer[at..], value);

    public readonly void Int64(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(_buffer[at..], value);

    /// <summary>Writes, at <paramref name="at"/>, the offset to <paramref name="target"/>.</summary>
    public readonly void Point(int at, int target) => Int32(at, target - at);

    /// <summary>Writes a vector's count and leaves zeroed room for its elements; returns the vector's position. Elements begin 4 bytes after.</summary>
    public int Vector(int count, int elementSize, int alignment)
    {
        Align(Math.Max(4, alignment), 4);
        int at = Position;
        Take(4);
        Int32(at, count);
        Take(checked(count * elementSize));
        return at;
    }

    /// <summary>Leaves room for a string of <paramref name="bytes"/>, its length before and a zero behind; returns its position. Text begins 4 bytes after.</summary>
    public int String(int bytes)
    {
        Align(4);
        int at = Position;
        Take(checked(4 + bytes + 1));
        Int32(at, bytes);
        return at;
    }

    /// <summary>Writes a string; returns its position.</summary>
    public int String(string text)
    {
        int at = String(System.Text.Encoding.UTF8.GetByteCount(text));
        System.Text.Encoding.UTF8.GetBytes(text, _buffer[(at + 4)..]);
        return at;
    }

    /// <summary>The bytes at <paramref name="at"/>, to be filled.</summary>
    public readonly Span<byte> Bytes(int at, int length) => _buffer.Slice(at, length);

    private void Take(int bytes)
    {
        if (bytes > _buffer.Length - Position)
        {
            ThrowFull(_buffer.Length);
        }

        _buffer.Slice(Position, bytes).Clear();
        Position += bytes;
    }

    [DoesNotReturn]
    private static void ThrowFull(int length) =>
        throw new ArgumentException($"The message does not fit the buffer of {length} bytes. Ask the encoder for the largest length first.");
}
