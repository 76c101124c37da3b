namespace Capture.Arrow;

/// <summary>Makes a column of its parts, once all that its type promises was checked.</summary>
internal static class ColumnAssembly
{
    /// <summary>Checks and makes a column. <paramref name="path"/> is for the sentence of a refusal.</summary>
    /// <exception cref="ArrowFormatException">The parts break a promise.</exception>
    public static ArrowColumn Build(ArrowField field, int length, int nulls, ColumnBuffers buffers, ArrowColumn[] children, ArrowDictionary? dictionary, string path)
    {
        ArrowLayout layout = ArrowShape.Layout(field.Type);
        if (ArrowShape.HasBitmap(field.Type))
        {
            ColumnChecks.Bitmap(buffers.Validity, length, nulls, path);
        }

        switch (layout)
        {
            case ArrowLayout.Bits:
                ColumnChecks.Need(buffers.Data, path, "values", (length + 7L) / 8);
                break;
            case ArrowLayout.Fixed:
                ColumnChecks.Need(buffers.Data, path, "values", (long)length * ArrowShape.ByteWidth(field.Type));
                break;
            case ArrowLayout.Bytes:
                ColumnChecks.Offsets<int>(buffers.Offsets, length, buffers.Data.Length, path);
                if (field.Type is Utf8Type)
                {
                    ColumnChecks.Text<int>(buffers.Offsets, buffers.Data.Span, buffers.Validity.Span, length, path);
                }

                break;
            case ArrowLayout.LargeBytes:
                ColumnChecks.Offsets<long>(buffers.Offsets, length, buffers.Data.Length, path);
                if (field.Type is LargeUtf8Type)
                {
                    ColumnChecks.Text<long>(buffers.Offsets, buffers.Data.Span, buffers.Validity.Span, length, path);
                }

                break;
            case ArrowLayout.Views:
                ViewChecks.Bytes(buffers, length, field.Type is Utf8ViewType, path);
                break;
            case ArrowLayout.List:
                ColumnChecks.Offsets<int>(buffers.Offsets, length, children[0].Length, path);
                break;
            case ArrowLayout.LargeList:
                ColumnChecks.Offsets<long>(buffers.Offsets, length, children[0].Length, path);
                break;
            case ArrowLayout.ListViews:
                ViewChecks.Lists<int>(buffers, length, children[0].Length, path);
                break;
            case ArrowLayout.LargeListViews:
                ViewChecks.Lists<long>(buffers, length, children[0].Length, path);
                break;
            case ArrowLayout.SparseUnion or ArrowLayout.DenseUnion:
                EncodingChecks.Union((UnionType)field.Type, buffers, length, children, path);
                break;
            case ArrowLayout.Runs:
                EncodingChecks.Runs(children[0], children[1], length, path);
                break;
        }

        var column = new ArrowColumn(field, length, nulls, buffers, children, dictionary);
        if (field.Type is DictionaryType)
        {
            EncodingChecks.Indices(column, path);
        }

        return column;
    }

    /// <summary>How long the children of a column must be, or -1 where its own length counts.</summary>
    public static long ChildLength(ArrowType type, long length) => type switch
    {
        FixedSizeListType t => length * t.Size,
        StructType or UnionType { Mode: ArrowUnionMode.Sparse } => length,
        _ => -1,
    };
}
