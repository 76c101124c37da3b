using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>
/// The batches of a sealed file as its footer lists them, with their rows, so that opening it reads its two ends and none of its messages: what the list says of a batch is proven
/// when that is read.
/// </summary>
internal sealed class FooterIndex : IDisposable
{
    private readonly ArrowRemains _remains;
    private readonly int[] _rows;

    private FooterIndex(ArrowRemains remains, ArrowMessage schemaMessage, int[] rows)
    {
        _remains = remains;
        _rows = rows;
        Messages = new ArrowMessage?[rows.Length];
        SchemaMessage = schemaMessage;
        long end = Footer.Offset - IpcEncoder.EndOfStreamLength;
        Tail = new ArrowTail(ArrowTailKind.Sealed, end, remains.Length - end, null);
    }

    public ArrowSchema Schema => _remains.FooterSchema!;

    public ArrowMessage SchemaMessage { get; }

    public ArrowFooter Footer => _remains.Footer!;

    public ArrowTail Tail { get; }

    public int Batches => _rows.Length;

    /// <summary>Opens a file by its footer; null where that has no list of rows, or the file is not what a writer of the format seals: then it must be walked.</summary>
    public static FooterIndex? Open(string path)
    {
        ArrowRemains remains = ArrowRemains.Open(path);
        FooterIndex? index = null;
        try
        {
            index = Of(remains);
        }
        finally
        {
            if (index is null)
            {
                remains.Dispose();
            }
        }

        return index;
    }

    /// <summary>Of each batch that was read, what its message says.</summary>
    public ArrowMessage?[] Messages { get; }

    public int RowsOf(int batch) => _rows[batch];

    public ArrowBlock BlockOf(int batch) => _remains.FooterBlocks[batch];

    public int Read(long offset, Span<byte> destination) => _remains.Read(offset, destination);

    public void Dispose() => _remains.Dispose();

    private static FooterIndex? Of(ArrowRemains remains)
    {
        if (remains.Footer is not { } footer
            || footer.Metadata.FirstOrDefault(p => p.Key == MetadataKeys.Rows) is not { Value: { } text }
            || RowCounts.TryRead(text, remains.FooterBlocks.Count) is not { } rows
            || remains.ReadHead(out ArrowSchema? schema) is not { } head
            || !schema!.Equals(remains.FooterSchema)
            || !Lies(remains, head.Block.End))
        {
            return null;
        }

        byte[] bytes = new byte[Math.Max(head.Block.Length, footer.Length)];
        Span<byte> message = bytes.AsSpan(0, (int)head.Block.Length);
        if (remains.Read(head.Block.Offset, message) != message.Length || ChecksumCheck.Of(head, message) != ChecksumState.Right)
        {
            return null;
        }

        Span<byte> end = bytes.AsSpan(0, footer.Length);
        return remains.Read(footer.Offset, end) == end.Length && ChecksumCheck.Of(footer, end) == ChecksumState.Right ? new FooterIndex(remains, head, rows) : null;
    }

    /// <summary>Whether the blocks lie one behind the other, from the schema to the end-of-stream mark before the footer: then a walk would come by them and nothing else.</summary>
    private static bool Lies(ArrowRemains remains, long end)
    {
        ArrowReadLimits limits = ArrowReadLimits.Default;
        foreach (ArrowBlock block in remains.FooterBlocks)
        {
            if (block.Offset != end || block.MetadataLength <= 0 || block.MetadataLength > limits.MetadataBytes || block.BodyLength < 0 || block.BodyLength > limits.BodyBytes)
            {
                return false;
            }

            end = block.End;
        }

        Span<byte> there = stackalloc byte[IpcEncoder.EndOfStreamLength];
        Span<byte> mark = stackalloc byte[IpcEncoder.EndOfStreamLength];
        IpcEncoder.EncodeEndOfStream(mark);
        return end + mark.Length == remains.Footer!.Offset && remains.Read(end, there) == there.Length && there.SequenceEqual(mark);
    }
}
