using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Capture.Episodes.Checksums;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4). Long inputs are folded by carry-less multiplication, 512 bits at a time, where the processor has it
/// (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009); else the processor's CRC instruction, 8 bytes a step.
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x1EDC6F41;

    // Below this, setting up the fold costs more than it saves.
    private const int FoldFrom = 512;

    private static readonly Vector512<ulong> s_by2048 = FoldBy(2048);
    private static readonly Vector512<ulong> s_by512 = FoldBy(512);
    private static readonly Vector512<ulong> s_lanes = Vector512.Create(Factor(384 + 32), Factor(384 - 32), Factor(256 + 32), Factor(256 - 32), Factor(128 + 32), Factor(128 - 32), 0, 0);

    /// <summary>The checksum of all bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Update(~0u, bytes);

    /// <summary>Takes more bytes into a running state; the state starts as ~0 and the checksum is its complement.</summary>
    public static uint Update(uint state, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= FoldFrom && Pclmulqdq.V512.IsSupported)
        {
            int folded = bytes.Length & ~255;
            state = Fold(state, bytes[..folded]);
            bytes = bytes[folded..];
        }

        return Serial(state, bytes);
    }

    internal static uint Serial(uint state, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            state = BitOperations.Crc32C(state, word);
        }

        foreach (byte b in bytes[(words.Length * 8)..])
        {
            state = BitOperations.Crc32C(state, b);
        }

        return state;
    }

    /// <summary>Folds whole blocks of 256 bytes (at least two).</summary>
    private static uint Fold(uint state, ReadOnlySpan<byte> bytes)
    {
        ref byte at = ref MemoryMarshal.GetReference(bytes);
        Vector512<ulong> a = Load(ref at, 0) ^ Vector512.CreateScalar((ulong)state);
        Vector512<ulong> b = Load(ref at, 64);
        Vector512<ulong> c = Load(ref at, 128);
        Vector512<ulong> d = Load(ref at, 192);
        for (int i = 256; i < bytes.Length; i += 256)
        {
            a = Multiply(a, s_by2048) ^ Load(ref at, i);
            b = Multiply(b, s_by2048) ^ Load(ref at, i + 64);
            c = Multiply(c, s_by2048) ^ Load(ref at, i + 128);
            d = Multiply(d, s_by2048) ^ Load(ref at, i + 192);
        }

        a = Multiply(a, s_by512) ^ b;
        a = Multiply(a, s_by512) ^ c;
        a = Multiply(a, s_by512) ^ d;

        // The first three lanes move onto the last one, which stays as it is.
        Vector512<ulong> moved = Multiply(a, s_lanes);
        Vector128<ulong> rest = moved.GetLower().GetLower() ^ moved.GetLower().GetUpper() ^ moved.GetUpper().GetLower() ^ a.GetUpper().GetUpper();
        return BitOperations.Crc32C(BitOperations.Crc32C(0, rest[0]), rest[1]);
    }

    private static Vector512<ulong> Load(ref byte at, int offset) => Vector512.LoadUnsafe(ref at, (nuint)offset).AsUInt64();

    private static Vector512<ulong> Multiply(Vector512<ulong> value, Vector512<ulong> factors) =>
        Pclmulqdq.V512.CarrylessMultiply(value, factors, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(value, factors, 0x11);

    private static Vector512<ulong> FoldBy(int bits) => Repeat(Vector128.Create(Factor(bits + 32), Factor(bits - 32)));

    private static Vector512<ulong> Repeat(Vector128<ulong> lane) => Vector512.Create(Vector256.Create(lane, lane), Vector256.Create(lane, lane));

    /// <summary>x^power modulo the polynomial, bit-reversed for reflected data.</summary>
    private static ulong Factor(int power)
    {
        uint value = 1;
        for (int i = 0; i < power; i++)
        {
            value = (value << 1) ^ ((value & 0x8000_0000) != 0 ? Polynomial : 0);
        }

        uint reversed = 0;
        for (int i = 0; i < 32; i++)
        {
            reversed |= ((value >> i) & 1) << (31 - i);
        }

        return (ulong)reversed << 1;
    }
}
