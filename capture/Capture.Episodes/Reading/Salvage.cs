using Capture.Arrow;
using Capture.Episodes.Checksums;

namespace Capture.Episodes.Reading;

/// <summary>
/// What a damaged file still proves. With a footer whose checksum is right: the schema and every batch that still begins where the footer has it. Without: the batches up to the
/// damage, and behind it those whose checksum is right, found by their mark on the next 64 bytes.
/// </summary>
internal sealed class Salvage : IDisposable
{
    private readonly ArrowRemains _remains;
    private readonly List<ArrowMessage> _batches = [];
    private readonly List<string> _losses = [];
    private byte[] _buffer = [];

    private Salvage(ArrowRemains remains, ArrowSchema schema, ArrowTail tail)
    {
        _remains = remains;
        Schema = schema;
        Tail = tail;
    }

    public ArrowSchema Schema { get; }

    public IReadOnlyList<ArrowMessage> Batches => _batches;

    /// <summary>Where the damage begins, and why the file could not be walked over it.</summary>
    public ArrowTail Tail { get; }

    /// <summary>The footer, where it is right.</summary>
    public ArrowFooter? Footer { get; private init; }

    public IReadOnlyList<string> Losses => _losses;

    /// <summary>Looks for what is left of a file; null where neither end gives a schema.</summary>
    /// <param name="walked">The file as far as it could be walked, with a schema that is right; null where it could not be walked at all.</param>
    /// <param name="deep">Compute the checksum of every batch, and leave out those that are wrong; else that is left to whoever reads them.</param>
    public static Salvage? Of(string path, ArrowReader? walked, bool deep)
    {
        ArrowRemains remains = ArrowRemains.Open(path);
        bool footer = FooterIsRight(remains);
        if (footer)
        {
            var salvage = new Salvage(remains, remains.FooterSchema!, walked?.Tail ?? new ArrowTail(ArrowTailKind.Damaged, IpcEncoder.MagicLength, remains.Length - IpcEncoder.MagicLength, "Its schema message is damaged.")) { Footer = remains.Footer };
            salvage.TakeFromFooter(deep);
            return salvage;
        }

        if (walked is null)
        {
            remains.Dispose();
            return null;
        }

        var searched = new Salvage(remains, walked.Schema, walked.Tail);
        searched.Search(walked, deep);
        return searched;
    }

    public int Read(long offset, Span<byte> destination) => _remains.Read(offset, destination);

    public void Dispose() => _remains.Dispose();

    private static bool FooterIsRight(ArrowRemains remains)
    {
        if (remains.Footer is not { } footer)
        {
            return false;
        }

        byte[] bytes = new byte[footer.Length];
        return remains.Read(footer.Offset, bytes) == bytes.Length && ChecksumCheck.Of(footer, bytes) == ChecksumState.Right;
    }

    private void TakeFromFooter(bool deep)
    {
        for (int i = 0; i < _remains.FooterBlocks.Count; i++)
        {
            ArrowBlock block = _remains.FooterBlocks[i];
            if (_remains.BatchAt(block.Offset) is { } message && message.Block == block && (!deep || !IsWrong(message)))
            {
                _batches.Add(message);
            }
            else
            {
                _losses.Add($"batch {i} at byte {block.Offset}: its metadata cannot be read, or its checksum does not match: bytes were changed after they were written");
            }
        }
    }

    private void Search(ArrowReader walked, bool deep)
    {
        // A length that was changed can make a message swallow its neighbours: the walk is believed up to a batch that is right.
        int sound = walked.Batches.Count;
        if (deep)
        {
            sound = 0;
            while (sound < walked.Batches.Count && !IsWrong(walked.Batches[sound]))
            {
                sound++;
            }
        }
        else
        {
            while (sound > 0 && IsWrong(walked.Batches[sound - 1]))
            {
                sound--;
            }
        }

        _batches.AddRange(walked.Batches.Take(sound));
        long from = sound == walked.Batches.Count ? walked.Tail.Offset : walked.Batches[sound].Block.Offset;
        long proven = from;
        for (long at = _remains.NextMark(from); at >= 0; at = _remains.NextMark(from))
        {
            if (_remains.BatchAt(at) is not { } message || !IsRight(message))
            {
                from = at + 1;
                continue;
            }

            if (at > proven)
            {
                _losses.Add($"{at - proven} bytes at {proven} are no message any more");
            }

            _batches.Add(message);
            from = proven = message.Block.End;
        }
    }

    private bool IsRight(ArrowMessage message) => Judge(message) == ChecksumState.Right;

    private bool IsWrong(ArrowMessage message) => Judge(message) == ChecksumState.Wrong;

    private ChecksumState Judge(ArrowMessage message)
    {
        int length = checked((int)message.Block.Length);
        _buffer = _buffer.Length < length ? GC.AllocateUninitializedArray<byte>(length) : _buffer;
        Span<byte> bytes = _buffer.AsSpan(0, length);
        return _remains.Read(message.Block.Offset, bytes) == length ? ChecksumCheck.Of(message, bytes) : ChecksumState.Wrong;
    }
}
