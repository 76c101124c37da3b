using Capture.Arrow;
using Capture.Episodes.Checksums;

namespace Capture.Episodes.Reading;

/// <summary>How a file is opened.</summary>
internal enum FileTrust
{
    /// <summary>Somebody may be writing it: it ends at its first message that is not whole.</summary>
    Growing,

    /// <summary>Nobody writes it any more: what lies behind a damaged place is looked for.</summary>
    Finished,

    /// <summary>As <see cref="Finished"/>, and where the footer lists the rows of the batches it is believed until they are read: none of the messages is looked at before.</summary>
    Indexed,

    /// <summary>Its recorder was killed or lost its power: every checksum is computed at once, and what is wrong is left out.</summary>
    Interrupted,

    /// <summary>This process has just written it: checksums are not computed again.</summary>
    Own,
}

/// <summary>
/// An Arrow file of an episode. A sealed one is mapped, any other read by position; a batch's checksum is checked when it is first read, the schema's at once. Where the file is
/// damaged, all that its footer or its checksums still prove is there: a flipped bit costs the batch that it lies in.
/// </summary>
internal sealed class CheckedFile : IDisposable
{
    private readonly ArrowReader? _reader;
    private readonly Salvage? _salvage;
    private readonly FooterIndex? _index;
    private readonly FileTrust _trust;
    private readonly List<bool> _checked = [];
    private FileMap? _map;

    private CheckedFile(string path, FileTrust trust, ArrowReader? reader, Salvage? salvage, bool headIsRight)
    {
        Path = path;
        HeadIsRight = headIsRight;
        _trust = trust;
        _reader = reader;
        _salvage = salvage;
        MapIfSealed();
    }

    private CheckedFile(string path, FooterIndex index)
    {
        Path = path;
        HeadIsRight = true;
        _trust = FileTrust.Indexed;
        _index = index;
        MapIfSealed();
    }

    public string Path { get; }

    public ArrowSchema Schema => _salvage?.Schema ?? _index?.Schema ?? _reader!.Schema;

    /// <summary>The messages of the batches in order, of a file that is not <see cref="FileTrust.Indexed"/>. Those of a damaged file may have others between them that are gone.</summary>
    public IReadOnlyList<ArrowMessage> Batches => _salvage?.Batches ?? _reader!.Batches;

    /// <summary>Whole batches.</summary>
    public int Count => _index?.Batches ?? Batches.Count;

    /// <summary>How the file ends; of a damaged file, where the damage begins.</summary>
    public ArrowTail Tail => _salvage?.Tail ?? _index?.Tail ?? _reader!.Tail;

    /// <summary>Places that hold nothing any more that could be read; empty where the file is whole.</summary>
    public IReadOnlyList<string> Losses => _salvage?.Losses ?? [];

    /// <summary>Whether the file begins with a schema that is right; else the schema is the footer's.</summary>
    public bool HeadIsRight { get; }

    public ArrowMessage? SchemaMessage => _index?.SchemaMessage ?? _reader?.SchemaMessage;

    public ArrowFooter? Footer => _salvage is not null ? _salvage.Footer : _index?.Footer ?? _reader?.Footer;

    /// <summary>Bytes up to the end of the last whole message, or of the footer.</summary>
    public long Bytes => Tail.Kind == ArrowTailKind.Sealed ? Tail.Offset + Tail.Length : Tail.Offset;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ArrowFormatException">Neither a schema at its start nor a footer can be read.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static CheckedFile Open(string path, FileTrust trust)
    {
        if (trust == FileTrust.Indexed && FooterIndex.Open(path) is { } index)
        {
            return new CheckedFile(path, index);
        }

        ArrowReader? reader = null;
        ArrowFormatException? refusal = null;
        try
        {
            reader = ArrowReader.Open(path);
        }
        catch (ArrowFormatException e)
        {
            refusal = e;
        }

        bool schemaIsRight = reader is not null && (trust == FileTrust.Own || SchemaIsRight(reader));
        bool asItIs = trust switch
        {
            FileTrust.Own or FileTrust.Growing => schemaIsRight,
            FileTrust.Finished or FileTrust.Indexed => schemaIsRight && reader!.Tail.Kind is (ArrowTailKind.Sealed or ArrowTailKind.Open),
            _ => false,
        };
        Salvage? salvage = asItIs ? null : Salvage.Of(path, schemaIsRight ? reader : null, deep: trust == FileTrust.Interrupted);
        if (salvage is null && !schemaIsRight)
        {
            reader?.Dispose();
            throw refusal ?? new ArrowFormatException(ArrowFault.Malformed, "the checksum of its schema does not match: bytes were changed after they were written");
        }

        return new CheckedFile(path, trust, reader, salvage, schemaIsRight);
    }

    /// <summary>Where a batch's message lies.</summary>
    public ArrowBlock BlockOf(int index) => _index?.BlockOf(index) ?? Batches[index].Block;

    /// <summary>Rows of a batch.</summary>
    public int RowsOf(int index) => _index?.RowsOf(index) ?? (int)Batches[index].Rows;

    /// <summary>What a batch's message says of itself; in an indexed file it is read from these bytes of it, and held against what the footer says.</summary>
    /// <exception cref="ArrowFormatException">They disagree, or the bytes are no message.</exception>
    public ArrowMessage MessageOf(int index, ReadOnlySpan<byte> bytes)
    {
        if (_index is null)
        {
            return Batches[index];
        }

        if (_index.Messages[index] is { } known)
        {
            return known;
        }

        ArrowBlock block = BlockOf(index);
        var message = ArrowMessage.Read(bytes, block.Offset);
        return message.Kind == ArrowMessageKind.RecordBatch && message.Block == block && message.Rows == RowsOf(index)
            ? _index.Messages[index] = message
            : throw new ArrowFormatException(ArrowFault.Malformed, $"the message is a {message.Kind} of {message.Block.Length} bytes and {message.Rows} rows, where the footer has a batch of {block.Length} bytes and {RowsOf(index)} rows");
    }

    /// <summary>Reads one batch; on the first time its checksum is checked.</summary>
    /// <exception cref="EpisodeException">The batch is damaged.</exception>
    public RecordBatch ReadBatch(int index)
    {
        ArrowBlock block = BlockOf(index);
        try
        {
            ReadOnlyMemory<byte> bytes = BytesOf(block, index);
            if (_trust != FileTrust.Own && !_checked[index])
            {
                if (ChecksumCheck.Of(MessageOf(index, bytes.Span), bytes.Span) == ChecksumState.Wrong)
                {
                    throw Damaged(index, "its checksum does not match: bytes were changed after they were written", "Restore the file from a copy; 'capture verify' lists every damaged batch.");
                }

                _checked[index] = true;
            }

            return RecordBatch.Decode(Schema, bytes, fileOffset: block.Offset);
        }
        catch (ArrowFormatException e)
        {
            throw Damaged(index, e.Message.TrimEnd('.'), "Restore the file from a copy; 'capture verify' lists every damaged batch.", e);
        }
    }

    /// <summary>Reads bytes by position, never through a mapping; fewer only where the file ends.</summary>
    public int Read(long offset, Span<byte> destination) =>
        _salvage?.Read(offset, destination) ?? _index?.Read(offset, destination) ?? _reader!.Read(offset, destination);

    /// <summary>Keeps the memory of batches that were read from going, whatever is disposed meanwhile.</summary>
    public IDisposable Hold() => _map?.Hold() ?? NothingToHold.Instance;

    /// <summary>Looks for what was appended since; returns whether there was any.</summary>
    public bool Refresh()
    {
        if (_reader is null || _salvage is not null)
        {
            return false;
        }

        ArrowTailKind before = _reader.Tail.Kind;
        int news = _reader.Refresh();
        MapIfSealed();
        return news > 0 || before != _reader.Tail.Kind;
    }

    public void Dispose()
    {
        _map?.Dispose();
        _reader?.Dispose();
        _salvage?.Dispose();
        _index?.Dispose();
    }

    private static bool SchemaIsRight(ArrowReader reader)
    {
        // Another tool may have left the schema in the footer only.
        if (reader.SchemaMessage is not { } message)
        {
            return true;
        }

        byte[] bytes = new byte[message.Block.Length];
        return reader.ReadMessage(message, bytes) == bytes.Length && ChecksumCheck.Of(message, bytes) != ChecksumState.Wrong;
    }

    private void MapIfSealed()
    {
        for (int i = _checked.Count; i < Count; i++)
        {
            _checked.Add(false);
        }

        if (_map is null && _salvage is null && Tail.Kind == ArrowTailKind.Sealed)
        {
            _map = FileMap.TryOpen(Path);
        }
    }

    private ReadOnlyMemory<byte> BytesOf(ArrowBlock block, int index)
    {
        int length = checked((int)block.Length);
        if (_map is not null && block.End <= _map.Length)
        {
            return _map.Window(block.Offset, length);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        return Read(block.Offset, bytes) == length ? bytes : throw Damaged(index, "it was cut while it was read", "Open the episode anew.");
    }

    private EpisodeException Damaged(int batch, string what, string remedy, Exception? inner = null) =>
        new(EpisodeProblem.Damaged, what, $"{Path}, batch {batch} at byte {BlockOf(batch).Offset}", remedy, inner);

    private sealed class NothingToHold : IDisposable
    {
        public static readonly NothingToHold Instance = new();

        public void Dispose()
        {
            // Batches read by position own their memory.
        }
    }
}
