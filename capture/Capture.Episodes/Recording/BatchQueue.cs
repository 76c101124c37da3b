using System.Runtime.InteropServices;

namespace Capture.Episodes.Recording;

/// <summary>A bounded ring from one thread to one other: no lock, nothing allocated, full is an answer.</summary>
/// <remarks>
/// The producer alone writes the head, the consumer alone the tail; each publishes with a volatile write after the slot is done. The two stand on
/// cache lines of their own, so that the threads do not take them from each other.
/// </remarks>
/// <typeparam name="T">What is handed over.</typeparam>
internal sealed class BatchQueue<T>
{
    private readonly T[] _slots;
    private readonly long _mask;
    private QueueEnds _ends;

    /// <param name="capacity">The most elements; rounded up to a power of two.</param>
    public BatchQueue(int capacity)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2));
        _slots = new T[size];
        _mask = size - 1;
    }

    public int Capacity => _slots.Length;

    /// <summary>Elements in the ring; exact for either end's own thread, a snapshot for others.</summary>
    public int Count => (int)(Volatile.Read(ref _ends.Head) - Volatile.Read(ref _ends.Tail));

    public bool TryEnqueue(in T item)
    {
        long head = _ends.Head;
        if (head - Volatile.Read(ref _ends.Tail) > _mask)
        {
            return false;
        }

        _slots[head & _mask] = item;
        Volatile.Write(ref _ends.Head, head + 1);
        return true;
    }

    public bool TryDequeue(out T item)
    {
        long tail = _ends.Tail;
        if (tail == Volatile.Read(ref _ends.Head))
        {
            item = default!;
            return false;
        }

        item = _slots[tail & _mask];
        Volatile.Write(ref _ends.Tail, tail + 1);
        return true;
    }
}

/// <summary>Head and tail on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct QueueEnds
{
    [FieldOffset(64)]
    public long Head;

    [FieldOffset(128)]
    public long Tail;
}
