using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Capture.Arrow;

/// <summary>
/// Checks of views, which may overlap: a text that many views share is checked once, and where that is not enough the work has a bound.
/// </summary>
internal static class ViewChecks
{
    // Bytes that views of a data buffer which is not UTF-8 as a whole may add up to, for each byte that there is.
    private const long MostWork = 64;

    public static void Bytes(ColumnBuffers buffers, int length, bool text, string path)
    {
        ColumnChecks.Need(buffers.Data, path, "views", (long)length * BytesView.Width);
        ReadOnlySpan<byte> all = buffers.Data.Span;
        ReadOnlySpan<byte> validity = buffers.Validity.Span;
        bool?[] whole = new bool?[buffers.ViewData.Length];
        long left = MostWork * (65_536 + buffers.ViewData.Sum(b => (long)b.Length));
        for (int row = 0; row < length; row++)
        {
            if (!ColumnChecks.IsValid(validity, row))
            {
                continue;
            }

            var view = new BytesView(all.Slice(row * BytesView.Width, BytesView.Width));
            if (view.Length < 0)
            {
                ColumnChecks.Throw(path, $"view {row} has {view.Length} bytes");
            }

            if (view.Length <= BytesView.MaxInline)
            {
                if (text && !Utf8.IsValid(all.Slice((row * BytesView.Width) + 4, view.Length)))
                {
                    ColumnChecks.Throw(path, $"row {row} is not UTF-8");
                }

                continue;
            }

            if ((uint)view.Buffer >= (uint)whole.Length)
            {
                ColumnChecks.Throw(path, $"view {row} is in data buffer {view.Buffer} of {whole.Length}");
            }

            ReadOnlySpan<byte> data = buffers.ViewData[view.Buffer].Span;
            if (view.Offset < 0 || view.Length > data.Length - view.Offset)
            {
                ColumnChecks.Throw(path, $"view {row} is {view.Length} bytes at {view.Offset}, in a data buffer of {data.Length}");
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(data[view.Offset..]) != view.Prefix)
            {
                ColumnChecks.Throw(path, $"view {row} begins with {view.Prefix:X8}, its value with other bytes");
            }

            if (!text)
            {
                continue;
            }

            whole[view.Buffer] ??= Utf8.IsValid(data);
            if (whole[view.Buffer] == true)
            {
                if (!OnBoundary(data, view.Offset) || !OnBoundary(data, view.Offset + view.Length))
                {
                    ColumnChecks.Throw(path, $"row {row} is not UTF-8");
                }

                continue;
            }

            left -= view.Length;
            if (left < 0)
            {
                throw new ArrowFormatException(ArrowFault.LimitExceeded, $"Column '{path}': the views add up to more than {MostWork} times their data, which is not UTF-8 as a whole; the batch is damaged.");
            }

            if (!Utf8.IsValid(data.Slice(view.Offset, view.Length)))
            {
                ColumnChecks.Throw(path, $"row {row} is not UTF-8");
            }
        }
    }

    /// <summary>Starts and sizes of list views: each row within the items, null or not.</summary>
    /// <typeparam name="T">int or long.</typeparam>
    public static void Lists<T>(ColumnBuffers buffers, int length, long items, string path)
        where T : unmanaged, IBinaryInteger<T>
    {
        ColumnChecks.Need(buffers.Offsets, path, "starts", (long)length * Marshal.SizeOf<T>());
        ColumnChecks.Need(buffers.Data, path, "sizes", (long)length * Marshal.SizeOf<T>());
        ReadOnlySpan<T> starts = MemoryMarshal.Cast<byte, T>(buffers.Offsets.Span);
        ReadOnlySpan<T> sizes = MemoryMarshal.Cast<byte, T>(buffers.Data.Span);
        for (int row = 0; row < length; row++)
        {
            long start = long.CreateTruncating(starts[row]);
            long size = long.CreateTruncating(sizes[row]);
            if (start < 0 || start > items || size < 0 || size > items - start)
            {
                ColumnChecks.Throw(path, $"row {row} is {size} items at {start}, of the {items} there are");
            }
        }
    }

    private static bool OnBoundary(ReadOnlySpan<byte> data, int at) => at == data.Length || (data[at] & 0xC0) != 0x80;
}
