namespace Capture.Devices.Raw;

/// <summary>Reads payloads out of a recording, one after the other, within bounded memory. Never throws on what the file holds.</summary>
public abstract class RawReader
{
    /// <summary>Enough of the beginning to tell the formats apart.</summary>
    private const int SniffBytes = 4096;

    /// <summary>Makes the reader for <paramref name="input"/>; the format is told from the first bytes unless given.</summary>
    /// <param name="input">Need not be seekable (standard input); stays open.</param>
    public static RawReader Open(Stream input, RawFormat? format = null)
    {
        RawInput buffered = new(input);
        return (format ?? Detect(buffered.Peek(SniffBytes))) switch
        {
            RawFormat.Pcap => new PcapReader(buffered),
            RawFormat.PcapNg => new PcapNgReader(buffered),
            RawFormat.Hex => new HexReader(buffered),
            _ => new ByteReader(buffered),
        };
    }

    /// <summary>Tells the format from the first bytes of a file.</summary>
    public static RawFormat Detect(ReadOnlySpan<byte> start)
    {
        if (start.Length >= 4)
        {
            uint magic = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(start);
            if (PcapReader.IsMagic(magic))
            {
                return RawFormat.Pcap;
            }

            if (magic == PcapNgReader.SectionHeader)
            {
                return RawFormat.PcapNg;
            }
        }

        return HexReader.LooksLikeHex(start) ? RawFormat.Hex : RawFormat.Bytes;
    }

    /// <summary>The format being read.</summary>
    public abstract RawFormat Format { get; }

    /// <summary>Steps to the next payload; false at the end. Its bytes hold until the next call.</summary>
    public abstract bool Next(out RawPayload payload);
}
