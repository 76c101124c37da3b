using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Capture.Arrow;

/// <summary>
/// A table of a flatbuffer, read with every offset checked against the buffer. Slots are numbered as in the schema files
/// (a union takes two: its type, then its value). Throws <see cref="ArrowFormatException"/> and nothing else.
/// </summary>
internal readonly ref struct FlatTable
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _buffer;
    private readonly int _table;
    private readonly int _vtable;
    private readonly int _vtableLength;
    private readonly int _length;

    private FlatTable(ReadOnlySpan<byte> buffer, long table)
    {
        Check(buffer, table, 4);
        _buffer = buffer;
        _table = (int)table;
        long vtable = table - BinaryPrimitives.ReadInt32LittleEndian(buffer[_table..]);
        Check(buffer, vtable, 4);
        _vtable = (int)vtable;
        _vtableLength = BinaryPrimitives.ReadUInt16LittleEndian(buffer[_vtable..]);
        _length = BinaryPrimitives.ReadUInt16LittleEndian(buffer[(_vtable + 2)..]);
        Check(buffer, vtable, _vtableLength);
        Check(buffer, table, _length);
        if (_vtableLength < 4 || _length < 4)
        {
            Throw($"a table of {_length} bytes with a vtable of {_vtableLength}", table);
        }
    }

    /// <summary>The root table of a flatbuffer.</summary>
    public static FlatTable Root(ReadOnlySpan<byte> buffer)
    {
        Check(buffer, 0, 4);
        return new FlatTable(buffer, BinaryPrimitives.ReadUInt32LittleEndian(buffer));
    }

    public byte Byte(int slot, byte absent = 0)
    {
        int at = Slot(slot, 1);
        return at < 0 ? absent : _buffer[at];
    }

    public short Int16(int slot, short absent = 0)
    {
        int at = Slot(slot, 2);
        return at < 0 ? absent : BinaryPrimitives.ReadInt16LittleEndian(_buffer[at..]);
    }

    public int Int32(int slot, int absent = 0)
    {
        int at = Slot(slot, 4);
        return at < 0 ? absent : BinaryPrimitives.ReadInt32LittleEndian(_buffer[at..]);
    }

    public long Int64(int slot, long absent = 0)
    {
        int at = Slot(slot, 8);
        return at < 0 ? absent : BinaryPrimitives.ReadInt64LittleEndian(_buffer[at..]);
    }

    /// <summary>Whether the slot is filled.</summary>
    public bool Has(int slot) => Slot(slot, 1) >= 0;

    /// <summary>The table in a slot; refused when there is none.</summary>
    public FlatTable Table(int slot, string what)
    {
        int at = Slot(slot, 4);
        if (at < 0)
        {
            Throw($"no {what}", _table);
        }

        return new FlatTable(_buffer, Target(at));
    }

    /// <summary>The text in a slot, or empty when there is none, and where its bytes lie.</summary>
    public string Text(int slot, out int offset, out int length)
    {
        int at = Slot(slot, 4);
        if (at < 0)
        {
            offset = length = 0;
            return string.Empty;
        }

        long start = Target(at);
        Check(_buffer, start, 4);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(_buffer[(int)start..]);
        Check(_buffer, start + 4, bytes + 1L);
        if (_buffer[(int)(start + 4 + bytes)] != 0)
        {
            Throw($"a text of {bytes} bytes that does not end with a zero", start);
        }

        offset = (int)start + 4;
        length = (int)bytes;
        try
        {
            return s_strict.GetString(_buffer.Slice(offset, length));
        }
        catch (DecoderFallbackException)
        {
            Throw("text that is not UTF-8", start);
            return string.Empty;
        }
    }

    /// <summary>The number of elements of the vector in a slot (0 when there is none) and where they begin.</summary>
    public int Vector(int slot, int elementSize, out int first)
    {
        first = 0;
        int at = Slot(slot, 4);
        if (at < 0)
        {
            return 0;
        }

        long start = Target(at);
        Check(_buffer, start, 4);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(_buffer[(int)start..]);
        Check(_buffer, start + 4, (long)count * elementSize);
        first = (int)start + 4;
        return (int)count;
    }

    /// <summary>The table that element <paramref name="index"/> of a checked vector of tables points to.</summary>
    public FlatTable Element(int first, int index)
    {
        int at = first + (4 * index);
        return new FlatTable(_buffer, Target(at));
    }

    /// <summary>Element <paramref name="index"/> of a checked vector of int32.</summary>
    public int VectorInt32(int first, int index) => BinaryPrimitives.ReadInt32LittleEndian(_buffer[(first + (4 * index))..]);

    private long Target(int at) => at + (long)BinaryPrimitives.ReadUInt32LittleEndian(_buffer[at..]);

    /// <summary>Where the slot's value lies, or -1.</summary>
    private int Slot(int slot, int size)
    {
        int entry = 4 + (2 * slot);
        if (entry + 2 > _vtableLength)
        {
            return -1;
        }

        int offset = BinaryPrimitives.ReadUInt16LittleEndian(_buffer[(_vtable + entry)..]);
        if (offset == 0)
        {
            return -1;
        }

        if (offset < 4 || offset + size > _length)
        {
            Throw($"slot {slot} at {offset} of a table of {_length} bytes", _table);
        }

        return _table + offset;
    }

    private static void Check(ReadOnlySpan<byte> buffer, long at, long bytes)
    {
        if (at < 0 || bytes > buffer.Length - at)
        {
            Throw($"{bytes} bytes wanted where the metadata has {buffer.Length} in all", at);
        }
    }

    [DoesNotReturn]
    private static void Throw(string what, long at) =>
        throw new ArrowFormatException(ArrowFault.Malformed, $"Metadata byte {at}: {what}; the message is damaged.");
}
