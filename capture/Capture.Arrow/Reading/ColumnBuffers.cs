namespace Capture.Arrow;

/// <summary>The memory of one column, each part as its layout has it (<see cref="ArrowLayout"/>); nested columns have their own.</summary>
internal sealed class ColumnBuffers
{
    /// <summary>The bitmap, or nothing where no value is null.</summary>
    public ReadOnlyMemory<byte> Validity { get; init; }

    /// <summary>Offsets of bytes, lists and dense unions, starts of list views.</summary>
    public ReadOnlyMemory<byte> Offsets { get; init; }

    /// <summary>Values, bytes, views, type ids of unions, sizes of list views.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Where <see cref="Data"/> begins in the batch's body as it lies on file, or -1 where it does not lie there as it is.</summary>
    public long DataOffset { get; init; } = -1;

    /// <summary>The data buffers of views.</summary>
    public ReadOnlyMemory<byte>[] ViewData { get; init; } = [];
}
