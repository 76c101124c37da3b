using System.Runtime.InteropServices;

namespace Capture.Simulation.Cameras;

/// <summary>A TurboJPEG handle; one thread at a time.</summary>
internal sealed class TurboJpegHandle : SafeHandle
{
    private TurboJpegHandle(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    public static TurboJpegHandle ForCompression() => Checked(TurboJpegNative.InitCompress());

    public static TurboJpegHandle ForDecompression() => Checked(TurboJpegNative.InitDecompress());

    protected override bool ReleaseHandle() => TurboJpegNative.Destroy(handle) == 0;

    private static TurboJpegHandle Checked(nint handle) =>
        handle != 0 ? new TurboJpegHandle(handle) : throw new InvalidOperationException("libturbojpeg gave no handle: out of memory.");
}

/// <summary>Compresses pictures of B G R x pixels to JPEG 4:2:0 into a buffer of its own.</summary>
public sealed class JpegEncoder : IDisposable
{
    private readonly TurboJpegHandle _handle = TurboJpegHandle.ForCompression();
    private readonly byte[] _buffer;
    private readonly int _width;
    private readonly int _height;

    public JpegEncoder(int width, int height)
    {
        _width = width;
        _height = height;
        _buffer = GC.AllocateUninitializedArray<byte>((int)TurboJpegNative.BufferSize(width, height, TurboJpegNative.Subsampling420), pinned: true);
    }

    /// <summary>The JPEG lies in the encoder's buffer until the next call.</summary>
    public unsafe ReadOnlyMemory<byte> Encode(ReadOnlySpan<uint> pixels, int quality)
    {
        if (pixels.Length < _width * _height)
        {
            throw new ArgumentException($"The picture has {_width * _height} pixels, the buffer {pixels.Length}.", nameof(pixels));
        }

        nuint size = (nuint)_buffer.Length;
        fixed (uint* source = pixels)
        fixed (byte* target = _buffer)
        {
            byte* jpeg = target;
            nint handle = _handle.DangerousGetHandle();
            int result = TurboJpegNative.Compress(
                handle, source, _width, _width * 4, _height, TurboJpegNative.PixelBgrx, &jpeg, &size,
                TurboJpegNative.Subsampling420, quality, TurboJpegNative.FlagNoRealloc | TurboJpegNative.FlagFastDct);
            return result == 0 ? _buffer.AsMemory(0, (int)size) : throw new InvalidOperationException("JPEG: " + TurboJpegNative.ErrorText(handle));
        }
    }

    public void Dispose() => _handle.Dispose();
}

/// <summary>Decompresses JPEG for tests.</summary>
public static class JpegDecoder
{
    /// <summary>The picture as one luma byte a pixel.</summary>
    /// <exception cref="InvalidDataException">The bytes are no whole JPEG.</exception>
    public static unsafe byte[] DecodeGray(ReadOnlySpan<byte> jpeg, out int width, out int height) => Decode(jpeg, TurboJpegNative.PixelGray, 1, out width, out height);

    /// <summary>The picture as R G B.</summary>
    /// <exception cref="InvalidDataException">The bytes are no whole JPEG.</exception>
    public static unsafe byte[] DecodeRgb(ReadOnlySpan<byte> jpeg, out int width, out int height) => Decode(jpeg, TurboJpegNative.PixelRgb, 3, out width, out height);

    private static unsafe byte[] Decode(ReadOnlySpan<byte> jpeg, int format, int bytesPerPixel, out int width, out int height)
    {
        using TurboJpegHandle owner = TurboJpegHandle.ForDecompression();
        nint handle = owner.DangerousGetHandle();
        int w, h, subsampling, colourspace;
        fixed (byte* source = jpeg)
        {
            if (TurboJpegNative.DecompressHeader(handle, source, (nuint)jpeg.Length, &w, &h, &subsampling, &colourspace) != 0)
            {
                throw new InvalidDataException("JPEG: " + TurboJpegNative.ErrorText(handle));
            }

            if ((long)w * h > 100_000_000)
            {
                throw new InvalidDataException($"JPEG of {w} × {h} pixels: larger than anything this rig makes.");
            }

            byte[] pixels = new byte[w * h * bytesPerPixel];
            fixed (byte* target = pixels)
            {
                if (TurboJpegNative.Decompress(handle, source, (nuint)jpeg.Length, target, w, w * bytesPerPixel, h, format, 0) != 0)
                {
                    throw new InvalidDataException("JPEG: " + TurboJpegNative.ErrorText(handle));
                }
            }

            width = w;
            height = h;
            return pixels;
        }
    }
}
