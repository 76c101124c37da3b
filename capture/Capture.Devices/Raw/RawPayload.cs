namespace Capture.Devices.Raw;

/// <summary>What kind of recording the bytes come from.</summary>
public enum RawFormat
{
    /// <summary>The protocol's own bytes, as they went over the line.</summary>
    Bytes,

    /// <summary>The same as text: pairs of hexadecimal digits.</summary>
    Hex,

    /// <summary>libpcap's classic file.</summary>
    Pcap,

    /// <summary>pcapng (draft-ietf-opsawg-pcapng).</summary>
    PcapNg,
}

/// <summary>How a payload travelled.</summary>
public enum RawTransport
{
    /// <summary>A byte stream without packets: a serial log, a raw file.</summary>
    Stream,

    Udp,

    Tcp,

    /// <summary>A packet of something else, or, with a problem, one that could not be read.</summary>
    Other,
}

/// <summary>A piece of payload out of a recording.</summary>
public readonly ref struct RawPayload
{
    /// <summary>Offset in the file: of the first payload byte, or of the packet where there is a problem.</summary>
    public required long Offset { get; init; }

    /// <summary>Nanoseconds since 1970 as the recording says; null where it says nothing.</summary>
    public long? UnixNanoseconds { get; init; }

    public RawTransport Transport { get; init; }

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    /// <summary>TCP only: sequence number of the first byte.</summary>
    public uint TcpSequence { get; init; }

    /// <summary>Identifies the two ends and the direction; 0 for a byte stream.</summary>
    public ulong Flow { get; init; }

    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Why the bytes cannot be had, as a short sentence; null where nothing is wrong.</summary>
    public string? Problem { get; init; }
}
