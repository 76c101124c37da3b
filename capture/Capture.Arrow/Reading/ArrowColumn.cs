using System.Runtime.InteropServices;
using System.Text;

namespace Capture.Arrow;

/// <summary>
/// One column of a batch that was read, top-level or nested: views into the batch's memory, nothing copied. All offsets, counts and texts were
/// checked when the batch was decoded. Take spans once, not a row at a time. The spans live as long as the memory given to <see cref="RecordBatch.Decode"/>.
/// </summary>
public sealed class ArrowColumn
{
    private static readonly int[] s_noOffsets = [0];

    private readonly ReadOnlyMemory<byte> _body;
    private readonly BodyRange _validity;
    private readonly BodyRange _offsets;
    private readonly BodyRange _data;
    private readonly ArrowColumn[] _children;

    internal ArrowColumn(ArrowField field, int length, int nullCount, ReadOnlyMemory<byte> body, BodyRange validity, BodyRange offsets, BodyRange data, ArrowColumn[] children)
    {
        Field = field;
        Length = length;
        NullCount = nullCount;
        _body = body;
        _validity = validity;
        _offsets = offsets;
        _data = data;
        _children = children;
    }

    /// <summary>What the column is.</summary>
    public ArrowField Field { get; }

    /// <summary>Values, nulls included.</summary>
    public int Length { get; }

    /// <summary>Nulls among them.</summary>
    public int NullCount { get; }

    /// <summary>One bit a value, lowest first, 1 = not null; empty when no value is null.</summary>
    public ReadOnlySpan<byte> Validity => NullCount == 0 ? [] : Slice(_validity);

    /// <summary>The columns nested in this one.</summary>
    public IReadOnlyList<ArrowColumn> Children => _children;

    /// <summary>The items of a list or fixed-size list, all rows together.</summary>
    public ArrowColumn Item => Field.Type is ListType or FixedSizeListType ? _children[0] : throw Not("a list");

    /// <summary>Where each row of a utf8, binary or list column begins, and at the end where the last one ends: <see cref="Length"/> + 1 numbers.</summary>
    public ReadOnlySpan<int> Offsets
    {
        get
        {
            if (Field.Type is not (Utf8Type or BinaryType or ListType))
            {
                throw Not("a column with offsets");
            }

            // An empty column may come without any offset, and owes nobody more than a zero.
            return Length == 0 ? s_noOffsets : MemoryMarshal.Cast<byte, int>(Slice(_offsets))[..(Length + 1)];
        }
    }

    /// <summary>Whether the value is null.</summary>
    public bool IsNull(int row)
    {
        CheckRow(row);
        return NullCount != 0 && (Slice(_validity)[row >> 3] >> (row & 7) & 1) == 0;
    }

    /// <summary>The numbers of an integer or floating-point column; what stands under a null means nothing.</summary>
    /// <typeparam name="T">sbyte, short, int, long, float or double, as the column's type is.</typeparam>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
    {
        bool fits = Field.Type switch
        {
            IntType { BitWidth: 8 } => typeof(T) == typeof(sbyte),
            IntType { BitWidth: 16 } => typeof(T) == typeof(short),
            IntType { BitWidth: 32 } => typeof(T) == typeof(int),
            IntType { BitWidth: 64 } => typeof(T) == typeof(long),
            FloatType { BitWidth: 32 } => typeof(T) == typeof(float),
            FloatType { BitWidth: 64 } => typeof(T) == typeof(double),
            _ => false,
        };
        return fits ? MemoryMarshal.Cast<byte, T>(Slice(_data))[..Length] : throw Not($"a column of {typeof(T).Name}");
    }

    /// <summary>The value of a bool column; meaningless under a null.</summary>
    public bool Bool(int row)
    {
        CheckRow(row);
        return Field.Type is BoolType ? (Slice(_data)[row >> 3] >> (row & 7) & 1) != 0 : throw Not("a bool column");
    }

    /// <summary>The bytes of a row of a binary or utf8 column.</summary>
    public ReadOnlySpan<byte> Bytes(int row)
    {
        (int start, int end) = DataRange(row);
        return Slice(_data)[start..end];
    }

    /// <summary>Where the row's bytes begin, from the first byte of the batch's body: with <see cref="ArrowBlock.BodyOffset"/> a byte range of the file.</summary>
    public long BytesOffset(int row) => _data.Offset + (long)DataRange(row).Start;

    /// <summary>The text of a row of a utf8 column; empty under a null.</summary>
    public string Text(int row) => Field.Type is Utf8Type ? Encoding.UTF8.GetString(Bytes(row)) : throw Not("a utf8 column");

    /// <summary>Which values of <see cref="Item"/> make up the row of a list or fixed-size list.</summary>
    public (int Start, int Count) Items(int row)
    {
        CheckRow(row);
        switch (Field.Type)
        {
            case FixedSizeListType list:
                return (row * list.Size, list.Size);
            case ListType:
                ReadOnlySpan<int> offsets = Offsets;
                return (offsets[row], offsets[row + 1] - offsets[row]);
            default:
                throw Not("a list");
        }
    }

    /// <summary>The first child of a struct called <paramref name="name"/>.</summary>
    public ArrowColumn Child(string name) =>
        Array.Find(_children, c => string.Equals(c.Field.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException($"Column '{Field.Name}' ({Field.Type}) has no child '{name}'.", nameof(name));

    private (int Start, int End) DataRange(int row)
    {
        CheckRow(row);
        if (Field.Type is not (BinaryType or Utf8Type))
        {
            throw Not("a binary or utf8 column");
        }

        ReadOnlySpan<int> offsets = MemoryMarshal.Cast<byte, int>(Slice(_offsets));
        return (offsets[row], offsets[row + 1]);
    }

    private ReadOnlySpan<byte> Slice(BodyRange range) => _body.Span.Slice(range.Offset, range.Length);

    private void CheckRow(int row) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Length, nameof(row));

    private InvalidOperationException Not(string what) => new($"Column '{Field.Name}' is {Field.Type}, not {what}.");
}

/// <summary>A checked range of a batch's body.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BodyRange(int Offset, int Length);
