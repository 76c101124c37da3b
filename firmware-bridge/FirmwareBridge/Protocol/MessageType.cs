namespace FirmwareBridge.Protocol;

/// <summary>Element 0 of each message, wire-protocol.md §4 and §5.</summary>
public enum MessageType
{
    Hello = 1,
    ClockRequest = 2,
    StartImu = 3,
    StopImu = 4,
    StartTrigger = 5,
    StopTrigger = 6,
    StopAll = 7,
    Info = 129,
    ClockReply = 130,
    Done = 131,
    Error = 132,
    Imu = 144,
    Edge = 145,
    Counts = 146,
}

/// <summary>Why a board refused, wire-protocol.md §5.</summary>
public enum BoardErrorCode
{
    UnknownType = 1,
    Malformed = 2,
    NoSuchChannel = 3,
    NotSupported = 4,
    OtherVersion = 5,
    PeripheralFailed = 6,
}

/// <summary>What a board produces.</summary>
public enum BoardStreamKind
{
    Imu = 1,
    Edges = 2,
}

/// <summary>How reading a message ended.</summary>
public enum ProtocolStatus
{
    Ok,

    /// <summary>No MessagePack array that starts with an unsigned integer.</summary>
    NotAMessage,

    /// <summary>A message of another type than the one asked for, or one that this version does not know.</summary>
    OtherType,

    /// <summary>An element is missing, of the wrong kind, or the bytes end too early.</summary>
    Malformed,

    /// <summary>A number is outside what the protocol allows.</summary>
    OutOfRange,
}

/// <summary>The protocol's limits and version.</summary>
public static class WireProtocol
{
    public const int Major = 1;
    public const int Minor = 0;
    public const int MaxImus = 4;
    public const int MaxTriggers = 8;
    public const int MaxRates = 8;
    public const int MaxSamplesPerFrame = 10;
    public const int MaxUidLength = 16;
    public const int MaxErrorTextLength = 64;
    public const int MaxStreams = MaxImus + MaxTriggers;

    /// <summary>The type of a payload, without looking at the rest of it. A type that this version does not know is <see cref="ProtocolStatus.OtherType"/>.</summary>
    public static ProtocolStatus PeekType(ReadOnlySpan<byte> payload, out MessageType type)
    {
        MessagePack.MessagePackReader reader = new(payload);
        type = default;
        if (reader.ReadArrayHeader(out int elements) != MessagePack.MessagePackStatus.Ok || elements == 0 || reader.ReadUInt64(out ulong value) != MessagePack.MessagePackStatus.Ok)
        {
            return ProtocolStatus.NotAMessage;
        }

        type = value <= byte.MaxValue ? (MessageType)value : default;
        bool isKnown = type is >= MessageType.Hello and <= MessageType.StopAll or >= MessageType.Info and <= MessageType.Error or >= MessageType.Imu and <= MessageType.Counts;
        return isKnown ? ProtocolStatus.Ok : ProtocolStatus.OtherType;
    }
}
