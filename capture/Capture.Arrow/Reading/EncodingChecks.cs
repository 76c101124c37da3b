using System.Numerics;
using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>Checks of what leads to values elsewhere: dictionary indices, run ends, type ids and offsets of unions.</summary>
internal static class EncodingChecks
{
    public static void Indices(ArrowColumn column, string path)
    {
        ReadOnlySpan<byte> validity = column.Validity;
        long count = column.Dictionary!.Count;
        for (int row = 0; row < column.Length; row++)
        {
            if (ColumnChecks.IsValid(validity, row) && (ulong)column.DictionaryIndex(row) >= (ulong)count)
            {
                ColumnChecks.Throw(path, $"row {row} points to value {column.DictionaryIndex(row)} of a dictionary of {count}");
            }
        }
    }

    public static void Union(UnionType type, ColumnBuffers buffers, int length, ArrowColumn[] children, string path)
    {
        ColumnChecks.Need(buffers.Data, path, "type ids", length);
        Span<int> childOf = stackalloc int[128];
        childOf.Fill(-1);
        for (int i = 0; i < type.TypeIds.Count; i++)
        {
            childOf[type.TypeIds[i]] = i;
        }

        bool dense = type.Mode == ArrowUnionMode.Dense;
        if (dense)
        {
            ColumnChecks.Need(buffers.Offsets, path, "offsets", length * 4L);
        }

        ReadOnlySpan<byte> ids = buffers.Data.Span;
        ReadOnlySpan<int> offsets = MemoryMarshal.Cast<byte, int>(buffers.Offsets.Span);
        for (int row = 0; row < length; row++)
        {
            int child = ids[row] < 128 ? childOf[ids[row]] : -1;
            if (child < 0)
            {
                ColumnChecks.Throw(path, $"row {row} has the type id {(sbyte)ids[row]}, which no field has");
            }

            if (dense && (uint)offsets[row] >= (uint)children[child].Length)
            {
                ColumnChecks.Throw(path, $"row {row} is value {offsets[row]} of field {child}, which has {children[child].Length}");
            }
        }
    }

    public static void Runs(ArrowColumn ends, ArrowColumn values, int length, string path)
    {
        if (ends.NullCount != 0 || values.Length < ends.Length)
        {
            ColumnChecks.Throw(path, $"{ends.Length} run ends with {ends.NullCount} nulls for {values.Length} values");
        }

        switch (ends.Field.Type)
        {
            case IntType { BitWidth: 16 }:
                Runs(ends.Values<short>(), length, path);
                break;
            case IntType { BitWidth: 32 }:
                Runs(ends.Values<int>(), length, path);
                break;
            default:
                Runs(ends.Values<long>(), length, path);
                break;
        }
    }

    private static void Runs<T>(ReadOnlySpan<T> ends, int length, string path)
        where T : unmanaged, IBinaryInteger<T>
    {
        T before = T.Zero;
        for (int i = 0; i < ends.Length; i++)
        {
            if (ends[i] <= before)
            {
                ColumnChecks.Throw(path, $"run {i} ends at {ends[i]}, not behind {before}");
            }

            before = ends[i];
        }

        if (long.CreateTruncating(before) < length)
        {
            ColumnChecks.Throw(path, $"the last run ends at {before}, before the {length} rows do");
        }
    }
}
