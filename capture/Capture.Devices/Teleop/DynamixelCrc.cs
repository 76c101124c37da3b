namespace Capture.Devices.Teleop;

/// <summary>CRC-16 of Dynamixel protocol 2.0: polynomial 0x8005, initial value 0, not reflected, no final xor; "123456789" gives 0xFEE8.</summary>
public static class DynamixelCrc
{
    private static readonly ushort[] Table = MakeTable();

    public static ushort Compute(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0;
        foreach (byte b in bytes)
        {
            crc = (ushort)((crc << 8) ^ Table[(crc >> 8) ^ b]);
        }

        return crc;
    }

    private static ushort[] MakeTable()
    {
        ushort[] table = new ushort[256];
        for (int i = 0; i < table.Length; i++)
        {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x8005 : crc << 1;
            }

            table[i] = (ushort)crc;
        }

        return table;
    }
}
