namespace Capture.Arrow;

/// <summary>The nodes and buffers of columns in the order in which a record batch has them, cut to what their lengths need.</summary>
internal sealed class ColumnParts
{
    private static readonly byte[] s_zero = new byte[8];

    /// <summary>Length and nulls of each column, nested ones behind their parent.</summary>
    public List<(long Length, long Nulls)> Nodes { get; } = [];

    /// <summary>All buffers.</summary>
    public List<ReadOnlyMemory<byte>> Buffers { get; } = [];

    /// <summary>How many data buffers each column of views has.</summary>
    public List<long> ViewBuffers { get; } = [];

    /// <summary>Adds a column and those nested in it.</summary>
    public void Add(ArrowColumn column)
    {
        int length = column.Length;
        ColumnBuffers from = column.Buffers;
        Nodes.Add((length, column.NullCount));
        if (ArrowShape.HasBitmap(column.Field.Type))
        {
            Buffers.Add(column.NullCount == 0 ? default : from.Validity[..((length + 7) / 8)]);
        }

        switch (ArrowShape.Layout(column.Field.Type))
        {
            case ArrowLayout.Bits:
                Buffers.Add(from.Data[..((length + 7) / 8)]);
                break;
            case ArrowLayout.Fixed:
                Buffers.Add(from.Data[..(length * ArrowShape.ByteWidth(column.Field.Type))]);
                break;
            case ArrowLayout.Bytes:
                Buffers.Add(Offsets(from.Offsets, length, 4));
                Buffers.Add(from.Data[..column.Offsets[length]]);
                break;
            case ArrowLayout.LargeBytes:
                Buffers.Add(Offsets(from.Offsets, length, 8));
                Buffers.Add(from.Data[..(int)column.LargeOffsets[length]]);
                break;
            case ArrowLayout.Views:
                Buffers.Add(from.Data[..(length * BytesView.Width)]);
                Buffers.AddRange(from.ViewData);
                ViewBuffers.Add(from.ViewData.Length);
                break;
            case ArrowLayout.List:
                Buffers.Add(Offsets(from.Offsets, length, 4));
                break;
            case ArrowLayout.LargeList:
                Buffers.Add(Offsets(from.Offsets, length, 8));
                break;
            case ArrowLayout.ListViews:
                Buffers.Add(from.Offsets[..(length * 4)]);
                Buffers.Add(from.Data[..(length * 4)]);
                break;
            case ArrowLayout.LargeListViews:
                Buffers.Add(from.Offsets[..(length * 8)]);
                Buffers.Add(from.Data[..(length * 8)]);
                break;
            case ArrowLayout.SparseUnion:
                Buffers.Add(from.Data[..length]);
                break;
            case ArrowLayout.DenseUnion:
                Buffers.Add(from.Data[..length]);
                Buffers.Add(from.Offsets[..(length * 4)]);
                break;
        }

        foreach (ArrowColumn child in column.Children)
        {
            Add(child);
        }
    }

    /// <summary>An empty column may have come without offsets; readers want the one zero all the same.</summary>
    private static ReadOnlyMemory<byte> Offsets(ReadOnlyMemory<byte> offsets, int length, int width) =>
        length == 0 ? s_zero.AsMemory(0, width) : offsets[..((length + 1) * width)];
}
