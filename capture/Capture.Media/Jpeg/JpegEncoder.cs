using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Capture.Media.Jpeg;

/// <summary>How the pixels of a raw picture lie in memory (names as Linux's pixel formats).</summary>
public enum RawPixels
{
    /// <summary>Packed 4:2:2: Y0 U Y1 V, two bytes a pixel.</summary>
    Yuyv,

    /// <summary>A plane of Y, then a plane of U V pairs at half size, 1.5 bytes a pixel.</summary>
    Nv12,

    /// <summary>Red, green, blue, three bytes a pixel.</summary>
    Rgb24,

    /// <summary>Blue, green, red, three bytes a pixel.</summary>
    Bgr24,

    /// <summary>Luma only, one byte a pixel.</summary>
    Grey,
}

/// <summary>Compresses raw pictures of one size with libjpeg-turbo. Allocates nothing after construction; one thread at a time.</summary>
public sealed unsafe class JpegEncoder : IDisposable
{
    // turbojpeg.h: TJSAMP_444, _422, _420, _GRAY and TJPF_BGR.
    private const int Sub422 = 1;
    private const int Sub420 = 2;
    private const int SubGray = 3;
    private const int PixelBgr = 1;

    private readonly JpegHandle _handle;
    private readonly RawPixels _pixels;
    private readonly int _width;
    private readonly int _height;
    private readonly int _quality;
    private readonly byte[] _planes;
    private readonly byte[] _output;

    /// <param name="width">Pixels; even for the YUV formats.</param>
    /// <param name="height">Pixels; even for <see cref="RawPixels.Nv12"/>.</param>
    /// <param name="quality">1 to 100; 90 keeps edges for calibration.</param>
    /// <exception cref="MediaException">libjpeg-turbo is not installed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size cannot be encoded.</exception>
    public JpegEncoder(RawPixels pixels, int width, int height, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height, JpegDecoder.MaxPixels);
        bool halved = pixels is RawPixels.Yuyv or RawPixels.Nv12;
        if (halved && (width % 2 != 0 || (pixels == RawPixels.Nv12 && height % 2 != 0)))
        {
            throw new ArgumentOutOfRangeException(nameof(width), $"{width} x {height}", "A picture with halved colour has an even size.");
        }

        (_pixels, _width, _height, _quality) = (pixels, width, height, quality);
        _handle = NewHandle();
        _planes = pixels switch
        {
            RawPixels.Yuyv => new byte[width * height * 2],
            RawPixels.Nv12 => new byte[width * height / 2],
            _ => [],
        };
        _output = new byte[(int)TurboJpegNative.BufferSize(width, height, Subsampling)];
    }

    /// <summary>Bytes of one raw picture without padding between rows.</summary>
    public static int RawBytes(RawPixels pixels, int width, int height) => pixels switch
    {
        RawPixels.Yuyv => checked(width * height * 2),
        RawPixels.Nv12 => checked(width * height * 3 / 2),
        RawPixels.Grey => checked(width * height),
        _ => checked(width * height * 3),
    };

    /// <summary>Compresses one picture. False, with the library's reason, where that failed; the picture is then empty.</summary>
    /// <param name="raw">Rows of <paramref name="stride"/> bytes, top row first; <see cref="RawPixels.Nv12"/>: Y rows, then UV rows of the same stride.</param>
    /// <param name="jpeg">Valid until the next call.</param>
    public bool TryEncode(ReadOnlySpan<byte> raw, int stride, out ReadOnlySpan<byte> jpeg, out string? reason)
    {
        jpeg = default;
        int rows = _pixels == RawPixels.Nv12 ? _height * 3 / 2 : _height;
        int rowBytes = RowBytes;
        if (stride < rowBytes || raw.Length < ((long)stride * (rows - 1)) + rowBytes)
        {
            reason = "the raw picture is too short";
            return false;
        }

        nuint size = (nuint)_output.Length;
        int result;
        fixed (byte* source = raw)
        fixed (byte* planes = _planes)
        fixed (byte* output = _output)
        {
            byte* target = output;
            switch (_pixels)
            {
                case RawPixels.Yuyv:
                    SplitYuyv(raw, stride);
                    result = FromPlanes(planes, _width, planes + (_width * _height), planes + (_width * _height * 3 / 2), _width / 2, Sub422, &target, ref size);
                    break;
                case RawPixels.Nv12:
                    SplitPairs(raw[(stride * _height)..], stride);
                    result = FromPlanes(source, stride, planes, planes + (_width * _height / 4), _width / 2, Sub420, &target, ref size);
                    break;
                default:
                    int format = _pixels switch { RawPixels.Rgb24 => TurboJpegNative.PixelRgb, RawPixels.Bgr24 => PixelBgr, _ => TurboJpegNative.PixelGray };
                    result = TurboJpegNative.Compress2(_handle, source, _width, stride, _height, format, &target, ref size, Subsampling, _quality, TurboJpegNative.NoRealloc);
                    break;
            }
        }

        if (result != 0)
        {
            reason = Marshal.PtrToStringUTF8(TurboJpegNative.GetErrorStr2(_handle)) ?? "libjpeg-turbo gives no reason";
            return false;
        }

        reason = null;
        jpeg = _output.AsSpan(0, (int)size);
        return true;
    }

    public void Dispose() => _handle.Dispose();

    private int Subsampling => _pixels switch
    {
        RawPixels.Yuyv or RawPixels.Rgb24 or RawPixels.Bgr24 => Sub422,
        RawPixels.Nv12 => Sub420,
        _ => SubGray,
    };

    private int RowBytes => _pixels switch
    {
        RawPixels.Yuyv => _width * 2,
        RawPixels.Nv12 or RawPixels.Grey => _width,
        _ => _width * 3,
    };

    private int FromPlanes(byte* y, int yStride, byte* u, byte* v, int colourStride, int subsampling, byte** target, ref nuint size)
    {
        byte** planes = stackalloc byte*[3] { y, u, v };
        int* strides = stackalloc int[3] { yStride, colourStride, colourStride };
        return TurboJpegNative.CompressFromPlanes(_handle, planes, _width, strides, _height, subsampling, target, ref size, _quality, TurboJpegNative.NoRealloc);
    }

    private void SplitYuyv(ReadOnlySpan<byte> raw, int stride)
    {
        Span<byte> y = _planes.AsSpan(0, _width * _height);
        Span<byte> u = _planes.AsSpan(_width * _height, _width * _height / 2);
        Span<byte> v = _planes.AsSpan(_width * _height * 3 / 2);
        Vector128<ushort> low = Vector128.Create((ushort)0xFF);
        for (int row = 0; row < _height; row++)
        {
            ReadOnlySpan<byte> line = raw.Slice(row * stride, _width * 2);
            Span<byte> luma = y.Slice(row * _width, _width);
            Span<byte> us = u.Slice(row * _width / 2, _width / 2);
            Span<byte> vs = v.Slice(row * _width / 2, _width / 2);
            int x = 0;
            for (; x + 32 <= _width; x += 32)
            {
                Vector128<ushort> a = Vector128.Create(line.Slice(x * 2, 16)).AsUInt16();
                Vector128<ushort> b = Vector128.Create(line.Slice((x * 2) + 16, 16)).AsUInt16();
                Vector128<ushort> c = Vector128.Create(line.Slice((x * 2) + 32, 16)).AsUInt16();
                Vector128<ushort> d = Vector128.Create(line.Slice((x * 2) + 48, 16)).AsUInt16();
                Vector128.Narrow(a & low, b & low).CopyTo(luma[x..]);
                Vector128.Narrow(c & low, d & low).CopyTo(luma[(x + 16)..]);
                Vector128<ushort> first = Vector128.Narrow(a >> 8, b >> 8).AsUInt16();
                Vector128<ushort> second = Vector128.Narrow(c >> 8, d >> 8).AsUInt16();
                Vector128.Narrow(first & low, second & low).CopyTo(us[(x / 2)..]);
                Vector128.Narrow(first >> 8, second >> 8).CopyTo(vs[(x / 2)..]);
            }

            for (; x < _width; x += 2)
            {
                luma[x] = line[x * 2];
                us[x / 2] = line[(x * 2) + 1];
                luma[x + 1] = line[(x * 2) + 2];
                vs[x / 2] = line[(x * 2) + 3];
            }
        }
    }

    private void SplitPairs(ReadOnlySpan<byte> pairs, int stride)
    {
        int half = _width / 2;
        Span<byte> u = _planes.AsSpan(0, half * _height / 2);
        Span<byte> v = _planes.AsSpan(half * _height / 2);
        for (int row = 0; row < _height / 2; row++)
        {
            ReadOnlySpan<byte> line = pairs.Slice(row * stride, _width);
            for (int x = 0; x < half; x++)
            {
                u[(row * half) + x] = line[x * 2];
                v[(row * half) + x] = line[(x * 2) + 1];
            }
        }
    }

    private static JpegHandle NewHandle()
    {
        JpegHandle handle;
        try
        {
            handle = TurboJpegNative.InitCompress();
        }
        catch (DllNotFoundException e)
        {
            throw new MediaException("libjpeg-turbo (libturbojpeg.so.0) is not installed. On Debian and Ubuntu: sudo apt-get install libturbojpeg0", e);
        }

        return handle.IsInvalid ? throw new MediaException("libjpeg-turbo gave no compressor: memory is short.") : handle;
    }
}
