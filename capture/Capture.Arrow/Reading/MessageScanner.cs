using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Capture.Arrow;

/// <summary>Walks the messages of a file or stream, keeps the whole ones and classifies what lies behind them.</summary>
internal sealed class MessageScanner
{
    private readonly ArrowSource _source;
    private readonly List<ArrowMessage> _batches = [];
    private readonly List<ArrowMessage> _dictionaries = [];
    private readonly HashSet<long> _ids;
    private long _position;

    /// <summary>Finds out whether it is a file and reads the schema.</summary>
    public MessageScanner(ArrowSource source, ArrowReadLimits limits)
    {
        _source = source;
        Limits = limits;
        long length = source.Length;
        ReadOnlySpan<byte> head = source.Peek(0, (int)Math.Min(FlatNames.HeadLength, length));
        if (head.Length < FlatNames.HeadLength)
        {
            throw new ArrowFormatException(ArrowFault.Truncated, $"{length} bytes are too few for an Arrow file or stream.");
        }

        IsFile = head.StartsWith(FlatNames.Magic);
        if (!IsFile && BinaryPrimitives.ReadUInt32LittleEndian(head) != FlatNames.Continuation)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"It begins with {Convert.ToHexString(head)}, neither 'ARROW1' nor FFFFFFFF; this is no Arrow file or stream.");
        }

        _position = IsFile ? FlatNames.HeadLength : 0;
        Dictionaries = new DictionaryState(IsFile);
        Step step = Next(length, out ArrowMessage? message, out ArrowSchema? schema, out string? reason);
        if (step != Step.Message && !(IsFile && step == Step.EndOfStream))
        {
            throw new ArrowFormatException(ArrowFault.Truncated, $"It ends before its schema does ({reason ?? "end of stream"}); nothing can be read.");
        }

        if (schema is not null)
        {
            Schema = schema;
            _ids = Ids(schema);
            SchemaMessage = message;
            _position = message!.Block.End;
            return;
        }

        // apache-arrow for JavaScript leaves the schema out of the stream part of its files.
        long behind = step == Step.EndOfStream ? _position + FlatNames.PrefixLength : _position;
        if (!IsFile || !TryFooter(length, behind, out ReadOnlySpan<byte> footer, out _, out reason))
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"The first message is not a schema, and there is no footer to hold one. {reason}".TrimEnd());
        }

        Schema = new SchemaDecoding(limits, footer.Length).Read(FlatTable.Root(footer).Table(1, "schema"));
        _ids = Ids(Schema);
    }

    private enum Step
    {
        Message,
        End,
        EndOfStream,
        Torn,
    }

    public ArrowReadLimits Limits { get; }

    public bool IsFile { get; }

    public ArrowSchema Schema { get; }

    public ArrowMessage? SchemaMessage { get; }

    public IReadOnlyList<ArrowMessage> Batches => _batches;

    /// <summary>Whether any field is dictionary-encoded.</summary>
    public bool HasDictionaries => _ids.Count != 0;

    public IReadOnlyList<ArrowMessage> DictionaryMessages => _dictionaries;

    /// <summary>Which dictionaries hold for which batch.</summary>
    public DictionaryState Dictionaries { get; }

    public ArrowTail Tail { get; private set; }

    public ArrowFooter? Footer { get; private set; }

    /// <summary>Walks on from the last whole message; returns the number of new batches.</summary>
    public int Continue()
    {
        int before = _batches.Count;
        if (Footer is not null)
        {
            return 0;
        }

        _source.Forget();

        long length = _source.Length;
        try
        {
            while (true)
            {
                Step step = Next(length, out ArrowMessage? message, out ArrowSchema? schema, out string? reason);
                if (step == Step.Message)
                {
                    if (schema is not null)
                    {
                        throw new ArrowFormatException(ArrowFault.Malformed, "A second schema lies among the batches.");
                    }

                    Take(message!);
                    _position = message!.Block.End;
                    continue;
                }

                ArrowTailKind kind = step switch
                {
                    Step.End => ArrowTailKind.Open,
                    Step.Torn => ArrowTailKind.Torn,
                    _ => Seal(length, out reason),
                };
                Tail = new ArrowTail(kind, _position, Math.Max(0, length - _position), reason);
                return _batches.Count - before;
            }
        }
        catch (ArrowFormatException e)
        {
            Tail = new ArrowTail(ArrowTailKind.Damaged, _position, Math.Max(0, length - _position), $"Byte {_position}: {e.Message}");
            return _batches.Count - before;
        }
    }

    private static HashSet<long> Ids(ArrowSchema schema) => [.. ArrowShape.Dictionaries(schema.Fields).Select(d => d.Id)];

    private void Take(ArrowMessage message)
    {
        List<ArrowMessage> kind = message.Kind == ArrowMessageKind.RecordBatch ? _batches : _dictionaries;
        if (kind.Count == Limits.Messages)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"There are more than {Limits.Messages} {(kind == _batches ? "batches" : "dictionaries")}; raise ArrowReadLimits.Messages if that is meant.");
        }

        if (message.Kind == ArrowMessageKind.RecordBatch)
        {
            Dictionaries.BatchFound();
        }
        else if (_ids.Contains(message.DictionaryId))
        {
            Dictionaries.Add(message);
        }
        else
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"A dictionary has the id {message.DictionaryId}, which no field has.");
        }

        kind.Add(message);
    }

    private Step Next(long length, out ArrowMessage? message, out ArrowSchema? schema, out string? reason)
    {
        message = null;
        schema = null;
        reason = null;
        long left = length - _position;
        if (left <= 0)
        {
            return Step.End;
        }

        if (left < FlatNames.PrefixLength || !TryPeek(_position, FlatNames.PrefixLength, out ReadOnlySpan<byte> prefix))
        {
            reason = $"{left} bytes at {_position} are less than a message's prefix.";
            return Step.Torn;
        }

        if (MessageDecoding.ReadPrefix(prefix, Limits, out int metadataLength) == MessageDecoding.Prefix.EndOfStream)
        {
            return Step.EndOfStream;
        }

        left -= FlatNames.PrefixLength;
        if (metadataLength > left || !TryPeek(_position + FlatNames.PrefixLength, metadataLength, out ReadOnlySpan<byte> metadata))
        {
            reason = $"The message at {_position} has {metadataLength} bytes of metadata, of which {left} are there.";
            return Step.Torn;
        }

        message = MessageDecoding.Read(metadata, _position, Limits, out schema);
        left -= metadataLength;
        if (message.Block.BodyLength > left)
        {
            reason = $"The message at {_position} has a body of {message.Block.BodyLength} bytes, of which {left} are there.";
            return Step.Torn;
        }

        return Step.Message;
    }

    private ArrowTailKind Seal(long length, out string? reason)
    {
        reason = null;
        if (!IsFile)
        {
            return ArrowTailKind.EndOfStream;
        }

        if (!TryFooter(length, _position + FlatNames.PrefixLength, out ReadOnlySpan<byte> footer, out long offset, out reason))
        {
            return ArrowTailKind.Torn;
        }

        Footer = ReadFooter(footer, offset);
        return ArrowTailKind.Sealed;
    }

    /// <summary>Finds the footer's flatbuffer at the end, behind <paramref name="start"/>. False, with the reason, when it is not (yet) whole.</summary>
    private bool TryFooter(long length, long start, out ReadOnlySpan<byte> footer, out long offset, out string? reason)
    {
        footer = default;
        offset = 0;
        reason = null;
        int trailer = 4 + FlatNames.Magic.Length;
        if (length - start < trailer
            || !TryPeek(length - trailer, trailer, out ReadOnlySpan<byte> end)
            || !end[4..].SequenceEqual(FlatNames.Magic))
        {
            reason = $"The {Math.Max(0, length - start)} bytes behind {start} do not end as a footer does.";
            return false;
        }

        int footerLength = BinaryPrimitives.ReadInt32LittleEndian(end);
        offset = length - trailer - footerLength;
        if (footerLength < 4 || offset < start)
        {
            Throw($"The footer's length is {footerLength}, where {length - start - trailer} bytes lie behind the last message.");
        }

        if (footerLength > Limits.FooterBytes)
        {
            throw new ArrowFormatException(ArrowFault.LimitExceeded, $"The footer's length is {footerLength}, over the limit of {Limits.FooterBytes}; raise ArrowReadLimits.FooterBytes if that is meant.");
        }

        if (!TryPeek(offset, footerLength, out footer))
        {
            reason = "The file was cut while its footer was read.";
            return false;
        }

        return true;
    }

    private ArrowFooter ReadFooter(ReadOnlySpan<byte> bytes, long offset)
    {
        FlatTable table = FlatTable.Root(bytes);
        MessageDecoding.CheckVersion(table.Int16(0));
        var decoding = new SchemaDecoding(Limits, bytes.Length);
        if (!decoding.Read(table.Table(1, "schema")).Equals(Schema))
        {
            Throw("The footer's schema is not the one at the start of the file.");
        }

        CheckBlocks(bytes, table, 2, _dictionaries, "dictionary");
        CheckBlocks(bytes, table, 3, _batches, "batch");
        return new ArrowFooter(offset, bytes.Length, decoding.MessagePairs(table, 4, 0));
    }

    private static void CheckBlocks(ReadOnlySpan<byte> bytes, FlatTable footer, int slot, List<ArrowMessage> found, string what)
    {
        int blocks = footer.Vector(slot, 24, out int first);
        if (blocks != found.Count)
        {
            Throw($"The footer names {blocks} messages of the kind {what}, where the file has {found.Count}.");
        }

        for (int i = 0; i < blocks; i++)
        {
            ReadOnlySpan<byte> at = bytes.Slice(first + (24 * i), 24);
            var named = new ArrowBlock(
                BinaryPrimitives.ReadInt64LittleEndian(at),
                BinaryPrimitives.ReadInt32LittleEndian(at[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[16..]));
            ArrowBlock there = found[i].Block;
            if (named != there)
            {
                Throw($"The footer has {what} {i} at {named.Offset} ({named.MetadataLength} + {named.BodyLength} bytes), the file at {there.Offset} ({there.MetadataLength} + {there.BodyLength}).");
            }
        }
    }

    private bool TryPeek(long offset, int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = _source.Peek(offset, count);
        return bytes.Length == count;
    }

    [DoesNotReturn]
    private static void Throw(string what) => throw new ArrowFormatException(ArrowFault.Malformed, what);
}
