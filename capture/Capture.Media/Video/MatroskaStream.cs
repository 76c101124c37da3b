using System.Buffers.Binary;

namespace Capture.Media.Video;

/// <summary>
/// The smallest Matroska stream (RFC 9559) that carries encoded pictures with exact times: one video track, one cluster a picture, microseconds. It is what
/// ffmpeg is fed: a bare MJPEG stream has no times, and a fixed rate would invent them.
/// </summary>
internal sealed class MatroskaStream(Stream output)
{
    private readonly byte[] _head = new byte[64];

    /// <summary>Writes what comes before the first picture.</summary>
    /// <param name="codec">Matroska's name of the codec, as "V_MJPEG".</param>
    public void Begin(string codec, int widthPx, int heightPx)
    {
        byte[] ebml = Element(
            0x1A45DFA3,
            [.. Number(0x4286, 1), .. Number(0x42F7, 1), .. Number(0x42F2, 4), .. Number(0x42F3, 8), .. Text(0x4282, "matroska"), .. Number(0x4287, 4), .. Number(0x4285, 2)]);
        byte[] info = Element(0x1549A966, [.. Number(0x2AD7B1, 1000), .. Text(0x4D80, "capture"), .. Text(0x5741, "capture")]);
        byte[] video = Element(0xE0, [.. Number(0xB0, widthPx), .. Number(0xBA, heightPx)]);
        byte[] track = Element(0xAE, [.. Number(0xD7, 1), .. Number(0x73C5, 1), .. Number(0x83, 1), .. Text(0x86, codec), .. video]);
        output.Write(ebml);

        // A segment of unknown size: it ends with the stream.
        output.Write([0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        output.Write(info);
        output.Write(Element(0x1654AE6B, track));
    }

    /// <summary>Writes one picture. Times must not fall.</summary>
    public void Write(long timeUs, ReadOnlySpan<byte> picture)
    {
        byte[] time = Number(0xE7, timeUs);
        int block = 4 + picture.Length;
        Span<byte> head = _head;
        int n = 0;
        n += Id(head, 0x1F43B675);
        n += Size(head[n..], time.Length + 1 + 8 + block);
        time.CopyTo(head[n..]);
        n += time.Length;
        n += Id(head[n..], 0xA3);
        n += Size(head[n..], block);

        // Track 1, time relative to the cluster 0, key frame.
        ((ReadOnlySpan<byte>)[0x81, 0, 0, 0x80]).CopyTo(head[n..]);
        output.Write(head[..(n + 4)]);
        output.Write(picture);
    }

    private static byte[] Element(uint id, ReadOnlySpan<byte> content)
    {
        Span<byte> head = stackalloc byte[12];
        int n = Id(head, id);
        n += Size(head[n..], content.Length);
        return [.. head[..n], .. content];
    }

    private static byte[] Number(uint id, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Element(id, bytes);
    }

    private static byte[] Text(uint id, string value) => Element(id, System.Text.Encoding.ASCII.GetBytes(value));

    private static int Id(Span<byte> target, uint id)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
        ReadOnlySpan<byte> used = bytes.TrimStart((byte)0);
        used.CopyTo(target);
        return used.Length;
    }

    /// <summary>A size in eight bytes.</summary>
    private static int Size(Span<byte> target, long size)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, size | 0x0100_0000_0000_0000);
        return 8;
    }
}
