using System.Buffers.Binary;

namespace Capture.Devices.Raw;

/// <summary>pcapng: section, interface, enhanced, simple and (obsolete) packet blocks; others are skipped. Source: draft-ietf-opsawg-pcapng.</summary>
internal sealed class PcapNgReader(RawInput input) : RawReader
{
    /// <summary>Type of the section header block; the same in both byte orders.</summary>
    public const uint SectionHeader = 0x0A0D0D0A;

    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const int MaxInterfaces = 1024;

    private readonly List<Interface> interfaces = [];
    private bool bigEndian;
    private bool ended;
    private int given;

    public override RawFormat Format => RawFormat.PcapNg;

    public override bool Next(out RawPayload payload)
    {
        payload = default;
        while (!ended)
        {
            input.Skip(given);
            given = 0;
            long offset = input.Offset;
            ReadOnlySpan<byte> head = input.Peek(12);
            if (head.Length < 12)
            {
                ended = true;
                payload = Problem(offset, "the file ends inside a block's head");
                return !head.IsEmpty;
            }

            if (BinaryPrimitives.ReadUInt32BigEndian(head) == SectionHeader)
            {
                uint order = BinaryPrimitives.ReadUInt32BigEndian(head[8..]);
                if (order is not (0x1A2B3C4D or 0x4D3C2B1A))
                {
                    return Stop(offset, "the section header has no byte order mark", out payload);
                }

                bigEndian = order == 0x1A2B3C4D;
                interfaces.Clear();
            }

            uint type = Read32(head);
            uint length = Read32(head[4..]);
            if (length < 12 || length % 4 != 0 || length > RawInput.MaxRecordBytes)
            {
                return Stop(offset, $"a block of {length} bytes is not possible or beyond the limit of {RawInput.MaxRecordBytes}", out payload);
            }

            ReadOnlySpan<byte> block = input.Peek((int)length);
            given = block.Length;
            if (block.Length < length)
            {
                return Stop(offset, "the file ends inside a block", out payload);
            }

            if (ReadBlock(type, block[8..^4], offset + 8, out payload))
            {
                return true;
            }
        }

        return false;
    }

    private bool ReadBlock(uint type, ReadOnlySpan<byte> body, long offset, out RawPayload payload)
    {
        payload = default;
        switch (type)
        {
            case InterfaceDescription when body.Length >= 8 && interfaces.Count < MaxInterfaces:
                interfaces.Add(new Interface(Read16(body), Read32(body[4..]), FindResolution(body[8..])));
                return false;
            case EnhancedPacket when body.Length >= 20:
                payload = ReadPacket((int)Math.Min(Read32(body), int.MaxValue), body, offset);
                return true;
            case ObsoletePacket when body.Length >= 20:
                payload = ReadPacket(Read16(body), body, offset);
                return true;
            case SimplePacket when body.Length >= 4 && interfaces.Count > 0:
                uint original = Read32(body);
                uint snap = interfaces[0].SnapLength == 0 ? uint.MaxValue : interfaces[0].SnapLength;
                int captured = (int)Math.Min(Math.Min(original, snap), (uint)(body.Length - 4));
                payload = LinkPacket.Read(interfaces[0].LinkType, body.Slice(4, captured), offset + 4, null, captured < original);
                return true;
            case EnhancedPacket or ObsoletePacket or SimplePacket:
                payload = Problem(offset, "a packet block is too short, or belongs to no interface");
                return true;
            default:
                return false;
        }
    }

    private RawPayload ReadPacket(int index, ReadOnlySpan<byte> body, long offset)
    {
        uint captured = Read32(body[12..]);
        if (index >= interfaces.Count || captured > body.Length - 20)
        {
            return Problem(offset, "a packet block's interface or length is wrong");
        }

        Interface source = interfaces[index];
        ulong units = ((ulong)Read32(body[4..]) << 32) | Read32(body[8..]);
        return LinkPacket.Read(source.LinkType, body.Slice(20, (int)captured), offset + 20, source.ToNanoseconds(units), captured < Read32(body[16..]));
    }

    /// <summary>Option 9 (if_tsresol) of an interface block; default 6: microseconds.</summary>
    private byte FindResolution(ReadOnlySpan<byte> options)
    {
        while (options.Length >= 4)
        {
            int code = Read16(options);
            int length = Read16(options[2..]);
            int padded = 4 + ((length + 3) & ~3);
            if (code == 0 || padded > options.Length)
            {
                break;
            }

            if (code == 9 && length >= 1)
            {
                return options[4];
            }

            options = options[padded..];
        }

        return 6;
    }

    private bool Stop(long offset, string why, out RawPayload payload)
    {
        ended = true;
        payload = Problem(offset, why);
        return true;
    }

    private static RawPayload Problem(long offset, string what) => new() { Offset = offset, Transport = RawTransport.Other, Problem = what };

    private ushort Read16(ReadOnlySpan<byte> b) => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(b) : BinaryPrimitives.ReadUInt16LittleEndian(b);

    private uint Read32(ReadOnlySpan<byte> b) => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(b) : BinaryPrimitives.ReadUInt32LittleEndian(b);

    /// <param name="Resolution">if_tsresol: below 128 a negative power of ten, from there on of two.</param>
    private readonly record struct Interface(int LinkType, uint SnapLength, byte Resolution)
    {
        /// <summary>Null where the resolution is finer or coarser than can be computed, or the time beyond 2262.</summary>
        public long? ToNanoseconds(ulong units)
        {
            int power = Resolution & 0x7F;
            if (power > ((Resolution & 0x80) != 0 ? 63 : 18))
            {
                return null;
            }

            UInt128 perSecond = (Resolution & 0x80) != 0 ? UInt128.One << power : (UInt128)Math.Pow(10, power);
            UInt128 nanoseconds = (UInt128)units * 1_000_000_000 / perSecond;
            return nanoseconds <= long.MaxValue ? (long)nanoseconds : null;
        }
    }
}
