using Capture.Arrow;

namespace Capture.Episodes.Alignment;

/// <summary>One leaf of a stream's schema on its way into the table: a number, a truth value, a text, or a list of fixed size of numbers.</summary>
/// <param name="Name">Stream, and the path of field names, joined by dots.</param>
/// <param name="Path">Index of the column, then of the children of structs.</param>
internal sealed record AlignedColumn(string Name, int[] Path, ArrowField Field)
{
    /// <summary>Frames, sound and lists of any length are referenced by row, not copied.</summary>
    public static IEnumerable<AlignedColumn> Of(string stream, ArrowSchema schema, IReadOnlyCollection<string> without)
    {
        for (int i = 0; i < schema.Fields.Count; i++)
        {
            if (!without.Contains(schema.Fields[i].Name, StringComparer.Ordinal))
            {
                foreach (AlignedColumn column in Flatten($"{stream}.{schema.Fields[i].Name}", [i], schema.Fields[i]))
                {
                    yield return column;
                }
            }
        }
    }

    /// <summary>The field in the table: every value may be null there.</summary>
    public ArrowField Target => Field with
    {
        Name = Name,
        Nullable = true,
        Type = Field.Type is FixedSizeListType list ? new FixedSizeListType(list.Item with { Nullable = true }, list.Size) : Field.Type,
    };

    public bool IsQuaternion => Field.Type is FixedSizeListType { Size: 4 } && Field.Metadata.Find("encoding") == "quaternion-xyzw";

    public bool IsReal => Field.Type is FloatType || Field.Type is FixedSizeListType { Item.Type: FloatType };

    /// <summary>Numbers in a cell.</summary>
    public int Width => Field.Type is FixedSizeListType list ? list.Size : 1;

    /// <summary>The column in a batch; null where a struct around it is null in that row.</summary>
    public ArrowColumn? In(RecordBatch batch, int row)
    {
        ArrowColumn column = batch.Columns[Path[0]];
        foreach (int child in Path.AsSpan(1))
        {
            if (column.IsNull(row))
            {
                return null;
            }

            column = column.Children[child];
        }

        return column.IsNull(row) ? null : column;
    }

    private static IEnumerable<AlignedColumn> Flatten(string name, int[] path, ArrowField field) => field.Type switch
    {
        StructType s => s.Fields.SelectMany((f, i) => Flatten($"{name}.{f.Name}", [.. path, i], f)),
        IntType or FloatType or BoolType => [new AlignedColumn(name, path, field)],
        FixedSizeListType { Item.Type: IntType or FloatType, Size: <= 64 } => [new AlignedColumn(name, path, field)],
        _ => [],
    };
}
