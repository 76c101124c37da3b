using System.Buffers.Binary;

namespace Capture.Devices.Teleop;

/// <summary>What is wrong with bytes on a Dynamixel bus.</summary>
public enum DynamixelFault
{
    None,

    /// <summary>Bytes before the next header.</summary>
    Noise,

    /// <summary>The length is below 3 or beyond <see cref="DynamixelPacket.MaxBytes"/>.</summary>
    Length,

    /// <summary>A header stands inside the packet: its end was lost.</summary>
    CutOff,

    /// <summary>FF FF FD inside the packet is not followed by FD.</summary>
    Stuffing,

    Crc,
}

/// <summary>One packet of Dynamixel protocol 2.0, unstuffed.</summary>
/// <remarks>Source: ROBOTIS e-manual, "DYNAMIXEL Protocol 2.0".</remarks>
public readonly ref struct DynamixelPacket
{
    /// <summary>Longest packet taken, header and CRC included: 64 servos in one fast sync read fit.</summary>
    public const int MaxBytes = 2048;

    public const byte BroadcastId = 0xFE;

    /// <summary>FF FF FD 00, id, length (2).</summary>
    private const int HeadBytes = 7;

    private DynamixelPacket(byte id, byte instruction, ReadOnlySpan<byte> parameters)
    {
        Id = id;
        Instruction = (DynamixelInstruction)instruction;
        Parameters = parameters;
    }

    private static ReadOnlySpan<byte> Header => [0xFF, 0xFF, 0xFD, 0x00];

    public byte Id { get; }

    public DynamixelInstruction Instruction { get; }

    /// <summary>What stands between the instruction and the CRC, unstuffed. In a status packet the first byte is the error.</summary>
    public ReadOnlySpan<byte> Parameters { get; }

    /// <summary>In a status packet: bit 7 hardware alert, bits 0–6 error code (1 result … 7 access); 0 is good.</summary>
    public byte Error => Parameters.IsEmpty ? (byte)0 : Parameters[0];

    /// <summary>In a status packet: what follows the error.</summary>
    public ReadOnlySpan<byte> Data => Parameters.IsEmpty ? default : Parameters[1..];

    /// <summary>Reads the packet at the start of <paramref name="bytes"/>.</summary>
    /// <param name="scratch">At least <see cref="MaxBytes"/>; holds the parameters where they had to be unstuffed.</param>
    /// <param name="consumed">Bytes to drop: the whole packet, what is to be skipped, or 0 when more is needed.</param>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, Span<byte> scratch, out DynamixelPacket packet, out int consumed, out DynamixelFault fault)
    {
        packet = default;
        consumed = 0;
        fault = DynamixelFault.None;

        int start = FindHeader(bytes);
        if (start > 0)
        {
            consumed = start;
            fault = DynamixelFault.Noise;
            return ParseStatus.Malformed;
        }

        if (bytes.Length < HeadBytes)
        {
            return ParseStatus.NeedMore;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[5..]);
        int total = HeadBytes + length;
        if (length < 3 || total > MaxBytes)
        {
            return Skip(1, DynamixelFault.Length, out consumed, out fault);
        }

        // Stuffing keeps the header out of a packet, so one inside it says that the end of this one was lost.
        ReadOnlySpan<byte> body = bytes[HeadBytes..Math.Min(bytes.Length, total - 2)];
        int inner = body.IndexOf(Header);
        if (inner >= 0)
        {
            return Skip(HeadBytes + inner, DynamixelFault.CutOff, out consumed, out fault);
        }

        if (bytes.Length < total)
        {
            return ParseStatus.NeedMore;
        }

        if (DynamixelCrc.Compute(bytes[..(total - 2)]) != BinaryPrimitives.ReadUInt16LittleEndian(bytes[(total - 2)..]))
        {
            return Skip(1, DynamixelFault.Crc, out consumed, out fault);
        }

        if (!TryUnstuff(body, scratch, out ReadOnlySpan<byte> plain))
        {
            return Skip(total, DynamixelFault.Stuffing, out consumed, out fault);
        }

        packet = new DynamixelPacket(bytes[4], plain[0], plain[1..]);
        consumed = total;
        return ParseStatus.Complete;
    }

    private static ParseStatus Skip(int count, DynamixelFault why, out int consumed, out DynamixelFault fault)
    {
        consumed = count;
        fault = why;
        return ParseStatus.Malformed;
    }

    /// <summary>Where the next header, or what may become one, begins.</summary>
    private static int FindHeader(ReadOnlySpan<byte> bytes)
    {
        int whole = bytes.IndexOf(Header);
        if (whole >= 0)
        {
            return whole;
        }

        for (int tail = Math.Min(Header.Length - 1, bytes.Length); tail > 0; tail--)
        {
            if (bytes[^tail..].SequenceEqual(Header[..tail]))
            {
                return bytes.Length - tail;
            }
        }

        return bytes.Length;
    }

    /// <summary>Takes out the FD that follows each FF FF FD; false where it is missing.</summary>
    private static bool TryUnstuff(ReadOnlySpan<byte> body, Span<byte> scratch, out ReadOnlySpan<byte> plain)
    {
        ReadOnlySpan<byte> mark = [0xFF, 0xFF, 0xFD];
        plain = body;
        if (body.IndexOf(mark) < 0)
        {
            return true;
        }

        int written = 0;
        for (int i = 0; i < body.Length; i++)
        {
            scratch[written++] = body[i];
            if (i >= 2 && body[(i - 2)..(i + 1)].SequenceEqual(mark))
            {
                if (i + 1 >= body.Length || body[i + 1] != 0xFD)
                {
                    return false;
                }

                i++;
            }
        }

        plain = scratch[..written];
        return true;
    }
}
