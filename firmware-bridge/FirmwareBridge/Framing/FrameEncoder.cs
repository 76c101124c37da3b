using System.Buffers.Binary;

namespace FirmwareBridge.Framing;

/// <summary>Payload → COBS(payload ‖ CRC-32) 0x00, wire-protocol.md §1.</summary>
public static class FrameEncoder
{
    /// <summary>Longest payload, bytes.</summary>
    public const int MaxPayload = 512;

    /// <summary>Bytes of the CRC behind the payload.</summary>
    public const int CrcLength = 4;

    /// <summary>Longest frame with its 0x00, bytes.</summary>
    public const int MaxFrame = 520;

    /// <param name="payload">1 to <see cref="MaxPayload"/> bytes.</param>
    /// <param name="frame">At least <see cref="MaxFrame"/> bytes.</param>
    /// <returns>The frame's length with its 0x00.</returns>
    /// <exception cref="ArgumentException">The payload is empty or too long.</exception>
    public static int Encode(ReadOnlySpan<byte> payload, Span<byte> frame)
    {
        if (payload.IsEmpty || payload.Length > MaxPayload)
        {
            throw new ArgumentException($"A payload has 1 to {MaxPayload} bytes, not {payload.Length}.", nameof(payload));
        }

        Span<byte> plain = stackalloc byte[MaxPayload + CrcLength];
        payload.CopyTo(plain);
        BinaryPrimitives.WriteUInt32LittleEndian(plain[payload.Length..], Crc32.Compute(payload));
        int length = Cobs.Encode(plain[..(payload.Length + CrcLength)], frame);
        frame[length] = 0;
        return length + 1;
    }
}
