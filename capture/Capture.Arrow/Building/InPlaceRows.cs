namespace Capture.Arrow;

/// <summary>
/// Counts rows of fixed width that were written in place, once a batch. Twenty streams that take turns do not fit the processor's first cache with every column's count beside its
/// values: counting them row by row cost as much as writing them.
/// </summary>
internal sealed class InPlaceRows
{
    private readonly ColumnBuilder[] _columns;
    private readonly int[] _values;

    private InPlaceRows(ColumnBuilder[] columns, int[] values)
    {
        _columns = columns;
        _values = values;
    }

    /// <summary>For these columns and all that are nested in them; null where one of them is not of fixed width.</summary>
    public static InPlaceRows? For(IReadOnlyList<ColumnBuilder> columns)
    {
        var all = new List<ColumnBuilder>();
        var values = new List<int>();
        return columns.All(c => Take(c, 1, all, values)) ? new InPlaceRows([.. all], [.. values]) : null;
    }

    public void CountUpTo(int rows)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            _columns[i].CountUpTo(rows * _values[i]);
        }
    }

    private static bool Take(ColumnBuilder column, int values, List<ColumnBuilder> all, List<int> counts)
    {
        all.Add(column);
        counts.Add(values);
        return column switch
        {
            { IsNumbers: true } => true,
            FixedSizeListColumn list => Take(list.Item, values * list.ListSize, all, counts),
            _ => false,
        };
    }
}
