using System.Buffers.Binary;

namespace Capture.Simulation.Arms;

/// <summary>Dynamixel protocol 2.0 on the servo's side: <c>FF FF FD 00 id len16 instruction params crc16</c>, little-endian, byte stuffing, CRC over the stuffed bytes.</summary>
public static class DynamixelPacket
{
    public const byte Ping = 0x01;
    public const byte Read = 0x02;
    public const byte Status = 0x55;
    public const byte SyncRead = 0x82;
    public const byte FastSyncRead = 0x8A;
    public const byte Broadcast = 0xFE;

    /// <summary>CRC-16: polynomial 0x8005, initial value 0, not reflected, no final xor; "123456789" gives 0xFEE8.</summary>
    public static ushort Crc16(ReadOnlySpan<byte> data)
    {
        ushort crc = 0;
        foreach (byte b in data)
        {
            crc = (ushort)((crc << 8) ^ Table[(crc >> 8) ^ b]);
        }

        return crc;
    }

    private static readonly ushort[] Table = MakeTable();

    /// <summary>Writes a status packet; returns its length. <paramref name="buffer"/> holds at least 11 + 4/3 of the parameters.</summary>
    public static int WriteStatus(Span<byte> buffer, byte id, byte error, ReadOnlySpan<byte> parameters) => Write(buffer, id, Status, [error], parameters);

    /// <summary>Writes an instruction packet (what a host sends): for tests and for the servo's own scanner to be checked against.</summary>
    public static int WriteInstruction(Span<byte> buffer, byte id, byte instruction, ReadOnlySpan<byte> parameters) => Write(buffer, id, instruction, [], parameters);

    /// <summary>
    /// Writes the one status packet that answers a fast sync read: id FE, then per servo error, id, data and a CRC over everything from the header up to there.
    /// The length field counts instruction, all blocks and the last CRC. It is not stuffed beyond what its data need.
    /// </summary>
    public static int WriteFastStatus(Span<byte> buffer, ReadOnlySpan<byte> ids, ReadOnlySpan<byte> data, int dataLength)
    {
        Span<byte> head = [0xFF, 0xFF, 0xFD, 0x00, Broadcast, 0, 0, Status];
        head.CopyTo(buffer);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[5..], (ushort)(1 + (ids.Length * (dataLength + 4))));
        int at = head.Length;
        for (int i = 0; i < ids.Length; i++)
        {
            buffer[at++] = 0;
            buffer[at++] = ids[i];
            data.Slice(i * dataLength, dataLength).CopyTo(buffer[at..]);
            at += dataLength;
            BinaryPrimitives.WriteUInt16LittleEndian(buffer[at..], Crc16(buffer[..at]));
            at += 2;
        }

        return at;
    }

    /// <summary>Takes the stuffed FDs out of instruction and parameters, in place; returns the new length.</summary>
    public static int Unstuff(Span<byte> body)
    {
        int to = 0;
        for (int from = 0; from < body.Length; from++)
        {
            body[to++] = body[from];
            if (to >= 3 && body[to - 3] == 0xFF && body[to - 2] == 0xFF && body[to - 1] == 0xFD && from + 1 < body.Length && body[from + 1] == 0xFD)
            {
                from++;
            }
        }

        return to;
    }

    private static int Write(Span<byte> buffer, byte id, byte instruction, ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest)
    {
        Span<byte> head = [0xFF, 0xFF, 0xFD, 0x00, id, 0, 0, instruction];
        head.CopyTo(buffer);
        int at = head.Length;
        Stuff(buffer, ref at, first);
        Stuff(buffer, ref at, rest);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[5..], (ushort)(at - 7 + 2));
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[at..], Crc16(buffer[..at]));
        return at + 2;
    }

    private static void Stuff(Span<byte> buffer, ref int at, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            buffer[at++] = b;
            if (b == 0xFD && at >= 10 && buffer[at - 2] == 0xFF && buffer[at - 3] == 0xFF)
            {
                buffer[at++] = 0xFD;
            }
        }
    }

    private static ushort[] MakeTable()
    {
        ushort[] table = new ushort[256];
        for (int i = 0; i < 256; i++)
        {
            ushort crc = (ushort)(i << 8);
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x8005 : crc << 1);
            }

            table[i] = crc;
        }

        return table;
    }
}
