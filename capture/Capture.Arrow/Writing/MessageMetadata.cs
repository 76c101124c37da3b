using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// Custom metadata for one message, kept as UTF-8 in memory that is taken once: clear it, add to it, encode, as often as there are messages.
/// After encoding it tells where each value's bytes lie, so that a checksum over the message can be written into it.
/// </summary>
public sealed class MessageMetadata
{
    private readonly byte[] _text;
    private readonly Entry[] _entries;
    private int _used;

    /// <summary>Room for <paramref name="entries"/> pairs of <paramref name="bytes"/> bytes, keys and values together.</summary>
    public MessageMetadata(int entries = 16, int bytes = 1024)
    {
        _entries = new Entry[entries];
        _text = new byte[bytes];
    }

    /// <summary>Pairs added.</summary>
    public int Count { get; private set; }

    /// <summary>The most bytes that all pairs together take in an encoded message.</summary>
    internal int MaxEncodedLength => 16 + _text.Length + (_entries.Length * 64);

    /// <summary>Takes all pairs back.</summary>
    public void Clear() => Count = _used = 0;

    /// <summary>Adds a pair of UTF-8 texts (copied) and returns its index. Throws <see cref="InvalidOperationException"/> when there is no room.</summary>
    public int Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (Count == _entries.Length || (long)key.Length + value.Length > _text.Length - _used)
        {
            throw new InvalidOperationException($"Message metadata holds {_entries.Length} pairs of {_text.Length} bytes; it is full. Give it more room.");
        }

        key.CopyTo(_text.AsSpan(_used));
        value.CopyTo(_text.AsSpan(_used + key.Length));
        _entries[Count] = new Entry(_used, key.Length, value.Length, -1);
        _used += key.Length + value.Length;
        return Count++;
    }

    /// <summary>
    /// Where the value of pair <paramref name="index"/> begins, in bytes from the start of the message that was encoded last with this object
    /// (for a footer: from the first byte that <see cref="IpcEncoder.EncodeClosing"/> wrote). Throws before anything was encoded.
    /// </summary>
    public int ValueOffset(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int at = _entries[index].EncodedAt;
        return at >= 0 ? at : throw new InvalidOperationException("No message has been encoded with this metadata yet.");
    }

    /// <summary>Writes the vector of pairs and returns its position; <paramref name="origin"/> is where the flatbuffer begins in the message.</summary>
    internal int Encode(ref FlatWriter writer, int origin)
    {
        int vector = writer.Vector(Count, 4, 4);
        Span<int> slots = stackalloc int[2];
        for (int i = 0; i < Count; i++)
        {
            Entry entry = _entries[i];
            int table = writer.Table([4, 4], slots);
            writer.Point(vector + 4 + (4 * i), table);
            int key = writer.String(entry.KeyLength);
            writer.Point(slots[0], key);
            _text.AsSpan(entry.At, entry.KeyLength).CopyTo(writer.Bytes(key + 4, entry.KeyLength));
            int value = writer.String(entry.ValueLength);
            writer.Point(slots[1], value);
            _text.AsSpan(entry.At + entry.KeyLength, entry.ValueLength).CopyTo(writer.Bytes(value + 4, entry.ValueLength));
            _entries[i] = entry with { EncodedAt = origin + value + 4 };
        }

        return vector;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(int At, int KeyLength, int ValueLength, int EncodedAt);
}
