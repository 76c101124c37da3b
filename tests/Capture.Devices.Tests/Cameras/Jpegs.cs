using System.Buffers.Binary;

namespace Capture.Devices.Tests.Cameras;

/// <summary>The outline of a JPEG: SOI, APP0, SOF0, SOS, noise for a scan, EOI. Not decodable; enough for those who only look.</summary>
internal static class Jpegs
{
    public static byte[] Make(int width, int height, int scanBytes, byte mark = 0)
    {
        List<byte> b = [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x04, mark, 0x00, 0xFF, 0xC0, 0x00, 0x0B, 0x08];
        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(size[2..], (ushort)width);
        b.AddRange(size);
        b.AddRange([0x01, 0x01, 0x11, 0x00, 0xFF, 0xDA, 0x00, 0x02]);
        for (int i = 0; i < scanBytes; i++)
        {
            b.Add((byte)(i * 7 & 0x7F));
        }

        b.AddRange([0xFF, 0xD9]);
        return [.. b];
    }
}
