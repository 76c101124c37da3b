using System.Buffers.Binary;
using System.IO.Compression;

namespace Capture.Media.Png;

/// <summary>
/// Depth pictures as lossless 16-bit greyscale PNG (ISO/IEC 15948). Every row is stored as the difference from the row above, which depth compresses well with.
/// One thread at a time; the buffers are kept between pictures, the deflater is the runtime's and allocates.
/// </summary>
public sealed class DepthPng(int width, int height)
{
    private const int BitDepth = 16;
    private const byte FilterUp = 2;

    private static readonly uint[] s_crc = CrcTable();

    private readonly byte[] _rows = new byte[checked(height * ((width * 2) + 1))];
    private readonly MemoryStream _deflated = new(checked(width * height * 2));
    private byte[] _png = new byte[checked((width * height * 2) + 4096)];

    /// <summary>Compresses one picture of 16-bit little-endian depths (Z16).</summary>
    /// <param name="depth">At least <paramref name="stride"/> × height bytes.</param>
    /// <returns>The PNG, valid until the next call.</returns>
    /// <exception cref="ArgumentException">The picture is too short.</exception>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> depth, int stride)
    {
        if (stride < width * 2 || depth.Length < (stride * (height - 1)) + (width * 2))
        {
            throw new ArgumentException($"A depth picture of {width} x {height} with rows of {stride} bytes is longer than {depth.Length} bytes.", nameof(depth));
        }

        Filter(depth, stride);
        _deflated.SetLength(0);
        using (var zlib = new ZLibStream(_deflated, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(_rows);
        }

        ReadOnlySpan<byte> body = _deflated.GetBuffer().AsSpan(0, (int)_deflated.Length);
        int total = 8 + 25 + 12 + body.Length + 12;
        if (_png.Length < total)
        {
            _png = new byte[total];
        }

        Span<byte> png = _png.AsSpan(0, total);
        ReadOnlySpan<byte> signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
        signature.CopyTo(png);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = BitDepth;
        int at = Chunk(png, 8, "IHDR"u8, header);
        at = Chunk(png, at, "IDAT"u8, body);
        Chunk(png, at, "IEND"u8, []);
        return png;
    }

    /// <summary>Looks at a picture of 16-bit depth: signature, size, every chunk's checksum, its end, and (where asked) its pixels' count.</summary>
    /// <param name="decode">Inflate it too; allocates.</param>
    /// <returns>What is wrong, as a clause; null where nothing is.</returns>
    public static string? Check(ReadOnlySpan<byte> png, int width, int height, bool decode)
    {
        ReadOnlySpan<byte> signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
        if (!png.StartsWith(signature))
        {
            return "it is no PNG";
        }

        using var packed = decode ? new MemoryStream() : null;
        int at = signature.Length;
        bool first = true;
        while (true)
        {
            if (png.Length - at < 12)
            {
                return "it is cut off";
            }

            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - 12)
            {
                return "it is cut off";
            }

            ReadOnlySpan<byte> body = png.Slice(at + 4, 4 + (int)length);
            ReadOnlySpan<byte> type = body[..4];
            if (Crc(body) != BinaryPrimitives.ReadUInt32BigEndian(png[(at + 8 + (int)length)..]))
            {
                return "a checksum in it is wrong";
            }

            if (first && !(type.SequenceEqual("IHDR"u8) && length == 13 && BinaryPrimitives.ReadInt32BigEndian(body[4..]) == width && BinaryPrimitives.ReadInt32BigEndian(body[8..]) == height && body[12] == BitDepth && body[13] == 0))
            {
                return $"it is no 16-bit picture of {width} x {height}";
            }

            first = false;
            if (type.SequenceEqual("IEND"u8))
            {
                return packed is null || Inflates(packed, (long)height * ((width * 2) + 1)) ? null : "its pixels cannot be decoded";
            }

            if (type.SequenceEqual("IDAT"u8))
            {
                packed?.Write(body[4..]);
            }

            at += 12 + (int)length;
        }
    }

    private static bool Inflates(MemoryStream packed, long bytes)
    {
        packed.Position = 0;
        Span<byte> piece = stackalloc byte[4096];
        try
        {
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
            long left = bytes;
            int got;
            while ((got = zlib.Read(piece)) > 0 && left >= 0)
            {
                left -= got;
            }

            return left == 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private void Filter(ReadOnlySpan<byte> depth, int stride)
    {
        ReadOnlySpan<byte> above = default;
        for (int row = 0; row < height; row++)
        {
            ReadOnlySpan<byte> line = depth.Slice(row * stride, width * 2);
            Span<byte> target = _rows.AsSpan(row * ((width * 2) + 1), (width * 2) + 1);
            target[0] = FilterUp;
            for (int i = 0; i < line.Length; i += 2)
            {
                // PNG is big-endian; the camera is not.
                target[i + 1] = (byte)(line[i + 1] - (above.IsEmpty ? 0 : above[i + 1]));
                target[i + 2] = (byte)(line[i] - (above.IsEmpty ? 0 : above[i]));
            }

            above = line;
        }
    }

    private static int Chunk(Span<byte> png, int at, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        BinaryPrimitives.WriteInt32BigEndian(png[at..], data.Length);
        type.CopyTo(png[(at + 4)..]);
        data.CopyTo(png[(at + 8)..]);
        BinaryPrimitives.WriteUInt32BigEndian(png[(at + 8 + data.Length)..], Crc(png.Slice(at + 4, 4 + data.Length)));
        return at + 12 + data.Length;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFF_FFFF;
        foreach (byte b in bytes)
        {
            crc = s_crc[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] CrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
