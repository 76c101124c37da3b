using System.Buffers.Binary;
using System.Text;

namespace Capture.Media.Video;

/// <summary>
/// The smallest Matroska stream (RFC 9559) that carries pictures with exact times: one video track, one cluster a picture, microseconds. It is what
/// ffmpeg is fed: a bare stream of pictures has no times, and a fixed rate would invent them.
/// </summary>
/// <param name="Codec">Matroska's name of the codec, as "V_MJPEG".</param>
internal sealed record MatroskaTrack(string Codec, int WidthPx, int HeightPx)
{
    /// <summary>Longest head of a picture.</summary>
    public const int MaxHeadBytes = 48;

    private const int SizeBytes = 8;

    /// <summary>How raw pixels lie in memory (codec "V_UNCOMPRESSED"); null for other codecs.</summary>
    public string? FourCc { get; init; }

    /// <summary>What the codec needs before the first picture; empty for most.</summary>
    public byte[] Private { get; init; } = [];

    /// <summary>Nominal pictures a second. Only an encoder's rate control looks at it; the pictures' times stay their own.</summary>
    public double? RateHz { get; init; }

    /// <summary>What comes before the first picture.</summary>
    public byte[] Head()
    {
        byte[] ebml = Element(
            0x1A45DFA3,
            [.. Number(0x4286, 1), .. Number(0x42F7, 1), .. Number(0x42F2, 4), .. Number(0x42F3, 8), .. Text(0x4282, "matroska"), .. Number(0x4287, 4), .. Number(0x4285, 2)]);
        byte[] info = Element(0x1549A966, [.. Number(0x2AD7B1, 1000), .. Text(0x4D80, "capture"), .. Text(0x5741, "capture")]);
        byte[] video = Element(0xE0, [.. Number(0xB0, WidthPx), .. Number(0xBA, HeightPx), .. FourCc is null ? [] : Text(0x2EB524, FourCc)]);
        byte[] rate = RateHz is { } hz ? Number(0x23E383, (long)Math.Round(1e9 / hz)) : [];
        byte[] setup = Private.Length > 0 ? Element(0x63A2, Private) : [];
        byte[] track = Element(0xAE, [.. Number(0xD7, 1), .. Number(0x73C5, 1), .. Number(0x83, 1), .. rate, .. Text(0x86, Codec), .. setup, .. video]);

        // A segment of unknown size: it ends with the stream.
        return [.. ebml, 0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, .. info, .. Element(0x1654AE6B, track)];
    }

    /// <summary>Writes what comes before one picture, and gives its length. Times must not fall. Allocates nothing.</summary>
    /// <param name="target">At least <see cref="MaxHeadBytes"/>.</param>
    /// <param name="timeUs">From 0 on.</param>
    public static int PictureHead(Span<byte> target, long timeUs, int pictureBytes, bool keyFrame = true)
    {
        int block = 4 + pictureBytes;
        int n = 0;
        n += Id(target, 0x1F43B675);
        n += Size(target[n..], 1 + SizeBytes + 8 + 1 + SizeBytes + block);
        n += Id(target[n..], 0xE7);
        n += Size(target[n..], 8);
        BinaryPrimitives.WriteInt64BigEndian(target[n..], timeUs);
        n += 8;
        n += Id(target[n..], 0xA3);
        n += Size(target[n..], block);

        // Track 1, time relative to the cluster 0.
        ReadOnlySpan<byte> place = [0x81, 0, 0, (byte)(keyFrame ? 0x80 : 0)];
        place.CopyTo(target[n..]);
        return n + place.Length;
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

    private static byte[] Text(uint id, string value) => Element(id, Encoding.Latin1.GetBytes(value));

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
        return SizeBytes;
    }
}
