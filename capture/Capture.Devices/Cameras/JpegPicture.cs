using System.Buffers.Binary;

namespace Capture.Devices.Cameras;

/// <summary>What a JPEG says of itself without being decoded (ITU-T T.81 annex B).</summary>
/// <param name="Whole">It starts with SOI, has a frame header, and ends with EOI.</param>
/// <param name="WidthPx">From the frame header; 0 where there is none.</param>
/// <param name="HeightPx">From the frame header; 0 where there is none.</param>
public readonly record struct JpegPicture(bool Whole, int WidthPx, int HeightPx)
{
    public static JpegPicture Inspect(ReadOnlySpan<byte> picture)
    {
        if (picture.Length < 4 || picture[0] != 0xFF || picture[1] != 0xD8)
        {
            return default;
        }

        (int width, int height) = FindSize(picture);
        return new JpegPicture(width > 0 && height > 0 && EndsWithEoi(picture), width, height);
    }

    /// <summary>Some cameras pad a picture after its EOI with zeros or a line end.</summary>
    private static bool EndsWithEoi(ReadOnlySpan<byte> picture)
    {
        ReadOnlySpan<byte> trimmed = picture.TrimEnd("\0\r\n"u8);
        return trimmed.Length >= 2 && trimmed[^2] == 0xFF && trimmed[^1] == 0xD9;
    }

    private static (int Width, int Height) FindSize(ReadOnlySpan<byte> picture)
    {
        int at = 2;
        while (at + 4 <= picture.Length && picture[at] == 0xFF)
        {
            byte marker = picture[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                at += 2;
                continue;
            }

            // Scan data or the end before a frame header: no size.
            if (marker is 0xD8 or 0xD9 or 0xDA)
            {
                break;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(picture[(at + 2)..]);
            if (marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC)
            {
                return length >= 8 && at + 9 <= picture.Length
                    ? (BinaryPrimitives.ReadUInt16BigEndian(picture[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(picture[(at + 5)..]))
                    : (0, 0);
            }

            if (length < 2)
            {
                break;
            }

            at += 2 + length;
        }

        return (0, 0);
    }
}
