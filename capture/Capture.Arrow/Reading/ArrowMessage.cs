using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>What a message carries.</summary>
public enum ArrowMessageKind
{
    /// <summary>The schema; the first message.</summary>
    Schema,

    /// <summary>A record batch.</summary>
    RecordBatch,

    /// <summary>Values of a dictionary.</summary>
    DictionaryBatch,
}

/// <summary>A pair of a message's custom metadata.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="ValueOffset">Where the value's bytes begin, from the message's first byte (in a footer: from its first byte).</param>
/// <param name="ValueLength">How many bytes it has.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ArrowMessagePair(string Key, string Value, int ValueOffset, int ValueLength);

/// <summary>A whole message that was found, and what its metadata says. The body is checked only when the batch is read.</summary>
public sealed class ArrowMessage
{
    private readonly ArrowMessagePair[] _metadata;

    internal ArrowMessage(ArrowBlock block, ArrowMessageKind kind, long rows, ArrowMessagePair[] metadata)
    {
        Block = block;
        Kind = kind;
        Rows = rows;
        _metadata = metadata;
    }

    /// <summary>Where it lies.</summary>
    public ArrowBlock Block { get; }

    /// <summary>What it carries.</summary>
    public ArrowMessageKind Kind { get; }

    /// <summary>Rows of the batch, values of the dictionary; 0 for a schema.</summary>
    public long Rows { get; }

    /// <summary>How the body's buffers are compressed.</summary>
    public ArrowCompression Compression { get; init; }

    /// <summary>Of a dictionary batch, its id.</summary>
    public long DictionaryId { get; init; }

    /// <summary>Of a dictionary batch, whether its values are added to those under the id; else they replace them.</summary>
    public bool IsDelta { get; init; }

    /// <summary>Custom metadata of the message itself.</summary>
    public IReadOnlyList<ArrowMessagePair> Metadata => _metadata;

    /// <summary>Reads what a message says of itself: its prefix and metadata, not its body.</summary>
    /// <param name="message">All bytes of the message, or at least its prefix and metadata.</param>
    /// <param name="offset">Where it lies, for <see cref="Block"/>.</param>
    /// <param name="limits">What is accepted at most; null for the defaults.</param>
    /// <exception cref="ArrowFormatException">The bytes do not begin with a message.</exception>
    public static ArrowMessage Read(ReadOnlySpan<byte> message, long offset, ArrowReadLimits? limits = null)
    {
        limits ??= ArrowReadLimits.Default;
        if (message.Length < FlatNames.PrefixLength
            || MessageDecoding.ReadPrefix(message, limits, out int metadataLength) != MessageDecoding.Prefix.Message
            || metadataLength > message.Length - FlatNames.PrefixLength)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"{message.Length} bytes do not begin with a message.");
        }

        return MessageDecoding.Read(message.Slice(FlatNames.PrefixLength, metadataLength), offset, limits, out _);
    }

    /// <summary>The first pair under <paramref name="key"/>, or null.</summary>
    public ArrowMessagePair? Find(string key)
    {
        // Over the array: the interface's enumerator would be allocated for every batch of a scan.
        foreach (ref readonly ArrowMessagePair pair in _metadata.AsSpan())
        {
            if (string.Equals(pair.Key, key, StringComparison.Ordinal))
            {
                return pair;
            }
        }

        return null;
    }
}
