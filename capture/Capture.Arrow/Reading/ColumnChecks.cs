using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Capture.Arrow;

/// <summary>Checks of bitmaps, offsets and texts: what a reader would otherwise have to check at every value. Each is linear in the bytes that are there.</summary>
internal static class ColumnChecks
{
    [DoesNotReturn]
    public static void Throw(string path, string what) =>
        throw new ArrowFormatException(ArrowFault.Malformed, $"Column '{path}': {what}; the batch is damaged.");

    /// <summary>Refuses a buffer that is too short.</summary>
    public static void Need(ReadOnlyMemory<byte> buffer, string path, string what, long bytes)
    {
        if (buffer.Length < bytes)
        {
            Throw(path, $"{what} of {buffer.Length} bytes where {bytes} are needed");
        }
    }

    public static void Bitmap(ReadOnlyMemory<byte> bitmap, int length, int nulls, string path)
    {
        long needed = (length + 7L) / 8;
        if (bitmap.Length == 0 && nulls == 0)
        {
            return;
        }

        if (bitmap.Length < needed)
        {
            Throw(path, $"bitmap of {bitmap.Length} bytes for {length} values");
        }

        int valid = CountBits(bitmap.Span[..(int)needed], length);
        if (length - valid != nulls)
        {
            Throw(path, $"{length - valid} nulls in the bitmap, {nulls} in the node");
        }
    }

    /// <summary>Offsets that rise from 0 or more up to no more than <paramref name="limit"/>.</summary>
    /// <typeparam name="T">int or long.</typeparam>
    public static void Offsets<T>(ReadOnlyMemory<byte> buffer, int length, long limit, string path)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (length == 0 && buffer.Length < Marshal.SizeOf<T>())
        {
            return;
        }

        Need(buffer, path, "offsets", (length + 1L) * Marshal.SizeOf<T>());
        ReadOnlySpan<T> offsets = MemoryMarshal.Cast<byte, T>(buffer.Span)[..(length + 1)];
        T before = T.Zero;
        for (int i = 0; i < offsets.Length; i++)
        {
            if (offsets[i] < before)
            {
                Throw(path, $"offset {i} is {offsets[i]}, less than {before} before it");
            }

            before = offsets[i];
        }

        if (long.CreateChecked(before) > limit)
        {
            Throw(path, $"the last offset is {before}, beyond the {limit} there are");
        }
    }

    /// <summary>UTF-8 between checked offsets.</summary>
    /// <typeparam name="T">int or long.</typeparam>
    public static void Text<T>(ReadOnlyMemory<byte> offsetBuffer, ReadOnlySpan<byte> data, ReadOnlySpan<byte> validity, int length, string path)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (length == 0)
        {
            return;
        }

        ReadOnlySpan<T> offsets = MemoryMarshal.Cast<byte, T>(offsetBuffer.Span)[..(length + 1)];
        if (Utf8.IsValid(data[int.CreateTruncating(offsets[0])..int.CreateTruncating(offsets[length])]) && OnBoundaries(offsets, data))
        {
            return;
        }

        // Only what stands under a null may be anything.
        for (int i = 0; i < length; i++)
        {
            if (IsValid(validity, i) && !Utf8.IsValid(data[int.CreateTruncating(offsets[i])..int.CreateTruncating(offsets[i + 1])]))
            {
                Throw(path, $"row {i} is not UTF-8");
            }
        }
    }

    public static bool IsValid(ReadOnlySpan<byte> validity, int row) => validity.IsEmpty || (validity[row >> 3] >> (row & 7) & 1) != 0;

    private static bool OnBoundaries<T>(ReadOnlySpan<T> offsets, ReadOnlySpan<byte> data)
        where T : unmanaged, IBinaryInteger<T>
    {
        foreach (T offset in offsets[..^1])
        {
            int at = int.CreateTruncating(offset);
            if (at < data.Length && (data[at] & 0xC0) == 0x80)
            {
                return false;
            }
        }

        return true;
    }

    private static int CountBits(ReadOnlySpan<byte> bits, int length)
    {
        int whole = length >> 3;
        int count = 0;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bits[..whole]);
        foreach (ulong word in words)
        {
            count += BitOperations.PopCount(word);
        }

        for (int i = words.Length * 8; i < whole; i++)
        {
            count += BitOperations.PopCount(bits[i]);
        }

        return (length & 7) == 0 ? count : count + BitOperations.PopCount((uint)(bits[whole] & ((1 << (length & 7)) - 1)));
    }
}
