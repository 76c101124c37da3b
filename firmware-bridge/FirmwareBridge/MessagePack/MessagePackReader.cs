using System.Buffers.Binary;

namespace FirmwareBridge.MessagePack;

/// <summary>
/// Reads MessagePack values one after another from a span; nothing is allocated, strings and blobs are slices of the input.
/// Every width of a number or length is accepted. Source: the MessagePack specification (github.com/msgpack/msgpack, spec.md).
/// </summary>
public ref struct MessagePackReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Deepest nesting that <see cref="Skip"/> follows: a hostile message of only array heads must not cost more than its length.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes consumed so far.</summary>
    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position >= _bytes.Length;

    public readonly MessagePackStatus Peek(out MessagePackType type)
    {
        type = default;
        if (IsAtEnd)
        {
            return MessagePackStatus.NeedMore;
        }

        type = MessagePackCode.TypeOf(_bytes[Position]);
        return type == MessagePackType.NeverUsed ? MessagePackStatus.Invalid : MessagePackStatus.Ok;
    }

    public MessagePackStatus ReadNil()
    {
        MessagePackStatus status = Expect(MessagePackType.Nil);
        if (status == MessagePackStatus.Ok)
        {
            Position++;
        }

        return status;
    }

    public MessagePackStatus ReadBoolean(out bool value)
    {
        value = false;
        MessagePackStatus status = Expect(MessagePackType.Boolean);
        if (status == MessagePackStatus.Ok)
        {
            value = _bytes[Position++] == MessagePackCode.True;
        }

        return status;
    }

    /// <summary>An integer of any width, signed or unsigned, that is not negative.</summary>
    public MessagePackStatus ReadUInt64(out ulong value)
    {
        MessagePackStatus status = ReadInteger(out value, out bool isNegative, out int length);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        if (isNegative)
        {
            value = 0;
            return MessagePackStatus.OutOfRange;
        }

        Position += length;
        return MessagePackStatus.Ok;
    }

    /// <summary>An integer of any width, signed or unsigned, up to <see cref="long.MaxValue"/>.</summary>
    public MessagePackStatus ReadInt64(out long value)
    {
        MessagePackStatus status = ReadInteger(out ulong raw, out bool isNegative, out int length);
        value = unchecked((long)raw);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        if (!isNegative && raw > long.MaxValue)
        {
            value = 0;
            return MessagePackStatus.OutOfRange;
        }

        Position += length;
        return MessagePackStatus.Ok;
    }

    /// <summary>A float32 or float64.</summary>
    public MessagePackStatus ReadDouble(out double value)
    {
        value = 0;
        MessagePackStatus status = Expect(MessagePackType.Float);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        int width = _bytes[Position] == MessagePackCode.Float32 ? 4 : 8;
        if (_bytes.Length - Position < 1 + width)
        {
            return MessagePackStatus.NeedMore;
        }

        ReadOnlySpan<byte> at = _bytes[(Position + 1)..];
        value = width == 4 ? BinaryPrimitives.ReadSingleBigEndian(at) : BinaryPrimitives.ReadDoubleBigEndian(at);
        Position += 1 + width;
        return MessagePackStatus.Ok;
    }

    /// <summary>The string's UTF-8 bytes as they stand; they are not checked.</summary>
    public MessagePackStatus ReadString(out ReadOnlySpan<byte> utf8) => ReadBlob(MessagePackType.String, out utf8);

    public MessagePackStatus ReadBinary(out ReadOnlySpan<byte> value) => ReadBlob(MessagePackType.Binary, out value);

    /// <summary>The head of an array. <paramref name="count"/> comes from outside: each element takes at least one byte, and a count beyond the remaining bytes is <see cref="MessagePackStatus.NeedMore"/>.</summary>
    public MessagePackStatus ReadArrayHeader(out int count) => ReadHeader(MessagePackType.Array, 1, out count);

    /// <summary>The head of a map; <paramref name="pairs"/> keys and as many values follow. A count beyond the remaining bytes is <see cref="MessagePackStatus.NeedMore"/>.</summary>
    public MessagePackStatus ReadMapHeader(out int pairs) => ReadHeader(MessagePackType.Map, 2, out pairs);

    public MessagePackStatus ReadExtension(out sbyte extensionType, out ReadOnlySpan<byte> data)
    {
        extensionType = 0;
        data = default;
        MessagePackStatus status = Expect(MessagePackType.Extension);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        status = ReadLength(out long length, out int head);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        if (_bytes.Length - Position < head + 1 + length)
        {
            return MessagePackStatus.NeedMore;
        }

        extensionType = unchecked((sbyte)_bytes[Position + head]);
        data = _bytes.Slice(Position + head + 1, (int)length);
        Position += head + 1 + (int)length;
        return MessagePackStatus.Ok;
    }

    /// <summary>Goes past the next value, whatever it is.</summary>
    public MessagePackStatus Skip()
    {
        int start = Position;
        Span<long> left = stackalloc long[MaxDepth];
        int depth = 0;
        left[0] = 1;
        while (true)
        {
            while (left[depth] == 0)
            {
                if (depth == 0)
                {
                    return MessagePackStatus.Ok;
                }

                depth--;
            }

            left[depth]--;
            MessagePackStatus status = SkipHead(out long children);
            if (status == MessagePackStatus.Ok && children > 0 && ++depth == MaxDepth)
            {
                status = MessagePackStatus.Invalid;
            }

            if (status != MessagePackStatus.Ok)
            {
                Position = start;
                return status;
            }

            if (children > 0)
            {
                left[depth] = children;
            }
        }
    }

    private MessagePackStatus SkipHead(out long children)
    {
        children = 0;
        MessagePackStatus status = Peek(out MessagePackType type);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        switch (type)
        {
            case MessagePackType.Nil or MessagePackType.Boolean:
                Position++;
                return MessagePackStatus.Ok;
            case MessagePackType.Integer:
                status = ReadInteger(out _, out _, out int length);
                Position += status == MessagePackStatus.Ok ? length : 0;
                return status;
            case MessagePackType.Float:
                return ReadDouble(out _);
            case MessagePackType.Array:
                status = ReadArrayHeader(out int count);
                children = count;
                return status;
            case MessagePackType.Map:
                status = ReadMapHeader(out int pairs);
                children = 2L * pairs;
                return status;
            case MessagePackType.Extension:
                return ReadExtension(out _, out _);
            default:
                return ReadBlob(type, out _);
        }
    }

    private readonly MessagePackStatus Expect(MessagePackType wanted)
    {
        MessagePackStatus status = Peek(out MessagePackType type);
        return status != MessagePackStatus.Ok || type == wanted ? status : MessagePackStatus.WrongType;
    }

    private readonly MessagePackStatus ReadInteger(out ulong value, out bool isNegative, out int length)
    {
        value = 0;
        isNegative = false;
        length = 0;
        MessagePackStatus status = Expect(MessagePackType.Integer);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        byte code = _bytes[Position];
        if (code is < 0x80 or >= 0xe0)
        {
            length = 1;
            isNegative = code >= 0xe0;
            value = unchecked((ulong)(sbyte)code);
            return MessagePackStatus.Ok;
        }

        int width = 1 << (code & 3);
        if (_bytes.Length - Position < 1 + width)
        {
            return MessagePackStatus.NeedMore;
        }

        length = 1 + width;
        bool isSigned = code >= MessagePackCode.Int8;
        value = MessagePackCode.ReadBigEndian(_bytes.Slice(Position + 1, width));
        if (isSigned)
        {
            int unused = 64 - (8 * width);
            long signed = unchecked((long)(value << unused)) >> unused;
            isNegative = signed < 0;
            value = unchecked((ulong)signed);
        }

        return MessagePackStatus.Ok;
    }

    private MessagePackStatus ReadBlob(MessagePackType wanted, out ReadOnlySpan<byte> value)
    {
        value = default;
        MessagePackStatus status = Expect(wanted);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        status = ReadLength(out long length, out int head);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        if (_bytes.Length - Position - head < length)
        {
            return MessagePackStatus.NeedMore;
        }

        value = _bytes.Slice(Position + head, (int)length);
        Position += head + (int)length;
        return MessagePackStatus.Ok;
    }

    private MessagePackStatus ReadHeader(MessagePackType wanted, int bytesPerItem, out int count)
    {
        count = 0;
        MessagePackStatus status = Expect(wanted);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        status = ReadLength(out long length, out int head);
        if (status != MessagePackStatus.Ok)
        {
            return status;
        }

        if (_bytes.Length - Position - head < length * bytesPerItem)
        {
            return MessagePackStatus.NeedMore;
        }

        count = (int)length;
        Position += head;
        return MessagePackStatus.Ok;
    }

    /// <param name="length">Bytes of data or number of items (up to 2³² − 1).</param>
    /// <param name="head">Bytes up to the data; the type byte of an extension comes after them.</param>
    private readonly MessagePackStatus ReadLength(out long length, out int head)
    {
        head = 1 + MessagePackCode.LengthWidth(_bytes[Position], out int inCode);
        length = inCode;
        if (_bytes.Length - Position < head)
        {
            return MessagePackStatus.NeedMore;
        }

        if (head > 1)
        {
            length = (long)MessagePackCode.ReadBigEndian(_bytes.Slice(Position + 1, head - 1));
        }

        return MessagePackStatus.Ok;
    }
}
