namespace Capture.Devices.Tests;

/// <summary>Reproducible noise (xorshift64*): the seed stands in the test.</summary>
internal sealed class SeededBytes(ulong seed)
{
    private ulong state = seed | 1;

    public ulong Next()
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 2685821657736338717;
    }

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>A copy with some bytes changed, perhaps cut short.</summary>
    public byte[] Mutate(byte[] original)
    {
        byte[] copy = original[..(Below(8) == 0 ? Below(original.Length + 1) : original.Length)];
        for (int i = Below(6); i >= 0 && copy.Length > 0; i--)
        {
            copy[Below(copy.Length)] = (Below(3)) switch { 0 => 0xFF, 1 => 0, _ => (byte)Next() };
        }

        return copy;
    }
}
