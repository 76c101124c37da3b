namespace Capture.Devices.Tests.Teleop;

/// <summary>The servos' side of protocol 2.0, written for the tests from the e-manual alone.</summary>
internal static class DynamixelWire
{
    public static byte[] Packet(byte id, byte instruction, byte[] parameters, bool stuff = true)
    {
        List<byte> body = [instruction, .. parameters];
        for (int i = 2; stuff && i < body.Count; i++)
        {
            if (body[i - 2] == 0xFF && body[i - 1] == 0xFF && body[i] == 0xFD)
            {
                body.Insert(++i, 0xFD);
            }
        }

        int length = body.Count + 2;
        List<byte> packet = [0xFF, 0xFF, 0xFD, 0x00, id, (byte)length, (byte)(length >> 8), .. body];
        ushort crc = Crc([.. packet]);
        packet.Add((byte)crc);
        packet.Add((byte)(crc >> 8));
        return [.. packet];
    }

    /// <summary>One packet for all: after each servo's part but the last comes the CRC over everything before it.</summary>
    public static byte[] FastSyncStatus((byte Id, byte[] Data)[] servos)
    {
        int length = 1 + servos.Sum(s => 2 + s.Data.Length + 2);
        List<byte> packet = [0xFF, 0xFF, 0xFD, 0x00, 0xFE, (byte)length, (byte)(length >> 8), 0x55];
        foreach ((byte id, byte[] data) in servos)
        {
            packet.Add(0);
            packet.Add(id);
            packet.AddRange(data);
            ushort crc = Crc([.. packet]);
            packet.Add((byte)crc);
            packet.Add((byte)(crc >> 8));
        }

        return [.. packet];
    }

    /// <summary>Bit by bit, as the polynomial says.</summary>
    public static ushort Crc(byte[] bytes)
    {
        int crc = 0;
        foreach (byte b in bytes)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                bool top = ((crc >> 15) & 1) != ((b >> bit) & 1);
                crc = (crc << 1) & 0xFFFF;
                crc ^= top ? 0x8005 : 0;
            }
        }

        return (ushort)crc;
    }
}
