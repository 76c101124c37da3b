using Capture.Media.Jpeg;

namespace Capture.Devices.Watching;

/// <summary>How light a picture is.</summary>
internal enum Light
{
    Usable,
    Black,
    Saturated,

    /// <summary>It cannot be decoded: nothing is said of it.</summary>
    Unknown,
}

/// <summary>
/// Judges pictures by their luma at an eighth of their size: one value a block of 8 × 8 pixels, for which the decoder needs no more than the block's mean. Allocates nothing per picture.
/// </summary>
internal sealed class PictureLight(WatchLimits limits, int widthPx, int heightPx)
{
    private const int Scale = 8;

    private readonly byte[] luma = new byte[((widthPx + Scale - 1) / Scale) * ((heightPx + Scale - 1) / Scale)];

    public Light Of(JpegDecoder decoder, ReadOnlySpan<byte> jpeg)
    {
        if (!decoder.TryReadHeader(jpeg, out JpegHeader header, out _) || header.WidthPx > widthPx || header.HeightPx > heightPx
            || !decoder.TryDecode(jpeg, JpegPixels.Gray, Scale, luma, out JpegHeader size, out _))
        {
            return Light.Unknown;
        }

        return Judge(luma.AsSpan(0, size.WidthPx * size.HeightPx), limits);
    }

    internal static Light Judge(ReadOnlySpan<byte> blocks, WatchLimits limits)
    {
        int black = 0;
        int saturated = 0;
        foreach (byte block in blocks)
        {
            black += block <= limits.BlackLevel ? 1 : 0;
            saturated += block >= limits.SaturatedLevel ? 1 : 0;
        }

        return black >= limits.BlackShare * blocks.Length ? Light.Black
            : saturated >= limits.SaturatedShare * blocks.Length ? Light.Saturated
            : Light.Usable;
    }
}
