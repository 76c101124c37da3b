using System.Runtime.InteropServices;

namespace Capture.Media.Jpeg;

/// <summary>
/// The TurboJPEG C API of libjpeg-turbo 2.1 (turbojpeg.h; Debian package libturbojpeg0). Calls return 0, or −1 with the reason in
/// <see cref="GetErrorStr2"/>; a handle belongs to one thread at a time.
/// </summary>
internal static unsafe partial class TurboJpegNative
{
    /// <summary>TJPF_RGB.</summary>
    public const int PixelRgb = 0;

    /// <summary>TJPF_GRAY.</summary>
    public const int PixelGray = 6;

    /// <summary>TJFLAG_STOPONWARNING: a truncated picture is an error, not a half-grey picture.</summary>
    public const int StopOnWarning = 8192;

    /// <summary>TJFLAG_NOREALLOC: the picture goes into the given buffer, which is large enough.</summary>
    public const int NoRealloc = 1024;

    private const string Library = "libturbojpeg.so.0";

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    public static partial JpegHandle InitDecompress();

    [LibraryImport(Library, EntryPoint = "tjInitCompress")]
    public static partial JpegHandle InitCompress();

    /// <summary>Largest JPEG of a picture, in bytes.</summary>
    [LibraryImport(Library, EntryPoint = "tjBufSize")]
    public static partial nuint BufferSize(int width, int height, int subsampling);

    [LibraryImport(Library, EntryPoint = "tjCompress2")]
    public static partial int Compress2(JpegHandle handle, byte* pixels, int width, int pitch, int height, int pixelFormat, byte** jpeg, ref nuint size, int subsampling, int quality, int flags);

    [LibraryImport(Library, EntryPoint = "tjCompressFromYUVPlanes")]
    public static partial int CompressFromPlanes(JpegHandle handle, byte** planes, int width, int* strides, int height, int subsampling, byte** jpeg, ref nuint size, int quality, int flags);

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "tjDecompressHeader3")]
    public static partial int DecompressHeader3(JpegHandle handle, byte* jpeg, nuint size, out int width, out int height, out int subsampling, out int colorspace);

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    public static partial int Decompress2(JpegHandle handle, byte* jpeg, nuint size, byte* pixels, int width, int pitch, int height, int pixelFormat, int flags);

    /// <summary>Text of the last error of a handle; owned by the library.</summary>
    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    public static partial nint GetErrorStr2(JpegHandle handle);
}

/// <summary>A decompressor of the library.</summary>
internal sealed class JpegHandle : SafeHandle
{
    public JpegHandle()
        : base(nint.Zero, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == nint.Zero;

    protected override bool ReleaseHandle() => TurboJpegNative.Destroy(handle) == 0;
}
