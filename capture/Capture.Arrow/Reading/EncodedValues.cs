using System.Numerics;
using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <content>Values that stand elsewhere: dictionaries, runs, unions.</content>
public sealed partial class ArrowColumn
{
    /// <summary>The type id of each row of a union.</summary>
    public ReadOnlySpan<sbyte> TypeIds =>
        Field.Type is UnionType ? MemoryMarshal.Cast<byte, sbyte>(_buffers.Data.Span)[..Length] : throw Not("a union");

    /// <summary>Which value of <see cref="Dictionary"/> the row points to; meaningless under a null.</summary>
    public long DictionaryIndex(int row)
    {
        CheckRow(row);
        if (Field.Type is not DictionaryType type)
        {
            throw Not("a dictionary");
        }

        ReadOnlySpan<byte> data = _buffers.Data.Span;
        return type.Index switch
        {
            IntType { BitWidth: 8 } => (sbyte)data[row],
            UIntType { BitWidth: 8 } => data[row],
            IntType { BitWidth: 16 } => MemoryMarshal.Cast<byte, short>(data)[row],
            UIntType { BitWidth: 16 } => MemoryMarshal.Cast<byte, ushort>(data)[row],
            IntType { BitWidth: 32 } => MemoryMarshal.Cast<byte, int>(data)[row],
            UIntType { BitWidth: 32 } => MemoryMarshal.Cast<byte, uint>(data)[row],
            _ => MemoryMarshal.Cast<byte, long>(data)[row],
        };
    }

    /// <summary>
    /// Where the row's value stands: behind dictionaries, runs and unions, as many as there are. The column that comes back is of another type,
    /// or it is this one and the row's index is null.
    /// </summary>
    public ArrowValue Resolve(int row)
    {
        CheckRow(row);
        var value = new ArrowValue(this, row);
        while (!value.IsNull)
        {
            if (value.Column.Field.Type is not (DictionaryType or RunEndType or UnionType))
            {
                return value;
            }

            value = value.Column.Behind(value.Row);
        }

        return value;
    }

    /// <summary>What one dictionary, run or union leads to.</summary>
    internal ArrowValue Behind(int row) => Field.Type switch
    {
        DictionaryType => Dictionary!.Locate(DictionaryIndex(row)),
        RunEndType => new ArrowValue(_children[1], Run(row)),
        UnionType union => UnionValue(union, row),
        _ => throw Not("a dictionary, runs or a union"),
    };

    private ArrowValue UnionValue(UnionType type, int row)
    {
        ArrowColumn child = _children[type.IndexOf(TypeIds[row])];
        return new ArrowValue(child, type.Mode == ArrowUnionMode.Sparse ? row : MemoryMarshal.Cast<byte, int>(_buffers.Offsets.Span)[row]);
    }

    /// <summary>In which run the row is: the first whose end lies behind it.</summary>
    private int Run(int row) => _children[0].Field.Type switch
    {
        IntType { BitWidth: 16 } => Run(_children[0].Values<short>(), row),
        IntType { BitWidth: 32 } => Run(_children[0].Values<int>(), row),
        _ => Run(_children[0].Values<long>(), row),
    };

    private static int Run<T>(ReadOnlySpan<T> ends, int row)
        where T : unmanaged, IBinaryInteger<T>
    {
        int low = 0;
        int high = ends.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (long.CreateTruncating(ends[middle]) > row)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
