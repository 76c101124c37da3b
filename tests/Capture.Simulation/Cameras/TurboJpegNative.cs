using System.Runtime.InteropServices;

namespace Capture.Simulation.Cameras;

/// <summary>libjpeg-turbo's TurboJPEG 2 interface. Each call returns 0, or −1 with a text from <see cref="ErrorText"/>.</summary>
internal static unsafe partial class TurboJpegNative
{
    public const string Library = "libturbojpeg.so.0";
    public const int PixelRgb = 0;
    public const int PixelBgrx = 3;
    public const int PixelGray = 6;
    public const int Subsampling420 = 2;
    public const int FlagNoRealloc = 1024;
    public const int FlagFastDct = 2048;

    [LibraryImport(Library, EntryPoint = "tjInitCompress")]
    public static partial nint InitCompress();

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    public static partial nint InitDecompress();

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "tjBufSize")]
    public static partial nuint BufferSize(int width, int height, int subsampling);

    [LibraryImport(Library, EntryPoint = "tjCompress2")]
    public static partial int Compress(
        nint handle, void* source, int width, int pitch, int height, int pixelFormat, byte** jpeg, nuint* jpegSize, int subsampling, int quality, int flags);

    [LibraryImport(Library, EntryPoint = "tjDecompressHeader3")]
    public static partial int DecompressHeader(nint handle, byte* jpeg, nuint size, int* width, int* height, int* subsampling, int* colourspace);

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    public static partial int Decompress(nint handle, byte* jpeg, nuint size, byte* target, int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    private static partial nint ErrorString(nint handle);

    public static string ErrorText(nint handle) => Marshal.PtrToStringUTF8(ErrorString(handle)) ?? "unknown error";
}
