namespace Capture.Arrow;

/// <summary>
/// The dictionaries of a file or stream, decoded when a batch asks and kept while the next batch asks for the same: one state of each id.
/// Several threads may ask.
/// </summary>
internal sealed class DictionaryBook(MessageScanner scanner, ArrowSource source)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Kept> _kept = [];

    /// <summary>What batch <paramref name="batch"/> asks for its dictionaries.</summary>
    public Func<DictionaryType, ArrowDictionary> For(int batch)
    {
        return Get;

        ArrowDictionary Get(DictionaryType type)
        {
            lock (_lock)
            {
                ArrowDictionary dictionary = Dictionary(type, batch);
                long bytes = _kept.Values.Sum(k => k.Bytes);
                return bytes <= scanner.Limits.DictionaryBytes
                    ? dictionary
                    : throw TooLarge(type.Id);
            }
        }
    }

    private ArrowDictionary Dictionary(DictionaryType type, int batch)
    {
        DictionaryChain? chain = scanner.Dictionaries.ChainOf(type.Id, batch);
        if (chain is null)
        {
            return ArrowDictionary.Empty;
        }

        // Dictionaries within the values: where they changed, the values must be read again.
        ArrowDictionary[] nested = [.. ArrowShape.Dictionaries([new ArrowField("values", type.Value)]).Select(d => Dictionary(d, batch))];
        _kept.TryGetValue(type.Id, out Kept? kept);
        if (kept is not null && !kept.Nested.SequenceEqual(nested, ReferenceEqualityComparer.Instance))
        {
            kept = null;
        }

        if (kept?.Chain == chain)
        {
            return kept.Dictionary;
        }

        ArrowMessage[] messages = chain.Messages();
        int known = kept is not null && kept.Chain.Count < chain.Count && messages[kept.Chain.Count - 1] == kept.Chain.Message ? kept.Chain.Count : 0;
        var chunks = new List<ArrowColumn>(known == 0 ? [] : kept!.Dictionary.Chunks);
        long bytes = known == 0 ? 0 : kept!.Bytes;
        foreach (ArrowMessage message in messages.AsSpan(known))
        {
            (ArrowColumn chunk, long size) = Chunk(type, message, batch);
            chunks.Add(chunk);
            bytes += size;
            if (bytes > scanner.Limits.DictionaryBytes)
            {
                throw TooLarge(type.Id);
            }
        }

        var dictionary = new ArrowDictionary([.. chunks]);
        _kept[type.Id] = new Kept(chain, nested, dictionary, bytes);
        return dictionary;
    }

    private (ArrowColumn Chunk, long Bytes) Chunk(DictionaryType type, ArrowMessage message, int batch)
    {
        try
        {
            ReadOnlyMemory<byte> bytes = source.Read(message.Block.Offset, (int)message.Block.Length);
            ReadOnlyMemory<byte> body = bytes[message.Block.MetadataLength..];
            var decoding = new BatchDecoding(message, bytes.Span[FlatNames.PrefixLength..message.Block.MetadataLength], body, scanner.Limits, d => Dictionary(d, batch));
            ArrowColumn values = decoding.Column(new ArrowField("values", type.Value, Nullable: true), message.Rows, "values");
            decoding.CheckAllUsed();
            return (values, decoding.MemoryLength);
        }
        catch (ArrowFormatException e)
        {
            throw new ArrowFormatException($"Dictionary {type.Id} at byte {message.Block.Offset}", e);
        }
    }

    private ArrowFormatException TooLarge(long id) => new(
        ArrowFault.LimitExceeded,
        $"The dictionaries up to {id} take more than {scanner.Limits.DictionaryBytes} bytes; raise ArrowReadLimits.DictionaryBytes if that is meant.");

    private sealed record Kept(DictionaryChain Chain, ArrowDictionary[] Nested, ArrowDictionary Dictionary, long Bytes);
}
