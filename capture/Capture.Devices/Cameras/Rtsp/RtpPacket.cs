using System.Buffers.Binary;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>An RTP packet (RFC 3550, chapter 5.1), its payload in place.</summary>
public readonly ref struct RtpPacket
{
    private const int FixedBytes = 12;

    /// <summary>0–127, as the session description maps it.</summary>
    public required byte PayloadType { get; init; }

    /// <summary>Last packet of a picture, in video profiles.</summary>
    public required bool Marker { get; init; }

    /// <summary>Counts packets; wraps at 16 bit.</summary>
    public required ushort Sequence { get; init; }

    /// <summary>Sampling instant in the stream's own clock; wraps at 32 bit.</summary>
    public required uint Timestamp { get; init; }

    /// <summary>The sender's stream. Another one is another clock.</summary>
    public required uint Source { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <returns>Malformed where this is no RTP packet, or its own lengths reach beyond it.</returns>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, out RtpPacket packet)
    {
        packet = default;
        if (bytes.Length < FixedBytes || bytes[0] >> 6 != 2)
        {
            return ParseStatus.Malformed;
        }

        int start = FixedBytes + (4 * (bytes[0] & 0x0F));
        if ((bytes[0] & 0x10) != 0)
        {
            if (bytes.Length < start + 4)
            {
                return ParseStatus.Malformed;
            }

            start += 4 + (4 * BinaryPrimitives.ReadUInt16BigEndian(bytes[(start + 2)..]));
        }

        int end = bytes.Length;
        if ((bytes[0] & 0x20) != 0)
        {
            // The last byte counts the padding, itself included.
            if (bytes[^1] == 0)
            {
                return ParseStatus.Malformed;
            }

            end -= bytes[^1];
        }

        if (start > end)
        {
            return ParseStatus.Malformed;
        }

        packet = new RtpPacket
        {
            PayloadType = (byte)(bytes[1] & 0x7F),
            Marker = bytes[1] >= 0x80,
            Sequence = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            Timestamp = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            Source = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            Payload = bytes[start..end],
        };
        return ParseStatus.Complete;
    }
}
