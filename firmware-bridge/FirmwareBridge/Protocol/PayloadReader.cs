using FirmwareBridge.MessagePack;

namespace FirmwareBridge.Protocol;

/// <summary>
/// Reads a message's elements in order. The first thing that is wrong stays in <see cref="Status"/>, and everything after it reads as zero: a message asks once, at its end.
/// </summary>
internal ref struct PayloadReader
{
    private MessagePackReader _reader;

    /// <param name="elements">Elements that the message has at least, its type included; more are ignored.</param>
    internal PayloadReader(ReadOnlySpan<byte> payload, MessageType type, int elements)
    {
        _reader = new MessagePackReader(payload);
        if (_reader.ReadArrayHeader(out int count) != MessagePackStatus.Ok || count == 0 || _reader.ReadUInt64(out ulong value) != MessagePackStatus.Ok)
        {
            Status = ProtocolStatus.NotAMessage;
        }
        else if (value != (ulong)type)
        {
            Status = ProtocolStatus.OtherType;
        }
        else if (count < elements)
        {
            Status = ProtocolStatus.Malformed;
        }
    }

    internal ProtocolStatus Status { get; private set; }

    internal ulong UInt64()
    {
        if (Status != ProtocolStatus.Ok)
        {
            return 0;
        }

        Note(_reader.ReadUInt64(out ulong value));
        return value;
    }

    internal uint UInt32() => (uint)Limited(uint.MaxValue);

    internal int Int32(int max = int.MaxValue, int min = 0)
    {
        int value = (int)Limited((ulong)max);
        if (value < min && Status == ProtocolStatus.Ok)
        {
            Status = ProtocolStatus.OutOfRange;
        }

        return value;
    }

    internal long Nanoseconds() => (long)Limited(long.MaxValue);

    internal bool Boolean()
    {
        bool value = false;
        if (Status == ProtocolStatus.Ok)
        {
            Note(_reader.ReadBoolean(out value));
        }

        return value;
    }

    internal float Single()
    {
        double value = 0;
        if (Status == ProtocolStatus.Ok)
        {
            Note(_reader.ReadDouble(out value));
        }

        return (float)value;
    }

    internal ReadOnlySpan<byte> String(int maxLength)
    {
        ReadOnlySpan<byte> value = default;
        if (Status == ProtocolStatus.Ok)
        {
            Note(_reader.ReadString(out value));
        }

        return Checked(value, maxLength);
    }

    internal ReadOnlySpan<byte> Binary(int maxLength)
    {
        ReadOnlySpan<byte> value = default;
        if (Status == ProtocolStatus.Ok)
        {
            Note(_reader.ReadBinary(out value));
        }

        return Checked(value, maxLength);
    }

    internal int Array(int maxCount, int minCount = 0)
    {
        int count = 0;
        if (Status == ProtocolStatus.Ok)
        {
            Note(_reader.ReadArrayHeader(out count));
        }

        if (Status == ProtocolStatus.Ok && (count > maxCount || count < minCount))
        {
            Status = ProtocolStatus.OutOfRange;
        }

        return Status == ProtocolStatus.Ok ? count : 0;
    }

    /// <summary>An array inside that a later version may have lengthened.</summary>
    /// <returns>Elements beyond the known ones; give them to <see cref="Skip"/> after those were read.</returns>
    internal int Tuple(int elements)
    {
        int count = 0;
        if (Status == ProtocolStatus.Ok)
        {
            Note(_reader.ReadArrayHeader(out count));
        }

        if (Status == ProtocolStatus.Ok && count < elements)
        {
            Status = ProtocolStatus.Malformed;
        }

        return Status == ProtocolStatus.Ok ? count - elements : 0;
    }

    internal void Skip(int elements)
    {
        for (int i = 0; i < elements && Status == ProtocolStatus.Ok; i++)
        {
            Note(_reader.Skip());
        }
    }

    private ulong Limited(ulong max)
    {
        ulong value = UInt64();
        if (value > max)
        {
            Status = ProtocolStatus.OutOfRange;
            return 0;
        }

        return value;
    }

    private ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> value, int maxLength)
    {
        if (Status == ProtocolStatus.Ok && value.Length > maxLength)
        {
            Status = ProtocolStatus.OutOfRange;
        }

        return Status == ProtocolStatus.Ok ? value : default;
    }

    private void Note(MessagePackStatus status)
    {
        if (status != MessagePackStatus.Ok)
        {
            Status = status == MessagePackStatus.OutOfRange ? ProtocolStatus.OutOfRange : ProtocolStatus.Malformed;
        }
    }
}
