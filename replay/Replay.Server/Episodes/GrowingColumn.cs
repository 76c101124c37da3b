namespace Replay.Server.Episodes;

/// <summary>
/// Values of a column that are only ever appended. What <see cref="Snapshot"/> gave stays as it is while more is appended, so it can be read without a lock.
/// One thread appends at a time.
/// </summary>
internal sealed class GrowingColumn<T>
    where T : unmanaged
{
    private T[] _values = [];

    public int Count { get; private set; }

    public unsafe long Bytes => (long)_values.Length * sizeof(T);

    public ReadOnlyMemory<T> Snapshot => _values.AsMemory(0, Count);

    /// <summary>Room for <paramref name="count"/> more values, counted at once; the caller fills them.</summary>
    public Span<T> Extend(int count)
    {
        int length = checked(Count + count);
        if (length > _values.Length)
        {
            // A snapshot keeps the old array.
            var more = new T[Math.Max(length, (int)Math.Min(Array.MaxLength, Math.Max(256L, _values.Length * 2L)))];
            _values.AsSpan(0, Count).CopyTo(more);
            _values = more;
        }

        Count = length;
        return _values.AsSpan(length - count, count);
    }
}
