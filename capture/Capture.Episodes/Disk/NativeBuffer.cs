using System.Runtime.InteropServices;

namespace Capture.Episodes.Disk;

/// <summary>One block of native memory, touched once so that its pages are there before the first sample.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    public NativeBuffer(int length)
        : base(nint.Zero, ownsHandle: true)
    {
        Length = length;
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)length, 64);
        NativeMemory.Clear(block, (nuint)length);
        SetHandle((nint)block);
    }

    public int Length { get; }

    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>All bytes; not beyond the buffer's life.</summary>
    public Span<byte> Bytes => new((void*)handle, Length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}

/// <summary>A list in native memory that grows without managed allocation.</summary>
internal sealed unsafe class NativeList<T> : SafeHandle
    where T : unmanaged
{
    private int _capacity;

    public NativeList(int capacity)
        : base(nint.Zero, ownsHandle: true)
    {
        _capacity = capacity;
        SetHandle((nint)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(T)));
    }

    public int Count { get; private set; }

    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>The elements; not beyond the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<T> Items => new((void*)handle, Count);

    public void Add(in T item)
    {
        if (Count == _capacity)
        {
            _capacity = checked(_capacity * 2);
            SetHandle((nint)NativeMemory.Realloc((void*)handle, (nuint)_capacity * (nuint)sizeof(T)));
        }

        ((T*)handle)[Count++] = item;
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
