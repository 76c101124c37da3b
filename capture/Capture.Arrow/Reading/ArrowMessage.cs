using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>What a message carries.</summary>
public enum ArrowMessageKind
{
    /// <summary>The schema; the first message.</summary>
    Schema,

    /// <summary>A record batch.</summary>
    RecordBatch,
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

    /// <summary>Rows of the batch; 0 for a schema.</summary>
    public long Rows { get; }

    /// <summary>Custom metadata of the message itself.</summary>
    public IReadOnlyList<ArrowMessagePair> Metadata => _metadata;

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
