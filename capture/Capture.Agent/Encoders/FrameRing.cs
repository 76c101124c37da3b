using System.Runtime.InteropServices;
using Capture.Episodes.Schema;

namespace Capture.Agent.Encoders;

/// <summary>
/// Pictures on their way from a source's thread to an encoder's: bounded in pictures and bytes, no lock, nothing allocated, full is an answer. Its memory is the system's, which gives it page by page
/// as it is written to; a ring that runs empty begins at its start again, so that a cap which is never needed costs nothing.
/// </summary>
internal sealed unsafe class FrameRing : IDisposable
{
    private readonly byte* _memory;
    private readonly long _capacity;
    private readonly Entry[] _entries;
    private long _added;
    private long _released;
    private long _writeAt;
    private bool _disposed;

    /// <param name="bytes">Most bytes; a picture needs them in one piece.</param>
    /// <param name="pictures">Most pictures.</param>
    public FrameRing(long bytes, int pictures)
    {
        _capacity = bytes;
        _entries = new Entry[pictures];
        _memory = (byte*)NativeMemory.Alloc((nuint)bytes);
    }

    /// <summary>Where a picture lies: on a line without end that the memory is a turn of.</summary>
    private struct Entry
    {
        public SampleStamp Stamp;
        public long Start;
        public int Length;
    }

    /// <summary>Pictures that wait; exact for either thread, a snapshot for others.</summary>
    public int Count => (int)(Volatile.Read(ref _added) - Volatile.Read(ref _released));

    /// <summary>More than half of what it can hold waits.</summary>
    public bool IsHalfFull => Count > _entries.Length / 2 || Used() > _capacity / 2;

    /// <summary>Source's thread: false where it is full.</summary>
    public bool TryAdd(in SampleStamp stamp, ReadOnlySpan<byte> picture)
    {
        long released = Volatile.Read(ref _released);
        if (_added - released >= _entries.Length || picture.Length > _capacity)
        {
            return false;
        }

        long start = _writeAt;
        if (_added == released)
        {
            start = NextTurn(start);
        }
        else if (start % _capacity + picture.Length > _capacity)
        {
            start = NextTurn(start);
        }

        if (_added != released && start + picture.Length - _entries[released % _entries.Length].Start > _capacity)
        {
            return false;
        }

        picture.CopyTo(new Span<byte>(_memory + (start % _capacity), picture.Length));
        _entries[_added % _entries.Length] = new Entry { Stamp = stamp, Start = start, Length = picture.Length };
        _writeAt = start + picture.Length;
        Volatile.Write(ref _added, _added + 1);
        return true;
    }

    /// <summary>Encoder's thread: the oldest picture, valid until <see cref="Release"/>.</summary>
    public bool TryPeek(out SampleStamp stamp, out ReadOnlySpan<byte> picture)
    {
        if (Volatile.Read(ref _added) == _released)
        {
            stamp = default;
            picture = default;
            return false;
        }

        ref Entry entry = ref _entries[_released % _entries.Length];
        stamp = entry.Stamp;
        picture = new ReadOnlySpan<byte>(_memory + (entry.Start % _capacity), entry.Length);
        return true;
    }

    /// <summary>Encoder's thread: the oldest picture is no longer needed.</summary>
    public void Release() => Volatile.Write(ref _released, _released + 1);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            NativeMemory.Free(_memory);
        }
    }

    private long Used()
    {
        long released = Volatile.Read(ref _released);
        return _added == released ? 0 : _writeAt - _entries[released % _entries.Length].Start;
    }

    private long NextTurn(long at) => (at + _capacity - 1) / _capacity * _capacity;
}
