using System.Text;

namespace Capture.Arrow;

/// <summary>A column of byte strings of any length, with 32-bit offsets: at most 2 GiB of data a batch.</summary>
public unsafe class BinaryColumn : ColumnBuilder
{
    private readonly int* _offsets;
    private readonly byte* _data;
    private readonly int _dataCapacity;

    internal BinaryColumn(ArrowField field, int capacity, int dataCapacity, int usualData, NativeArena arena)
        : base(field, capacity, arena)
    {
        _offsets = (int*)arena.Take(((long)capacity + 1) * sizeof(int));
        _data = arena.Take(dataCapacity, Math.Min(dataCapacity, usualData));
        _dataCapacity = dataCapacity;
    }

    /// <summary>Data bytes that still fit.</summary>
    public int Remaining => _dataCapacity - _offsets[Length];

    /// <summary>The most data bytes that the column holds.</summary>
    public int DataCapacity => _dataCapacity;

    internal override long BytesInUse => _offsets[Length] + (((long)Length + 1) * sizeof(int)) + ValidityBytes;

    private protected Span<byte> Free => new(_data + _offsets[Length], Remaining);

    /// <summary>Whether a value of <paramref name="bytes"/> still fits, so that a row can be appended whole or not at all.</summary>
    public bool HasRoom(int bytes) => Length < Capacity && bytes <= Remaining;

    /// <summary>Appends one value. Throws, with nothing appended, when it does not fit.</summary>
    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Commit(value.Length);
    }

    /// <summary>
    /// Room for one value of <paramref name="bytes"/>, to be filled in place (a frame read from its device) and then counted by <see cref="Commit"/>.
    /// Throws when it does not fit.
    /// </summary>
    public Span<byte> Reserve(int bytes)
    {
        CheckRoom();
        if (bytes > Remaining)
        {
            ThrowFull(_dataCapacity, "bytes");
        }

        return new Span<byte>(_data + _offsets[Length], bytes);
    }

    /// <summary>Counts the first <paramref name="bytes"/> of what <see cref="Reserve"/> gave as one value.</summary>
    public void Commit(int bytes)
    {
        CheckRoom();
        if ((uint)bytes > (uint)Remaining)
        {
            ThrowFull(_dataCapacity, "bytes");
        }

        _offsets[Length + 1] = _offsets[Length] + bytes;
        Advance(valid: true);
    }

    private protected override void WriteDefault() => _offsets[Length + 1] = _offsets[Length];

    private protected override void TruncateValues(int length)
    {
    }

    private protected override void VisitValues(ref BodyLayout layout)
    {
        layout.Buffer((byte*)_offsets, ((long)Length + 1) * sizeof(int));
        layout.Buffer(_data, _offsets[Length]);
    }
}

/// <summary>A column of text. Bytes given to <see cref="BinaryColumn.Append"/> must be UTF-8; readers check it.</summary>
public sealed class Utf8Column : BinaryColumn
{
    internal Utf8Column(ArrowField field, int capacity, int dataCapacity, int usualData, NativeArena arena)
        : base(field, capacity, dataCapacity, usualData, arena)
    {
    }

    /// <summary>Appends text, encoding it in place. Throws, with nothing appended, when it does not fit.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        CheckRoom();
        if (!Encoding.UTF8.TryGetBytes(text, Free, out int written))
        {
            ThrowFull(DataCapacity, "bytes");
        }

        Commit(written);
    }

    /// <summary>Appends text, encoding it in place. Throws, with nothing appended, when it does not fit.</summary>
    public void Append(string text) => Append(text.AsSpan());
}
