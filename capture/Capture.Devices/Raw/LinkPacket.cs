using System.Buffers.Binary;

namespace Capture.Devices.Raw;

/// <summary>Takes the UDP or TCP payload out of one captured packet. Link types are those of tcpdump.org/linktypes.html.</summary>
internal static class LinkPacket
{
    private const ushort EtherIpv4 = 0x0800;
    private const ushort EtherIpv6 = 0x86DD;

    /// <param name="offset">Of the packet in the file.</param>
    /// <param name="truncated">The capture holds less than the packet had.</param>
    public static RawPayload Read(int linkType, ReadOnlySpan<byte> packet, long offset, long? unixNanoseconds, bool truncated)
    {
        string? problem = FindIp(linkType, packet, out int at);
        return problem is not null ? Problem(offset, unixNanoseconds, problem)
            : at < 0 ? Problem(offset, unixNanoseconds, null)
            : ReadIp(packet[at..], offset + at, unixNanoseconds, truncated);
    }

    private static string? FindIp(int linkType, ReadOnlySpan<byte> packet, out int at)
    {
        at = linkType switch { 0 or 108 => 4, 1 => 14, 12 or 14 or 101 or 228 or 229 => 0, 113 => 16, 276 => 20, _ => -1 };
        if (at < 0)
        {
            return $"packets of link type {linkType} are not read";
        }

        if (packet.Length <= at)
        {
            return "the packet ends in its link header";
        }

        if (linkType is 0 or 108 or 12 or 14 or 101 or 228 or 229)
        {
            return null;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(packet[(linkType switch { 1 => 12, 113 => 14, _ => 0 })..]);
        while (linkType == 1 && type is 0x8100 or 0x88A8 && packet.Length > at + 4)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
            at += 4;
        }

        // ARP and the like: nothing is wrong with them.
        at = type is EtherIpv4 or EtherIpv6 ? at : -1;
        return null;
    }

    private static RawPayload ReadIp(ReadOnlySpan<byte> ip, long offset, long? time, bool truncated)
    {
        int version = ip.IsEmpty ? 0 : ip[0] >> 4;
        int head;
        int total;
        int protocol;
        if (version == 4 && ip.Length >= 20)
        {
            head = (ip[0] & 15) * 4;
            total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
            protocol = ip[9];
            int fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[6..]);
            if ((fragment & 0x3FFF) != 0)
            {
                return Problem(offset, time, $"IP fragment (offset {(fragment & 0x1FFF) * 8}): fragments are not put together");
            }

            // Segmentation offload leaves the length 0.
            total = total == 0 ? ip.Length : total;
        }
        else if (version == 6 && ip.Length >= 40)
        {
            head = 40;
            total = 40 + BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);
            protocol = ip[6];
            if (protocol == 44)
            {
                return Problem(offset, time, "IP fragment: fragments are not put together");
            }
        }
        else
        {
            return Problem(offset, time, "the packet holds no whole IP header");
        }

        if (head < 20 || total < head || ip.Length < head)
        {
            return Problem(offset, time, "the IP header's lengths contradict each other");
        }

        if (total > ip.Length)
        {
            return Problem(offset, time, truncated ? "the packet was cut off when it was recorded" : "the packet is shorter than its IP header says");
        }

        ReadOnlySpan<byte> segment = ip[head..total];
        ulong flow = Mix(ip[(version == 4 ? 12 : 8)..(version == 4 ? 20 : 40)], protocol);
        return protocol switch
        {
            17 => ReadUdp(segment, offset + head, time, flow),
            6 => ReadTcp(segment, offset + head, time, flow),
            _ => Problem(offset, time, null),
        };
    }

    private static RawPayload ReadUdp(ReadOnlySpan<byte> udp, long offset, long? time, ulong flow)
    {
        int length = udp.Length >= 8 ? BinaryPrimitives.ReadUInt16BigEndian(udp[4..]) : 0;
        return length < 8 || length > udp.Length
            ? Problem(offset, time, "the UDP header's length does not fit")
            : new RawPayload
            {
                Offset = offset + 8,
                UnixNanoseconds = time,
                Transport = RawTransport.Udp,
                SourcePort = BinaryPrimitives.ReadUInt16BigEndian(udp),
                DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(udp[2..]),
                Flow = Mix(udp[..4], (int)flow) ^ flow,
                Bytes = udp[8..length],
            };
    }

    private static RawPayload ReadTcp(ReadOnlySpan<byte> tcp, long offset, long? time, ulong flow)
    {
        int head = tcp.Length >= 20 ? (tcp[12] >> 4) * 4 : 0;
        return head < 20 || head > tcp.Length
            ? Problem(offset, time, "the TCP header's length does not fit")
            : new RawPayload
            {
                Offset = offset + head,
                UnixNanoseconds = time,
                Transport = RawTransport.Tcp,
                SourcePort = BinaryPrimitives.ReadUInt16BigEndian(tcp),
                DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]),
                TcpSequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]) + ((tcp[13] & 2) != 0 ? 1u : 0u),
                Flow = Mix(tcp[..4], (int)flow) ^ flow,
                Bytes = tcp[head..],
            };
    }

    private static RawPayload Problem(long offset, long? time, string? what) => new()
    {
        Offset = offset,
        UnixNanoseconds = time,
        Transport = RawTransport.Other,
        Problem = what,
    };

    /// <summary>FNV-1a over the addresses: tells flows apart within one recording.</summary>
    private static ulong Mix(ReadOnlySpan<byte> bytes, int seed)
    {
        ulong hash = 14695981039346656037 ^ (uint)seed;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return hash;
    }
}
