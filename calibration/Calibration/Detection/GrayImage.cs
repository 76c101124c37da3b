namespace Calibration.Detection;

/// <summary>A decoded picture, one channel of 8 bits.</summary>
public sealed class GrayImage : IDisposable
{
    private GrayImage(VisionImageHandle handle, int width, int height)
    {
        (Handle, Width, Height) = (handle, width, height);
    }

    public int Width { get; }

    public int Height { get; }

    internal VisionImageHandle Handle { get; }

    /// <param name="bytes">JPEG, PNG, TIFF, BMP, PGM …; colour is turned to gray.</param>
    /// <param name="where">For the error: the file, or stream and row.</param>
    /// <exception cref="CalibrationException">The bytes are no picture.</exception>
    public static GrayImage Decode(ReadOnlySpan<byte> bytes, string where)
    {
        VisionNative.Status status = VisionNative.Decode(bytes, (nuint)bytes.Length, out VisionImageHandle handle, out int width, out int height);
        return status == VisionNative.Status.Ok
            ? new(handle, width, height)
            : throw new CalibrationException(CalibrationProblem.Data, "is no picture that can be decoded, or is cut off", where, "Give JPEG, PNG, TIFF, BMP or PGM files; leave this one out.");
    }

    /// <param name="pixels">Width × height bytes, row after row.</param>
    public static GrayImage FromPixels(ReadOnlySpan<byte> pixels, int width, int height)
    {
        if (width <= 0 || height <= 0 || pixels.Length != (long)width * height)
        {
            throw new ArgumentException($"{pixels.Length} bytes are not an image of {width} × {height}", nameof(pixels));
        }

        VisionNative.Status status = VisionNative.FromGray(pixels, width, height, width, out VisionImageHandle handle);
        return status == VisionNative.Status.Ok ? new(handle, width, height) : throw new ArgumentException($"an image of {width} × {height} is out of range", nameof(width));
    }

    /// <summary>Width × height bytes, valid until the image is disposed.</summary>
    public unsafe ReadOnlySpan<byte> Pixels() => new((void*)VisionNative.Pixels(Handle), checked(Width * Height));

    /// <summary>A part of the picture; the rectangle must lie in it.</summary>
    public GrayImage Cut(int left, int top, int width, int height)
    {
        ReadOnlySpan<byte> all = Pixels();
        byte[] part = new byte[width * height];
        for (int row = 0; row < height; row++)
        {
            all.Slice(((top + row) * Width) + left, width).CopyTo(part.AsSpan(row * width));
        }

        return FromPixels(part, width, height);
    }

    /// <summary>A copy for a report, scaled down to at most this width.</summary>
    public byte[] ToJpeg(int maxWidth = 460, int quality = 70)
    {
        byte[] room = new byte[(maxWidth * maxWidth * 3) + 65536];
        VisionNative.Status status = VisionNative.Jpeg(Handle, maxWidth, quality, room, (nuint)room.Length, out nuint length);
        return status == VisionNative.Status.Ok ? room[..(int)length] : throw new InvalidOperationException($"the picture cannot be encoded: {VisionNative.LastError}");
    }

    public void Dispose() => Handle.Dispose();
}
