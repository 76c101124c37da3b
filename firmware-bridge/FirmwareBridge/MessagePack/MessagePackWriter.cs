using System.Buffers.Binary;
using System.Text;

namespace FirmwareBridge.MessagePack;

/// <summary>
/// Writes MessagePack values into a span, each in its shortest form. What does not fit is not written and sets <see cref="Overflow"/>, once and for good:
/// ask at the end.
/// </summary>
public ref struct MessagePackWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public bool Overflow { get; private set; }

    public void WriteNil() => WriteCode(MessagePackCode.Nil);

    public void WriteBoolean(bool value) => WriteCode(value ? MessagePackCode.True : MessagePackCode.False);

    public void WriteUInt64(ulong value)
    {
        if (value < 0x80)
        {
            WriteCode((byte)value);
            return;
        }

        int log = value switch { <= byte.MaxValue => 0, <= ushort.MaxValue => 1, <= uint.MaxValue => 2, _ => 3 };
        WriteNumber((byte)(MessagePackCode.UInt8 + log), value, 1 << log);
    }

    public void WriteInt64(long value)
    {
        if (value >= 0)
        {
            WriteUInt64((ulong)value);
            return;
        }

        if (value >= -32)
        {
            WriteCode(unchecked((byte)value));
            return;
        }

        int log = value switch { >= sbyte.MinValue => 0, >= short.MinValue => 1, >= int.MinValue => 2, _ => 3 };
        WriteNumber((byte)(MessagePackCode.Int8 + log), unchecked((ulong)value), 1 << log);
    }

    public void WriteSingle(float value) => WriteNumber(MessagePackCode.Float32, BitConverter.SingleToUInt32Bits(value), 4);

    public void WriteDouble(double value) => WriteNumber(MessagePackCode.Float64, BitConverter.DoubleToUInt64Bits(value), 8);

    public void WriteString(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteLength(length, fixCode: 0xa0, fixLimit: 32, code8: MessagePackCode.Str8);
        if (Reserve(length, out Span<byte> to))
        {
            Encoding.UTF8.GetBytes(value, to);
        }
    }

    public void WriteString(ReadOnlySpan<byte> utf8)
    {
        WriteLength(utf8.Length, fixCode: 0xa0, fixLimit: 32, code8: MessagePackCode.Str8);
        WriteBytes(utf8);
    }

    public void WriteBinary(ReadOnlySpan<byte> value)
    {
        WriteLength(value.Length, fixCode: 0, fixLimit: 0, code8: MessagePackCode.Bin8);
        WriteBytes(value);
    }

    public void WriteArrayHeader(int count) => WriteCount(count, 0x90, MessagePackCode.Array16);

    public void WriteMapHeader(int pairs) => WriteCount(pairs, 0x80, MessagePackCode.Map16);

    /// <param name="extensionType">−128 to 127; negative ones belong to the format itself (−1: time stamp).</param>
    public void WriteExtension(sbyte extensionType, ReadOnlySpan<byte> data)
    {
        int log = data.Length switch { 1 => 0, 2 => 1, 4 => 2, 8 => 3, 16 => 4, _ => -1 };
        if (log >= 0)
        {
            WriteCode((byte)(MessagePackCode.FixExt1 + log));
        }
        else
        {
            WriteLength(data.Length, fixCode: 0, fixLimit: 0, code8: MessagePackCode.Ext8);
        }

        WriteCode(unchecked((byte)extensionType));
        WriteBytes(data);
    }

    private void WriteCount(int count, byte fixCode, byte code16)
    {
        if (count < 16)
        {
            WriteCode((byte)(fixCode | count));
        }
        else
        {
            WriteNumber(count <= ushort.MaxValue ? code16 : (byte)(code16 + 1), (ulong)count, count <= ushort.MaxValue ? 2 : 4);
        }
    }

    private void WriteLength(int length, byte fixCode, int fixLimit, byte code8)
    {
        if (length < fixLimit)
        {
            WriteCode((byte)(fixCode | length));
            return;
        }

        int log = length switch { <= byte.MaxValue => 0, <= ushort.MaxValue => 1, _ => 2 };
        WriteNumber((byte)(code8 + log), (ulong)length, 1 << log);
    }

    private void WriteCode(byte code)
    {
        if (Reserve(1, out Span<byte> to))
        {
            to[0] = code;
        }
    }

    private void WriteNumber(byte code, ulong value, int width)
    {
        if (!Reserve(1 + width, out Span<byte> to))
        {
            return;
        }

        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, value);
        to[0] = code;
        wide[(8 - width)..].CopyTo(to[1..]);
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (Reserve(bytes.Length, out Span<byte> to))
        {
            bytes.CopyTo(to);
        }
    }

    private bool Reserve(int length, out Span<byte> to)
    {
        if (Overflow || length > _bytes.Length - Length)
        {
            Overflow = true;
            to = default;
            return false;
        }

        to = _bytes.Slice(Length, length);
        Length += length;
        return true;
    }
}
