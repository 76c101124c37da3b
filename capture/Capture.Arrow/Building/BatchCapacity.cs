namespace Capture.Arrow;

/// <summary>
/// How much a <see cref="BatchBuilder"/> holds. All of it is taken from native memory at once and never grows.
/// Columns are named by their path: field names joined with dots (<c>markers.item.x</c>).
/// </summary>
public sealed record BatchCapacity
{
    private static readonly IReadOnlyDictionary<string, int> s_none = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Rows of a batch; at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>Data bytes of each utf8 and binary column that <see cref="BytesOf"/> does not name.</summary>
    public int VariableBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// How many of <see cref="VariableBytes"/> a batch usually takes: so many are backed by memory at once. The rest waits for the batch that needs it, which then pays for its pages; a
    /// column that must be able to hold one row far above the usual size does not cost that much memory in every batch.
    /// </summary>
    public int UsualVariableBytes { get; init; } = int.MaxValue;

    /// <summary>Items of each list column that <see cref="ItemsOf"/> does not name, all rows together.</summary>
    public int ListItems { get; init; } = 4096;

    /// <summary>Data bytes of single utf8 and binary columns, by path.</summary>
    public IReadOnlyDictionary<string, int> BytesOf { get; init; } = s_none;

    /// <summary>Items of single list columns, all rows together, by path.</summary>
    public IReadOnlyDictionary<string, int> ItemsOf { get; init; } = s_none;
}
