namespace FirmwareBridge.MessagePack;

/// <summary>How a read ended. After anything but <see cref="Ok"/> the reader stands where it stood before.</summary>
public enum MessagePackStatus
{
    Ok,

    /// <summary>The bytes end inside the value.</summary>
    NeedMore,

    /// <summary>A value of another kind stands here.</summary>
    WrongType,

    /// <summary>The number does not fit into the type asked for, or a length is beyond the limit.</summary>
    OutOfRange,

    /// <summary>0xC1, which the format never uses, or nesting beyond <see cref="MessagePackReader.MaxDepth"/>.</summary>
    Invalid,
}

/// <summary>The kinds of MessagePack values.</summary>
public enum MessagePackType
{
    Nil,
    Boolean,
    Integer,
    Float,
    String,
    Binary,
    Array,
    Map,
    Extension,
    NeverUsed,
}
