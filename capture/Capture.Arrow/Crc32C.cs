using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Capture.Arrow;

/// <summary>
/// CRC-32C (Castagnoli, reflected 0x82F63B78), the checksum over encapsulated messages. Folds by carry-less multiplication where the processor
/// can (512 or 128 bits at a time), else uses the processor's CRC instruction, else tables of the runtime; all give the same.
/// Source: Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009; RFC 3720 for the polynomial.
/// </summary>
public static class Crc32C
{
    private static readonly Vector128<ulong> s_by2048 = Distance(2048);
    private static readonly Vector128<ulong> s_by512 = Distance(512);
    private static readonly Vector128<ulong> s_by128 = Distance(128);

    internal static bool CanFold512 => Pclmulqdq.V512.IsSupported && Vector512.IsHardwareAccelerated;

    internal static bool CanFold128 => Pclmulqdq.IsSupported && Sse2.IsSupported;

    /// <summary>How this processor is made to compute it, for reports of speed.</summary>
    public static string Method =>
        CanFold512 ? "carry-less multiplication, 512 bits"
        : CanFold128 ? "carry-less multiplication, 128 bits"
        : Sse42.IsSupported || System.Runtime.Intrinsics.Arm.Crc32.IsSupported ? "the processor's CRC instruction, serially"
        : "tables";

    /// <summary>The checksum of <paramref name="bytes"/>. That of the ASCII digits 123456789 is 0xE3069283; that of nothing is 0.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>
    /// The checksum of what <paramref name="crc"/> is the checksum of (0 for nothing), followed by <paramref name="bytes"/>.
    /// A sum over a message with a hole goes in three calls: before it, what counts in its place, behind it.
    /// </summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint state = ~crc;
        if (CanFold512 && bytes.Length >= 256)
        {
            state = Fold512(state, ref bytes);
        }
        else if (CanFold128 && bytes.Length >= 64)
        {
            state = Fold128(state, ref bytes);
        }

        return ~Serial(state, bytes);
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

    /// <summary>Takes all whole blocks of 64 bytes (at least one) off the front, four lanes of 128 bits at a time.</summary>
    internal static uint Fold128(uint state, ref ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector128<ulong>> lanes = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes[..(bytes.Length & ~63)]);
        Vector128<ulong> a = lanes[0] ^ Vector128.CreateScalar((ulong)state);
        Vector128<ulong> b = lanes[1];
        Vector128<ulong> c = lanes[2];
        Vector128<ulong> d = lanes[3];
        Vector128<ulong> by512 = s_by512;
        for (int i = 4; i + 3 < lanes.Length; i += 4)
        {
            a = Step(a, by512) ^ lanes[i];
            b = Step(b, by512) ^ lanes[i + 1];
            c = Step(c, by512) ^ lanes[i + 2];
            d = Step(d, by512) ^ lanes[i + 3];
        }

        bytes = bytes[(lanes.Length * 16)..];
        return Reduce(a, b, c, d);
    }

    /// <summary>Takes all whole blocks of 256 bytes (at least one) off the front, four vectors of 512 bits at a time.</summary>
    internal static uint Fold512(uint state, ref ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector512<ulong>> lanes = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes[..(bytes.Length & ~255)]);
        Vector512<ulong> a = lanes[0] ^ Vector512.CreateScalar((ulong)state);
        Vector512<ulong> b = lanes[1];
        Vector512<ulong> c = lanes[2];
        Vector512<ulong> d = lanes[3];
        Vector512<ulong> by2048 = Vector512.Create(Vector256.Create(s_by2048, s_by2048), Vector256.Create(s_by2048, s_by2048));
        for (int i = 4; i + 3 < lanes.Length; i += 4)
        {
            a = Step(a, by2048) ^ lanes[i];
            b = Step(b, by2048) ^ lanes[i + 1];
            c = Step(c, by2048) ^ lanes[i + 2];
            d = Step(d, by2048) ^ lanes[i + 3];
        }

        bytes = bytes[(lanes.Length * 64)..];
        Vector512<ulong> by512 = Vector512.Create(Vector256.Create(s_by512, s_by512), Vector256.Create(s_by512, s_by512));
        b ^= Step(a, by512);
        c ^= Step(b, by512);
        d ^= Step(c, by512);
        return Reduce(d.GetLower().GetLower(), d.GetLower().GetUpper(), d.GetUpper().GetLower(), d.GetUpper().GetUpper());
    }

    /// <summary>Folds four neighbouring lanes into the last and takes its remainder with the CRC instruction.</summary>
    private static uint Reduce(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c, Vector128<ulong> d)
    {
        Vector128<ulong> by128 = s_by128;
        b ^= Step(a, by128);
        c ^= Step(b, by128);
        d ^= Step(c, by128);
        return BitOperations.Crc32C(BitOperations.Crc32C(0, d.GetElement(0)), d.GetElement(1));
    }

    private static Vector128<ulong> Step(Vector128<ulong> lane, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(lane, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, by, 0x11);

    private static Vector512<ulong> Step(Vector512<ulong> lanes, Vector512<ulong> by) =>
        Pclmulqdq.V512.CarrylessMultiply(lanes, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(lanes, by, 0x11);

    /// <summary>
    /// What carries a lane over a distance of so many bits: x^(distance+32) for its first 64 bits and x^(distance-32) for the next, both modulo the
    /// polynomial, reflected, and shifted by one because the product of two reflected numbers is one bit short.
    /// </summary>
    private static Vector128<ulong> Distance(int bits) => Vector128.Create(Power(bits + 32), Power(bits - 32));

    private static ulong Power(int exponent)
    {
        uint remainder = 1;
        for (int i = 0; i < exponent; i++)
        {
            remainder = (remainder << 1) ^ ((remainder >> 31) * 0x1EDC6F41);
        }

        uint reflected = 0;
        for (int i = 0; i < 32; i++)
        {
            reflected |= (remainder >> i & 1) << (31 - i);
        }

        return (ulong)reflected << 1;
    }
}
