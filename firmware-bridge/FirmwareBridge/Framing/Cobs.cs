namespace FirmwareBridge.Framing;

/// <summary>Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): bytes without zeros. Decoding is done incrementally by <see cref="FrameDecoder"/>.</summary>
public static class Cobs
{
    /// <summary>Largest encoded size of <paramref name="length"/> bytes, without the closing 0x00.</summary>
    public static int MaxEncodedLength(int length) => length + (length / 254) + 1;

    /// <summary>Encodes without the closing 0x00, and leaves out the empty block after a full last block.</summary>
    /// <param name="to">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <returns>The encoded length.</returns>
    public static int Encode(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int codeAt = 0;
        int at = 1;
        for (int i = 0; i < from.Length; i++)
        {
            if (from[i] != 0)
            {
                to[at++] = from[i];
            }

            if (from[i] == 0 || (at - codeAt == 255 && i + 1 < from.Length))
            {
                to[codeAt] = (byte)(at - codeAt);
                codeAt = at++;
            }
        }

        to[codeAt] = (byte)(at - codeAt);
        return at;
    }
}
