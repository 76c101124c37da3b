using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// The values that dictionary-encoded columns point to: one column, or several one behind the other where deltas were added to it.
/// Immutable; a delta or a replacement makes another.
/// </summary>
public sealed class ArrowDictionary
{
    private readonly ArrowColumn[] _chunks;
    private readonly long[] _starts;

    /// <summary>A dictionary of these chunks, which must be of one type.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    public ArrowDictionary(params ReadOnlySpan<ArrowColumn> chunks)
    {
        _chunks = chunks.ToArray();
        _starts = new long[_chunks.Length];
        for (int i = 0; i < _chunks.Length; i++)
        {
            if (!_chunks[i].Field.Type.Equals(_chunks[0].Field.Type))
            {
                throw new ArgumentException($"Chunk {i} is {_chunks[i].Field.Type}, the first {_chunks[0].Field.Type}; the chunks of a dictionary are of one type.", nameof(chunks));
            }

            _starts[i] = Count;
            Count += _chunks[i].Length;
        }
    }

    /// <summary>No values.</summary>
    public static ArrowDictionary Empty { get; } = new();

    /// <summary>Values in all chunks.</summary>
    public long Count { get; }

    /// <summary>The chunks in order.</summary>
    public IReadOnlyList<ArrowColumn> Chunks => _chunks;

    /// <summary>Where value <paramref name="index"/> lies: in which chunk, at which row of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public ArrowValue Locate(long index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));
        int chunk = Array.BinarySearch(_starts, index);
        chunk = chunk >= 0 ? LastOf(chunk) : ~chunk - 1;
        return new ArrowValue(_chunks[chunk], (int)(index - _starts[chunk]));
    }

    /// <summary>Among chunks that begin at one place (empty ones), the last: the one that has a value.</summary>
    private int LastOf(int chunk)
    {
        while (chunk + 1 < _starts.Length && _starts[chunk + 1] == _starts[chunk])
        {
            chunk++;
        }

        return chunk;
    }
}

/// <summary>One value: a row of a column.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ArrowValue(ArrowColumn Column, int Row)
{
    /// <summary>Whether it is null.</summary>
    public bool IsNull => Column.IsNull(Row);
}
