using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Capture.Arrow.Compression;

namespace Capture.Arrow;

/// <summary>
/// Decompresses the buffers of a body, one behind the other, into memory taken once, after all declared lengths were added up and held against the limit.
/// A compressed buffer begins with its length (int64) when decompressed, or -1 where what follows lies as it is.
/// </summary>
internal static class BodyDecompression
{
    // The LZ4 block format cannot do better than 255 bytes from one.
    private const long MostOfLz4 = 255;

    public static (ReadOnlyMemory<byte> Body, BodyRange[] Buffers) Read(ReadOnlySpan<byte> body, BodyRange[] packed, ArrowCompression codec, ArrowReadLimits limits)
    {
        var buffers = new BodyRange[packed.Length];
        long total = 0;
        for (int i = 0; i < packed.Length; i++)
        {
            int length = Declared(body.Slice(packed[i].Offset, packed[i].Length), i, codec, limits);
            buffers[i] = new BodyRange((int)total, length);
            total = Padding.To64(total + length);
            if (total > limits.DecompressedBytes)
            {
                throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The batch decompresses to more than {limits.DecompressedBytes} bytes; raise ArrowReadLimits.DecompressedBytes if that is meant.");
            }
        }

        byte[] memory = new byte[total];
        for (int i = 0; i < packed.Length; i++)
        {
            if (packed[i].Length == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> from = body.Slice(packed[i].Offset, packed[i].Length);
            Span<byte> to = memory.AsSpan(buffers[i].Offset, buffers[i].Length);
            if (BinaryPrimitives.ReadInt64LittleEndian(from) == -1)
            {
                from[8..].CopyTo(to);
            }
            else if (Decompress(codec, from[8..], to) is { } error)
            {
                Throw(i, $"{from.Length - 8} bytes at {packed[i].Offset + 8} are no good {codec}: {error}");
            }
        }

        return (memory, buffers);
    }

    private static int Declared(ReadOnlySpan<byte> buffer, int index, ArrowCompression codec, ArrowReadLimits limits)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }

        if (buffer.Length < 8)
        {
            Throw(index, $"{buffer.Length} bytes are too few for the length that they begin with");
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(buffer);
        if (length == -1)
        {
            return buffer.Length - 8;
        }

        if (length < 0 || (codec == ArrowCompression.Lz4Frame && length > MostOfLz4 * buffer.Length))
        {
            Throw(index, $"{buffer.Length - 8} bytes cannot decompress to the {length} declared");
        }

        return length <= limits.DecompressedBytes
            ? (int)length
            : throw new ArrowFormatException(ArrowFault.LimitExceeded, $"Buffer {index} decompresses to {length} bytes, over the limit of {limits.DecompressedBytes}; raise ArrowReadLimits.DecompressedBytes if that is meant.");
    }

    private static string? Decompress(ArrowCompression codec, ReadOnlySpan<byte> from, Span<byte> to)
    {
        try
        {
            return BufferCodec.Decompress(codec, from, to);
        }
        catch (DllNotFoundException)
        {
            throw new ArrowFormatException(ArrowFault.Unsupported, $"The batch is compressed with {codec}, and {BufferCodec.Missing(codec)}.");
        }
    }

    [DoesNotReturn]
    private static void Throw(int index, string what) =>
        throw new ArrowFormatException(ArrowFault.Malformed, $"Compressed buffer {index}: {what}; the batch is damaged.");
}

