using System.Runtime.InteropServices;

namespace Capture.Arrow.Compression;

/// <summary>The one-shot API of libzstd 1.5 (zstd.h; Debian package libzstd1). Sizes that are error codes are told by <see cref="IsError"/>.</summary>
internal static unsafe partial class ZstdNative
{
    /// <summary>ZSTD_CLEVEL_DEFAULT.</summary>
    public const int DefaultLevel = 3;

    private const string Library = "libzstd.so.1";

    /// <summary>The most bytes that <see cref="Compress"/> writes for so many.</summary>
    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    public static partial nuint CompressBound(nuint length);

    /// <summary>Writes one whole frame; returns its bytes or an error code.</summary>
    [LibraryImport(Library, EntryPoint = "ZSTD_compress")]
    public static partial nuint Compress(byte* destination, nuint capacity, byte* source, nuint length, int level);

    /// <summary>Decodes all frames of the source; never writes beyond the capacity. Returns the bytes written or an error code.</summary>
    [LibraryImport(Library, EntryPoint = "ZSTD_decompress")]
    public static partial nuint Decompress(byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    public static partial uint IsError(nuint code);

    /// <summary>Text of an error code; owned by the library.</summary>
    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    public static partial nint GetErrorName(nuint code);
}
