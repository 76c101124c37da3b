using System.Runtime.InteropServices;

namespace Capture.Arrow;

/// <summary>
/// The native blocks of one batch builder, freed together. Blocks are 64-byte aligned and written once when they are taken,
/// as far as they are meant to be used, so that the first sample does not pay for page faults.
/// </summary>
internal sealed unsafe class NativeArena : SafeHandle
{
    private readonly List<nint> _blocks = [];

    public NativeArena()
        : base(nint.Zero, ownsHandle: true) => SetHandle(1);

    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>Bytes taken so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>A zeroed block of at least one cache line.</summary>
    public byte* Take(long bytes) => Take(bytes, bytes);

    /// <summary>A block of which only the first <paramref name="written"/> bytes are zeroed and paid for now; the rest is the kernel's until it is used, and is not zeroed.</summary>
    public byte* Take(long bytes, long written)
    {
        nuint size = (nuint)Padding.To64(Math.Max(bytes, 1));
        byte* block = (byte*)NativeMemory.AlignedAlloc(size, 64);
        _blocks.Add((nint)block);
        NativeMemory.Clear(block, nuint.Min(size, (nuint)Padding.To64(written)));
        Bytes += (long)size;
        return block;
    }

    protected override bool ReleaseHandle()
    {
        foreach (nint block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _blocks.Clear();
        return true;
    }
}
