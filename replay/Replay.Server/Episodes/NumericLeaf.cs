using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Replay.Server.Episodes;

/// <summary>
/// A number in a row, however deep it lies: <c>position[0]</c>, <c>gripper.position[0]</c>, <c>gripper.tracked</c>. Lists of any length, text and
/// bytes have none. bool counts as 0 and 1, and null is NaN.
/// </summary>
internal sealed class NumericLeaf
{
    // A list longer than this is a blob, not a set of plots.
    private const int MaxListSize = 64;

    private static readonly string[] s_common =
        [CommonColumns.Sequence, CommonColumns.Segment, CommonColumns.DeviceTicks, CommonColumns.HostTime, CommonColumns.EpisodeTime];

    private readonly int[] _path;
    private readonly int _item;

    private NumericLeaf(string name, string? unit, int[] path, int item)
    {
        Name = name;
        Unit = unit;
        _path = path;
        _item = item;
    }

    public string Name { get; }

    /// <summary>The field's unit, of the nearest field above that has one; null where none has.</summary>
    public string? Unit { get; }

    /// <summary>The numbers of a stream, common columns left out. None of pictures and sound: these have answers of their own.</summary>
    public static IReadOnlyList<NumericLeaf> Of(ArrowSchema schema, string kind)
    {
        var leaves = new List<NumericLeaf>();
        if (kind is StreamKinds.CameraFrame or StreamKinds.AudioPeriod)
        {
            return leaves;
        }

        for (int i = 0; i < schema.Fields.Count; i++)
        {
            if (!s_common.Contains(schema.Fields[i].Name, StringComparer.Ordinal))
            {
                Add(leaves, schema.Fields[i], schema.Fields[i].Name, null, [i]);
            }
        }

        return leaves;
    }

    /// <summary>The values of all rows of a batch, one after the other.</summary>
    public void Read(RecordBatch batch, Span<double> values)
    {
        ArrowColumn column = batch.Columns[_path[0]];
        Span<bool> absent = values.Length <= 1024 ? stackalloc bool[values.Length] : new bool[values.Length];
        foreach (int step in _path.AsSpan(1))
        {
            MarkNulls(column, absent, 1, 0);
            column = column.Children[step];
        }

        (int stride, int first) = (1, 0);
        if (_item >= 0)
        {
            MarkNulls(column, absent, 1, 0);
            stride = ((FixedSizeListType)column.Field.Type).Size;
            first = _item;
            column = column.Item;
        }

        MarkNulls(column, absent, stride, first);
        Copy(column, values, stride, first);
        for (int row = 0; row < values.Length; row++)
        {
            if (absent[row])
            {
                values[row] = double.NaN;
            }
        }
    }

    private static void Add(List<NumericLeaf> leaves, ArrowField field, string name, string? unit, int[] path)
    {
        unit = field.Metadata.Find("unit") ?? unit;
        switch (field.Type)
        {
            case IntType or FloatType or BoolType:
                leaves.Add(new NumericLeaf(name, unit, path, item: -1));
                break;
            case FixedSizeListType { Size: <= MaxListSize, Item.Type: IntType or FloatType or BoolType } list:
                string? itemUnit = list.Item.Metadata.Find("unit") ?? unit;
                for (int i = 0; i < list.Size; i++)
                {
                    leaves.Add(new NumericLeaf($"{name}[{i}]", itemUnit, path, i));
                }

                break;
            case StructType s:
                for (int i = 0; i < s.Fields.Count; i++)
                {
                    Add(leaves, s.Fields[i], $"{name}.{s.Fields[i].Name}", unit, [.. path, i]);
                }

                break;
        }
    }

    private static void MarkNulls(ArrowColumn column, Span<bool> absent, int stride, int first)
    {
        if (column.NullCount == 0)
        {
            return;
        }

        for (int row = 0; row < absent.Length; row++)
        {
            absent[row] |= column.IsNull((row * stride) + first);
        }
    }

    private static void Copy(ArrowColumn column, Span<double> values, int stride, int first)
    {
        switch (column.Field.Type)
        {
            case BoolType:
                for (int row = 0; row < values.Length; row++)
                {
                    values[row] = column.Bool((row * stride) + first) ? 1 : 0;
                }

                break;
            case FloatType { BitWidth: 32 }:
                Copy(column.Values<float>(), values, stride, first);
                break;
            case FloatType:
                Copy(column.Values<double>(), values, stride, first);
                break;
            case IntType { BitWidth: 8 }:
                Copy(column.Values<sbyte>(), values, stride, first);
                break;
            case IntType { BitWidth: 16 }:
                Copy(column.Values<short>(), values, stride, first);
                break;
            case IntType { BitWidth: 32 }:
                Copy(column.Values<int>(), values, stride, first);
                break;
            default:
                Copy(column.Values<long>(), values, stride, first);
                break;
        }
    }

    private static void Copy<T>(ReadOnlySpan<T> from, Span<double> values, int stride, int first)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        for (int row = 0; row < values.Length; row++)
        {
            values[row] = double.CreateTruncating(from[(row * stride) + first]);
        }
    }
}
