using Capture.Arrow;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Alignment;

/// <summary>The batches of a stream that a block of rows needs; the last few stay decoded.</summary>
internal sealed class BatchWindow(EpisodeStream stream)
{
    private readonly RecordBatch?[] _batches = new RecordBatch?[4];
    private readonly int[] _index = [-1, -1, -1, -1];

    /// <summary>The batch that holds a row, and its first row.</summary>
    public (RecordBatch Batch, int FirstRow) At(int row)
    {
        for (int slot = 0; slot < _index.Length; slot++)
        {
            if (_batches[slot] is { } batch && row >= _index[slot] && row - _index[slot] < batch.Rows)
            {
                return (batch, _index[slot]);
            }
        }

        int number = stream.BatchOf(row);
        int target = number % _index.Length;
        RecordBatch read = stream.ReadBatch(number);
        (_batches[target], _index[target]) = (read, (int)stream.FirstRow(number));
        return (read, _index[target]);
    }
}

/// <summary>One column of a stream on its way into a table, many rows at a time. Rows that lie in one batch and have no null are copied as numbers; the rest one by one, nothing allocated.</summary>
internal sealed class ColumnFill(AlignedColumn column, AlignmentMethod method, BatchWindow batches)
{
    private long[] _scratch = [];

    public AlignedColumn Column => column;

    /// <summary>The column in the table.</summary>
    public ArrowField Target => method == AlignmentMethod.Window
        ? column.Target with { Type = new ListType(column.Target with { Name = "item", Metadata = column.Field.Metadata }) }
        : column.Target;

    public void Copy(ReadOnlySpan<int> rows, ColumnBuilder target)
    {
        int i = 0;
        while (i < rows.Length)
        {
            if (rows[i] < 0)
            {
                target.AppendNull();
                i++;
                continue;
            }

            (RecordBatch batch, int first) = batches.At(rows[i]);
            int end = i + 1;
            while (end < rows.Length && rows[end] >= first && rows[end] < first + batch.Rows)
            {
                end++;
            }

            Copy(batch, first, rows[i..end], target);
            i = end;
        }
    }

    public void Blend(ReadOnlySpan<int> order, ReadOnlySpan<int> positions, ReadOnlySpan<int> before, ReadOnlySpan<double> weights, ColumnBuilder target)
    {
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] < 0 || positions[i] < 0)
            {
                target.AppendNull();
                continue;
            }

            (RecordBatch a, int firstA) = batches.At(order[before[i]]);
            int rowA = order[before[i]] - firstA;
            if (weights[i] == 0)
            {
                ValueWriter.Copy(column.In(a, rowA), rowA, target);
                continue;
            }

            (RecordBatch b, int firstB) = batches.At(order[before[i] + 1]);
            int rowB = order[before[i] + 1] - firstB;
            ValueWriter.Blend(column.In(a, rowA), rowA, column.In(b, rowB), rowB, weights[i], method == AlignmentMethod.Slerp && column.IsQuaternion, target);
        }
    }

    public void Mean(ReadOnlySpan<int> order, ReadOnlySpan<int> firsts, ReadOnlySpan<int> counts, ColumnBuilder target)
    {
        Span<double> sums = stackalloc double[column.Width];
        Span<int> seen = stackalloc int[column.Width];
        for (int i = 0; i < firsts.Length; i++)
        {
            sums.Clear();
            seen.Clear();
            for (int k = firsts[i]; k < firsts[i] + counts[i]; k++)
            {
                (RecordBatch batch, int first) = batches.At(order[k]);
                ValueWriter.Add(column.In(batch, order[k] - first), order[k] - first, column.IsQuaternion, sums, seen);
            }

            ValueWriter.AppendMean(sums, seen, column.IsQuaternion, target);
        }
    }

    public void Window(ReadOnlySpan<int> order, ReadOnlySpan<int> firsts, ReadOnlySpan<int> counts, ColumnBuilder target)
    {
        var list = (ListColumn)target;
        for (int i = 0; i < firsts.Length; i++)
        {
            list.Begin();
            if (counts[i] > 0)
            {
                Copy(order.Slice(firsts[i], counts[i]), list.Item);
            }

            list.End();
        }
    }

    private void Copy(RecordBatch batch, int first, ReadOnlySpan<int> rows, ColumnBuilder target)
    {
        if (column.Path.Length == 1 && batch.Columns[column.Path[0]] is { NullCount: 0 } source)
        {
            switch (target)
            {
                case Float64Column c:
                    Copy(source.Values<double>(), first, rows, c);
                    return;
                case Float32Column c:
                    Copy(source.Values<float>(), first, rows, c);
                    return;
                case Int64Column c:
                    Copy(source.Values<long>(), first, rows, c);
                    return;
                case Int32Column c:
                    Copy(source.Values<int>(), first, rows, c);
                    return;
                case Int16Column c:
                    Copy(source.Values<short>(), first, rows, c);
                    return;
                case FixedSizeListColumn { Item: Float64Column } c when source.Item.NullCount == 0:
                    CopyLists<double>(source, first, rows, c);
                    return;
                case FixedSizeListColumn { Item: Float32Column } c when source.Item.NullCount == 0:
                    CopyLists<float>(source, first, rows, c);
                    return;
                default:
                    break;
            }
        }

        foreach (int row in rows)
        {
            ValueWriter.Copy(column.In(batch, row - first), row - first, target);
        }
    }

    private void Copy<T>(ReadOnlySpan<T> values, int first, ReadOnlySpan<int> rows, PrimitiveColumn<T> target)
        where T : unmanaged
    {
        if (_scratch.Length < rows.Length)
        {
            _scratch = new long[Math.Max(rows.Length, AlignmentCursor.RowsPerBlock)];
        }

        Span<T> gathered = System.Runtime.InteropServices.MemoryMarshal.Cast<long, T>(_scratch.AsSpan())[..rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            gathered[i] = values[rows[i] - first];
        }

        target.Append(gathered);
    }

    private static void CopyLists<T>(ArrowColumn source, int first, ReadOnlySpan<int> rows, FixedSizeListColumn target)
        where T : unmanaged
    {
        ReadOnlySpan<T> items = source.Item.Values<T>();
        int size = target.ListSize;
        foreach (int row in rows)
        {
            target.Append(items.Slice((row - first) * size, size));
        }
    }
}
