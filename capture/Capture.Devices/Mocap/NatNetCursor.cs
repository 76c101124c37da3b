using System.Buffers.Binary;

namespace Capture.Devices.Mocap;

/// <summary>Walks a NatNet payload. A read past the end gives 0 and marks the cursor as failed, which is checked once at the end.</summary>
internal ref struct NatNetCursor(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Offset { get; private set; }

    /// <summary>The first thing that did not fit; the cursor stands before it.</summary>
    public bool Failed { get; private set; }

    public readonly int Remaining => bytes.Length - Offset;

    public int Int32() => Take(4, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadInt32LittleEndian(b) : 0;

    public uint UInt32() => Take(4, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadUInt32LittleEndian(b) : 0;

    public ulong UInt64() => Take(8, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadUInt64LittleEndian(b) : 0;

    public short Int16() => Take(2, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadInt16LittleEndian(b) : (short)0;

    public float Single() => Take(4, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadSingleLittleEndian(b) : 0;

    public double Double() => Take(8, out ReadOnlySpan<byte> b) ? BinaryPrimitives.ReadDoubleLittleEndian(b) : 0;

    /// <summary>A count of items of at least <paramref name="minItemBytes"/> each: one that cannot fit into what is left fails here, before any loop.</summary>
    public int Count(int minItemBytes)
    {
        int count = Int32();
        if (Failed || count < 0 || (long)count * minItemBytes > Remaining)
        {
            Failed = true;
            return 0;
        }

        return count;
    }

    /// <summary>Bytes up to a zero, at most 256.</summary>
    public ReadOnlySpan<byte> Text()
    {
        ReadOnlySpan<byte> rest = bytes[Offset..];
        int end = rest[..Math.Min(rest.Length, 257)].IndexOf((byte)0);
        if (Failed || end < 0)
        {
            Failed = true;
            return default;
        }

        Offset += end + 1;
        return rest[..end];
    }

    public void Skip(long count)
    {
        if (Failed || count < 0 || count > Remaining)
        {
            Failed = true;
            return;
        }

        Offset += (int)count;
    }

    private bool Take(int count, out ReadOnlySpan<byte> taken)
    {
        if (Failed || Remaining < count)
        {
            Failed = true;
            taken = default;
            return false;
        }

        taken = bytes.Slice(Offset, count);
        Offset += count;
        return true;
    }
}
