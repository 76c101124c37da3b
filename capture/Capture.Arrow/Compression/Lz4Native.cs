using System.Runtime.InteropServices;

namespace Capture.Arrow.Compression;

/// <summary>
/// The frame API of liblz4 1.9 (lz4frame.h; Debian package liblz4-1). Sizes that are error codes are told by <see cref="IsError"/>.
/// </summary>
internal static unsafe partial class Lz4Native
{
    /// <summary>LZ4F_VERSION.</summary>
    public const uint Version = 100;

    private const string Library = "liblz4.so.1";

    /// <summary>The most bytes that <see cref="CompressFrame"/> writes for so many.</summary>
    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrameBound")]
    public static partial nuint CompressFrameBound(nuint length, void* preferences);

    /// <summary>Writes one whole frame; returns its bytes or an error code. Preferences may be null.</summary>
    [LibraryImport(Library, EntryPoint = "LZ4F_compressFrame")]
    public static partial nuint CompressFrame(byte* destination, nuint capacity, byte* source, nuint length, void* preferences);

    [LibraryImport(Library, EntryPoint = "LZ4F_createDecompressionContext")]
    public static partial nuint CreateDecompressionContext(out Lz4Decompression context, uint version);

    [LibraryImport(Library, EntryPoint = "LZ4F_freeDecompressionContext")]
    public static partial nuint FreeDecompressionContext(nint context);

    /// <summary>
    /// Decodes as far as source and destination reach; both lengths come back as what was used. Returns 0 at the end of a frame, an error code,
    /// or a hint of how many bytes are wanted next. Options may be null.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "LZ4F_decompress")]
    public static partial nuint Decompress(Lz4Decompression context, byte* destination, ref nuint written, byte* source, ref nuint read, void* options);

    [LibraryImport(Library, EntryPoint = "LZ4F_isError")]
    public static partial uint IsError(nuint code);

    /// <summary>Text of an error code; owned by the library.</summary>
    [LibraryImport(Library, EntryPoint = "LZ4F_getErrorName")]
    public static partial nint GetErrorName(nuint code);
}

/// <summary>A decompression context of the library.</summary>
internal sealed class Lz4Decompression : SafeHandle
{
    public Lz4Decompression()
        : base(nint.Zero, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == nint.Zero;

    protected override bool ReleaseHandle() => Lz4Native.IsError(Lz4Native.FreeDecompressionContext(handle)) == 0;
}
