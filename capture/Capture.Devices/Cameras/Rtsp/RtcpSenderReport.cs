using System.Buffers.Binary;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>A sender's report (RFC 3550, chapter 6.4.1): one instant, in the stream's own clock and in the sender's clock of the day.</summary>
/// <param name="Source">The sender's stream.</param>
/// <param name="Timestamp">RTP time of the instant at which the report was made; wraps at 32 bit.</param>
/// <param name="SenderUtcNs">The same instant by the sender's clock, ns since 1970; null where it has none (zero), or one that no 64-bit count of ns holds.</param>
public readonly record struct RtcpSenderReport(uint Source, uint Timestamp, long? SenderUtcNs)
{
    private const byte Type = 200;

    // From 1900 to 1970.
    private const long NtpEpochSeconds = 2_208_988_800;

    /// <summary>Looks for a sender's report in a compound packet.</summary>
    /// <returns>Malformed where this is no RTCP packet; NeedMore where it is one without a report.</returns>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, out RtcpSenderReport report)
    {
        report = default;
        if (bytes.Length < 4)
        {
            return ParseStatus.Malformed;
        }

        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 4 || bytes[0] >> 6 != 2)
            {
                return ParseStatus.Malformed;
            }

            int length = 4 + (4 * BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            if (length > bytes.Length)
            {
                return ParseStatus.Malformed;
            }

            if (bytes[1] == Type)
            {
                if (length < 28)
                {
                    return ParseStatus.Malformed;
                }

                report = new RtcpSenderReport(
                    BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
                    BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
                    Utc(BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[12..])));
                return ParseStatus.Complete;
            }

            bytes = bytes[length..];
        }

        return ParseStatus.NeedMore;
    }

    // Seconds of 32 bit since 1900 wrap in 2036; a first bit of 0 is taken for the era after that (RFC 4330, chapter 3).
    private static long? Utc(uint seconds, uint fraction)
    {
        if (seconds == 0 && fraction == 0)
        {
            return null;
        }

        long since1900 = seconds >= 0x8000_0000 ? seconds : seconds + 0x1_0000_0000;
        return ((since1900 - NtpEpochSeconds) * 1_000_000_000) + (long)(((ulong)fraction * 1_000_000_000) >> 32);
    }
}
