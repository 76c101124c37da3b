using System.Buffers.Binary;
using System.Text;

namespace Capture.Devices.Tests.Raw;

/// <summary>Recordings built from the file formats' specifications.</summary>
internal static class Recordings
{
    public static byte[] Udp(ushort from, ushort to, byte[] payload, int fragment = 0)
    {
        byte[] udp = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(udp, from);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(2), to);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        payload.CopyTo(udp, 8);
        return Ip(17, udp, fragment);
    }

    public static byte[] Tcp(ushort from, ushort to, uint sequence, byte[] payload)
    {
        byte[] tcp = new byte[24 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, from);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(2), to);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), sequence);
        tcp[12] = 6 << 4;
        payload.CopyTo(tcp, 24);
        return Ip(6, tcp, 0);
    }

    private static byte[] Ip(byte protocol, byte[] segment, int fragment)
    {
        byte[] ip = new byte[20 + segment.Length];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)ip.Length);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(6), (ushort)fragment);
        ip[9] = protocol;
        new byte[] { 10, 0, 0, 1, 10, 0, 0, 2 }.CopyTo(ip, 12);
        segment.CopyTo(ip, 20);
        return ip;
    }

    public static byte[] Ethernet(byte[] ip, bool vlan = false) => vlan
        ? [.. new byte[12], 0x81, 0x00, 0x00, 0x05, 0x08, 0x00, .. ip]
        : [.. new byte[12], 0x08, 0x00, .. ip, 0, 0, 0];

    /// <summary>Linux cooked: 16 bytes, the type in the last two.</summary>
    public static byte[] Cooked(byte[] ip) => [.. new byte[14], 0x08, 0x00, .. ip];

    public static byte[] Cooked2(byte[] ip) => [0x08, 0x00, .. new byte[18], .. ip];

    public static byte[] Pcap(uint linkType, bool bigEndian, bool nanoseconds, params byte[][] packets)
    {
        MemoryStream file = new();
        Write32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
        file.Write(bigEndian ? [0, 2, 0, 4] : [2, 0, 4, 0]);
        Write32(0);
        Write32(0);
        Write32(65535);
        Write32(linkType);
        uint fraction = 0;
        foreach (byte[] packet in packets)
        {
            Write32(1_700_000_000);
            Write32(++fraction);
            Write32((uint)packet.Length);
            Write32((uint)packet.Length);
            file.Write(packet);
        }

        return file.ToArray();

        void Write32(uint v)
        {
            byte[] b = BitConverter.GetBytes(v);
            if (bigEndian)
            {
                Array.Reverse(b);
            }

            file.Write(b);
        }
    }

    /// <summary>A section, a comment block of unknown type, an interface in nanoseconds, and enhanced packets.</summary>
    public static byte[] PcapNg(ushort linkType, params byte[][] packets)
    {
        MemoryStream file = new();
        Block(0x0A0D0D0A, [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, .. Enumerable.Repeat((byte)0xFF, 8)]);
        Block(0x0BAD, Encoding.ASCII.GetBytes("skip me!"));
        Block(1, [(byte)linkType, (byte)(linkType >> 8), 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
        long time = 1_700_000_000_000_000_000;
        foreach (byte[] packet in packets)
        {
            time++;
            byte[] body = new byte[20 + ((packet.Length + 3) & ~3)];
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), (uint)(time >> 32));
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), (uint)time);
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(12), (uint)packet.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(16), (uint)packet.Length);
            packet.CopyTo(body, 20);
            Block(6, body);
        }

        return file.ToArray();

        void Block(uint type, byte[] body)
        {
            uint length = (uint)(12 + body.Length);
            file.Write(BitConverter.GetBytes(type));
            file.Write(BitConverter.GetBytes(length));
            file.Write(body);
            file.Write(BitConverter.GetBytes(length));
        }
    }
}
