using System.Runtime.InteropServices;
using System.Text;

namespace Capture.Arrow;

/// <summary>
/// One column of a batch, top-level or nested: views into the batch's memory, nothing copied. All offsets, counts, indices and texts were
/// checked when the batch was decoded or the column made. Take spans once, not a row at a time. The spans live as long as the memory given to
/// <see cref="RecordBatch.Decode"/> or <see cref="Create"/>.
/// </summary>
public sealed partial class ArrowColumn
{
    private static readonly int[] s_noOffsets = [0];
    private static readonly long[] s_noLargeOffsets = [0];

    private readonly ColumnBuffers _buffers;
    private readonly ArrowColumn[] _children;

    internal ArrowColumn(ArrowField field, int length, int nullCount, ColumnBuffers buffers, ArrowColumn[] children, ArrowDictionary? dictionary = null)
    {
        Field = field;
        Length = length;
        NullCount = nullCount;
        _buffers = buffers;
        _children = children;
        Dictionary = dictionary;
    }

    /// <summary>What the column is.</summary>
    public ArrowField Field { get; }

    /// <summary>Values, nulls included.</summary>
    public int Length { get; }

    /// <summary>Nulls among them, as the bitmap has them: 0 for unions and runs, whose values may be null all the same (<see cref="Resolve"/>).</summary>
    public int NullCount { get; }

    /// <summary>One bit a value, lowest first, 1 = not null; empty when no value is null, and for the type null.</summary>
    public ReadOnlySpan<byte> Validity => NullCount == 0 ? [] : _buffers.Validity.Span;

    /// <summary>The columns nested in this one.</summary>
    public IReadOnlyList<ArrowColumn> Children => _children;

    /// <summary>The values that a dictionary-encoded column points to; null for all others.</summary>
    public ArrowDictionary? Dictionary { get; }

    /// <summary>The items of a list of any kind, all rows together; of a map its entries.</summary>
    public ArrowColumn Item => IsList ? _children[0] : throw Not("a list");

    /// <summary>Where each row of a column with 32-bit offsets (utf8, binary, list, map) begins, and at the end where the last one ends: <see cref="Length"/> + 1 numbers.</summary>
    public ReadOnlySpan<int> Offsets
    {
        get
        {
            if (ArrowShape.Layout(Field.Type) is not (ArrowLayout.Bytes or ArrowLayout.List))
            {
                throw Not("a column with 32-bit offsets");
            }

            // An empty column may come without any offset, and owes nobody more than a zero.
            return Length == 0 ? s_noOffsets : MemoryMarshal.Cast<byte, int>(_buffers.Offsets.Span)[..(Length + 1)];
        }
    }

    /// <summary>The same for a column with 64-bit offsets: large utf8, large binary, large list.</summary>
    public ReadOnlySpan<long> LargeOffsets =>
        ArrowShape.Layout(Field.Type) is not (ArrowLayout.LargeBytes or ArrowLayout.LargeList) ? throw Not("a column with 64-bit offsets")
        : Length == 0 ? s_noLargeOffsets
        : MemoryMarshal.Cast<byte, long>(_buffers.Offsets.Span)[..(Length + 1)];

    internal ColumnBuffers Buffers => _buffers;

    private bool IsList => Field.Type is ListType or FixedSizeListType or LargeListType or ListViewType or LargeListViewType or MapType;

    /// <summary>Whether the value is null by the column's own bitmap. What dictionaries, runs and unions lead to is asked by <see cref="Resolve"/>.</summary>
    public bool IsNull(int row)
    {
        CheckRow(row);
        if (NullCount == 0)
        {
            return false;
        }

        // Only the type null has nulls and no bitmap.
        ReadOnlySpan<byte> bits = _buffers.Validity.Span;
        return bits.IsEmpty || (bits[row >> 3] >> (row & 7) & 1) == 0;
    }

    /// <summary>The numbers of a column whose values have one width; what stands under a null means nothing.</summary>
    /// <typeparam name="T">
    /// sbyte, byte, short, ushort, int, uint, long, ulong, <see cref="Half"/>, float or double, as the column's type is; the integer that a decimal, date,
    /// time, timestamp, duration or year-month interval is counted in (<see cref="Int128"/> for decimal128); the index type of a dictionary.
    /// </typeparam>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
    {
        bool fits = NumberOf(Field.Type) == typeof(T);
        return fits ? MemoryMarshal.Cast<byte, T>(_buffers.Data.Span)[..Length] : throw Not($"a column of {typeof(T).Name}");
    }

    /// <summary>The value of a bool column; meaningless under a null.</summary>
    public bool Bool(int row)
    {
        CheckRow(row);
        return Field.Type is BoolType ? (_buffers.Data.Span[row >> 3] >> (row & 7) & 1) != 0 : throw Not("a bool column");
    }

    /// <summary>The bytes of a row: of a binary or utf8 column of any kind its value, of a column whose values have one width their little-endian form.</summary>
    public ReadOnlySpan<byte> Bytes(int row)
    {
        CheckRow(row);
        switch (ArrowShape.Layout(Field.Type))
        {
            case ArrowLayout.Fixed:
                int width = ArrowShape.ByteWidth(Field.Type);
                return _buffers.Data.Span.Slice(row * width, width);
            case ArrowLayout.Views:
                return View(row);
            default:
                (long start, long end) = DataRange(row);
                return _buffers.Data.Span[(int)start..(int)end];
        }
    }

    /// <summary>Where the row's bytes begin, from the first byte of the batch's body: with <see cref="ArrowBlock.BodyOffset"/> a byte range of the file.</summary>
    /// <exception cref="ArrowFormatException">The bytes do not lie on file as they are: they are compressed, or were made in memory.</exception>
    public long BytesOffset(int row)
    {
        CheckRow(row);
        long start = DataRange(row).Start;
        return _buffers.DataOffset >= 0
            ? _buffers.DataOffset + start
            : throw new ArrowFormatException(ArrowFault.Unsupported, $"Column '{Field.Name}' is compressed: its values have no place on file. Rewrite the file without compression.");
    }

    /// <summary>The text of a row of a utf8 column of any kind; empty under a null.</summary>
    public string Text(int row) =>
        Field.Type is Utf8Type or LargeUtf8Type or Utf8ViewType
            ? IsNull(row) ? string.Empty : Encoding.UTF8.GetString(Bytes(row))
            : throw Not("a utf8 column");

    /// <summary>Which values of <see cref="Item"/> make up the row of a list of any kind, or of a map.</summary>
    public (int Start, int Count) Items(int row)
    {
        CheckRow(row);
        switch (ArrowShape.Layout(Field.Type))
        {
            case ArrowLayout.List:
                ReadOnlySpan<int> offsets = Offsets;
                return (offsets[row], offsets[row + 1] - offsets[row]);
            case ArrowLayout.LargeList:
                ReadOnlySpan<long> large = LargeOffsets;
                return ((int)large[row], (int)(large[row + 1] - large[row]));
            case ArrowLayout.ListViews:
                return (MemoryMarshal.Cast<byte, int>(_buffers.Offsets.Span)[row], MemoryMarshal.Cast<byte, int>(_buffers.Data.Span)[row]);
            case ArrowLayout.LargeListViews:
                return ((int)MemoryMarshal.Cast<byte, long>(_buffers.Offsets.Span)[row], (int)MemoryMarshal.Cast<byte, long>(_buffers.Data.Span)[row]);
            default:
                return Field.Type is FixedSizeListType list ? (row * list.Size, list.Size) : throw Not("a list");
        }
    }

    /// <summary>The first child of a struct or union called <paramref name="name"/>.</summary>
    public ArrowColumn Child(string name) =>
        Array.Find(_children, c => string.Equals(c.Field.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException($"Column '{Field.Name}' ({Field.Type}) has no child '{name}'.", nameof(name));

    private static Type? NumberOf(ArrowType type) => type switch
    {
        IntType t => t.BitWidth switch { 8 => typeof(sbyte), 16 => typeof(short), 32 => typeof(int), _ => typeof(long) },
        UIntType t => t.BitWidth switch { 8 => typeof(byte), 16 => typeof(ushort), 32 => typeof(uint), _ => typeof(ulong) },
        FloatType t => t.BitWidth == 32 ? typeof(float) : typeof(double),
        HalfType => typeof(Half),
        DecimalType t => t.BitWidth switch { 32 => typeof(int), 64 => typeof(long), 128 => typeof(Int128), _ => null },
        TimestampType or DurationType => typeof(long),
        DateType or TimeType => ArrowShape.ByteWidth(type) == 4 ? typeof(int) : typeof(long),
        IntervalType { Unit: ArrowIntervalUnit.YearMonth } => typeof(int),
        DictionaryType t => NumberOf(t.Index),
        _ => null,
    };

    private (long Start, long End) DataRange(int row)
    {
        switch (ArrowShape.Layout(Field.Type))
        {
            case ArrowLayout.Bytes:
                ReadOnlySpan<int> offsets = Offsets;
                return (offsets[row], offsets[row + 1]);
            case ArrowLayout.LargeBytes:
                ReadOnlySpan<long> large = LargeOffsets;
                return (large[row], large[row + 1]);
            default:
                throw Not("a binary or utf8 column");
        }
    }

    private ReadOnlySpan<byte> View(int row)
    {
        if (IsNull(row))
        {
            return [];
        }

        ReadOnlySpan<byte> all = _buffers.Data.Span;
        var view = new BytesView(all.Slice(row * BytesView.Width, BytesView.Width));
        return view.Length <= BytesView.MaxInline
            ? all.Slice((row * BytesView.Width) + 4, view.Length)
            : _buffers.ViewData[view.Buffer].Span.Slice(view.Offset, view.Length);
    }

    private void CheckRow(int row) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Length, nameof(row));

    private InvalidOperationException Not(string what) => new($"Column '{Field.Name}' is {Field.Type}, not {what}.");
}
