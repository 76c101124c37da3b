using System.Runtime.InteropServices;

namespace Capture.Media.Jpeg;

/// <summary>What a JPEG's header says.</summary>
/// <param name="WidthPx">1 to 65,535.</param>
/// <param name="HeightPx">1 to 65,535.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct JpegHeader(int WidthPx, int HeightPx);

/// <summary>Pixels to decode to.</summary>
public enum JpegPixels
{
    /// <summary>Three bytes a pixel: red, green, blue.</summary>
    Rgb,

    /// <summary>One byte a pixel: luma.</summary>
    Gray,
}

/// <summary>Decodes JPEG pictures with libjpeg-turbo. Keeps its memory between pictures; one thread at a time.</summary>
public sealed unsafe class JpegDecoder : IDisposable
{
    /// <summary>Pictures of more pixels are refused: a damaged header must not ask for gigabytes. 100 million is a 10,000 × 10,000 picture.</summary>
    public const long MaxPixels = 100_000_000;

    private JpegHandle _handle;
    private byte[] _scratch = [];

    /// <exception cref="MediaException">libjpeg-turbo is not installed.</exception>
    public JpegDecoder()
    {
        _handle = NewHandle();
    }

    /// <summary>Reads the header. False, with the library's reason, for bytes that are no JPEG.</summary>
    public bool TryReadHeader(ReadOnlySpan<byte> jpeg, out JpegHeader header, out string? reason)
    {
        fixed (byte* bytes = jpeg)
        {
            if (jpeg.IsEmpty || TurboJpegNative.DecompressHeader3(_handle, bytes, (nuint)jpeg.Length, out int width, out int height, out _, out _) != 0)
            {
                header = default;
                reason = jpeg.IsEmpty ? "it has no bytes" : LastError();
                return false;
            }

            header = new JpegHeader(width, height);
            reason = (long)width * height > MaxPixels ? $"its header says {width} x {height}, more than {MaxPixels} pixels" : null;
            return reason is null;
        }
    }

    /// <summary>The size of a picture decoded at 1/<paramref name="scale"/>, as libjpeg-turbo rounds it.</summary>
    public static JpegHeader Scaled(JpegHeader header, int scale) => new((header.WidthPx + scale - 1) / scale, (header.HeightPx + scale - 1) / scale);

    /// <summary>Decodes a picture into rows without padding, top row first.</summary>
    /// <param name="scale">1, 2, 4 or 8: the picture is decoded at this fraction of its size, which costs correspondingly less.</param>
    /// <param name="pixels">At least width × height × bytes a pixel of the scaled picture.</param>
    /// <returns>False, with the library's reason, for a picture that is damaged or cut off.</returns>
    public bool TryDecode(ReadOnlySpan<byte> jpeg, JpegPixels format, int scale, Span<byte> pixels, out JpegHeader size, out string? reason)
    {
        if (scale is not (1 or 2 or 4 or 8))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "A picture is decoded at 1/1, 1/2, 1/4 or 1/8.");
        }

        size = default;
        if (!TryReadHeader(jpeg, out JpegHeader header, out reason))
        {
            return false;
        }

        size = Scaled(header, scale);
        int bytesPerPixel = format == JpegPixels.Rgb ? 3 : 1;
        long needed = (long)size.WidthPx * size.HeightPx * bytesPerPixel;
        if (pixels.Length < needed)
        {
            throw new ArgumentException($"The picture takes {needed} bytes, and there is room for {pixels.Length}.", nameof(pixels));
        }

        fixed (byte* bytes = jpeg)
        fixed (byte* target = pixels)
        {
            int pixelFormat = format == JpegPixels.Rgb ? TurboJpegNative.PixelRgb : TurboJpegNative.PixelGray;
            if (TurboJpegNative.Decompress2(_handle, bytes, (nuint)jpeg.Length, target, size.WidthPx, size.WidthPx * bytesPerPixel, size.HeightPx, pixelFormat, TurboJpegNative.StopOnWarning) != 0)
            {
                reason = LastError();
                return false;
            }
        }

        return true;
    }

    /// <summary>Says what is wrong with a picture; null when nothing is. With <paramref name="whole"/> it is decoded, else its header is read.</summary>
    public string? Check(ReadOnlySpan<byte> jpeg, bool whole)
    {
        if (!TryReadHeader(jpeg, out JpegHeader header, out string? reason) || !whole)
        {
            return reason;
        }

        int needed = checked(header.WidthPx * header.HeightPx);
        if (_scratch.Length < needed)
        {
            _scratch = GC.AllocateUninitializedArray<byte>(needed);
        }

        return TryDecode(jpeg, JpegPixels.Gray, 1, _scratch, out _, out reason) ? null : reason;
    }

    public void Dispose() => _handle.Dispose();

    private static JpegHandle NewHandle()
    {
        JpegHandle handle;
        try
        {
            handle = TurboJpegNative.InitDecompress();
        }
        catch (DllNotFoundException e)
        {
            throw new MediaException("libjpeg-turbo (libturbojpeg.so.0) is not installed. On Debian and Ubuntu: sudo apt-get install libturbojpeg0", e);
        }

        return handle.IsInvalid ? throw new MediaException("libjpeg-turbo gave no decompressor: memory is short.") : handle;
    }

    /// <summary>
    /// The library's reason. The decompressor is replaced: after a header that broke off, version 2.1 goes on in the middle of it and refuses the next, good picture too.
    /// </summary>
    private string LastError()
    {
        string reason = Marshal.PtrToStringUTF8(TurboJpegNative.GetErrorStr2(_handle)) ?? "libjpeg-turbo gives no reason";
        _handle.Dispose();
        _handle = NewHandle();
        return reason;
    }
}
