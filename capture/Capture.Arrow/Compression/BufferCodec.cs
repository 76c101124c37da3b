using System.Runtime.InteropServices;

namespace Capture.Arrow.Compression;

/// <summary>Compresses and decompresses single buffers with the system's liblz4 and libzstd.</summary>
internal static unsafe class BufferCodec
{
    /// <summary>What the loader could not find, and where it comes from.</summary>
    public static string Missing(ArrowCompression codec) => codec == ArrowCompression.Lz4Frame
        ? "liblz4.so.1 is not on this machine; install the package liblz4-1"
        : "libzstd.so.1 is not on this machine; install the package libzstd1";

    /// <summary>Compresses; returns how much of <paramref name="buffer"/>, which grows as needed, was filled.</summary>
    /// <exception cref="InvalidOperationException">The library failed.</exception>
    public static int Compress(ArrowCompression codec, ReadOnlySpan<byte> source, ref byte[] buffer)
    {
        nuint bound = codec == ArrowCompression.Lz4Frame
            ? Lz4Native.CompressFrameBound((nuint)source.Length, null)
            : ZstdNative.CompressBound((nuint)source.Length);
        if (bound > (nuint)Array.MaxLength)
        {
            throw new InvalidOperationException($"A buffer of {source.Length} bytes is too large to be compressed. Write smaller batches.");
        }

        if ((nuint)buffer.Length < bound)
        {
            buffer = GC.AllocateUninitializedArray<byte>((int)bound);
        }

        fixed (byte* from = source)
        fixed (byte* to = buffer)
        {
            nuint written = codec == ArrowCompression.Lz4Frame
                ? Lz4Native.CompressFrame(to, bound, from, (nuint)source.Length, null)
                : ZstdNative.Compress(to, bound, from, (nuint)source.Length, ZstdNative.DefaultLevel);
            return ErrorOf(codec, written) is { } error
                ? throw new InvalidOperationException($"{codec} could not compress {source.Length} bytes: {error}.")
                : (int)written;
        }
    }

    /// <summary>Decompresses into exactly the destination. Returns null, or why the bytes are no good.</summary>
    public static string? Decompress(ArrowCompression codec, ReadOnlySpan<byte> source, Span<byte> destination) =>
        codec == ArrowCompression.Lz4Frame ? Lz4(source, destination) : Zstd(source, destination);

    private static string? Zstd(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            nuint written = ZstdNative.Decompress(to, (nuint)destination.Length, from, (nuint)source.Length);
            return ErrorOf(ArrowCompression.Zstd, written) is { } error ? error
                : written != (nuint)destination.Length ? $"{written} bytes came out where {destination.Length} are declared"
                : null;
        }
    }

    private static string? Lz4(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        nuint code = Lz4Native.CreateDecompressionContext(out Lz4Decompression context, Lz4Native.Version);
        using (context)
        {
            if (ErrorOf(ArrowCompression.Lz4Frame, code) is { } failed)
            {
                return failed;
            }

            // One byte of room stands in for none: the library wants a place even where nothing is to come.
            byte none = 0;
            nuint filled = 0;
            nuint used = 0;
            nuint wanted = 1;
            fixed (byte* from = source)
            fixed (byte* to = destination)
            {
                while (used < (nuint)source.Length)
                {
                    nuint room = (nuint)destination.Length - filled;
                    nuint left = (nuint)source.Length - used;
                    nuint written = room;
                    nuint read = left;
                    wanted = Lz4Native.Decompress(context, room == 0 ? &none : to + filled, ref written, from + used, ref read, null);
                    if (ErrorOf(ArrowCompression.Lz4Frame, wanted) is { } error)
                    {
                        return error;
                    }

                    filled += written;
                    used += read;
                    if (read == 0 && written == 0)
                    {
                        break;
                    }
                }
            }

            return used != (nuint)source.Length || wanted != 0 ? $"the frame ends neither with its {source.Length} bytes nor with the {destination.Length} declared"
                : filled != (nuint)destination.Length ? $"{filled} bytes came out where {destination.Length} are declared"
                : null;
        }
    }

    private static string? ErrorOf(ArrowCompression codec, nuint code) => codec == ArrowCompression.Lz4Frame
        ? Lz4Native.IsError(code) == 0 ? null : Marshal.PtrToStringUTF8(Lz4Native.GetErrorName(code))
        : ZstdNative.IsError(code) == 0 ? null : Marshal.PtrToStringUTF8(ZstdNative.GetErrorName(code));
}
