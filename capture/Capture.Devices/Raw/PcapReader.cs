using System.Buffers.Binary;

namespace Capture.Devices.Raw;

/// <summary>libpcap's classic file, both byte orders, micro- and nanosecond stamps (draft-ietf-opsawg-pcap).</summary>
internal sealed class PcapReader(RawInput input) : RawReader
{
    private const int HeadBytes = 24;
    private const int RecordHeadBytes = 16;

    private bool started;
    private bool ended;
    private bool bigEndian;
    private bool nanoseconds;
    private int linkType;
    private int given;

    public override RawFormat Format => RawFormat.Pcap;

    /// <param name="magic">The first four bytes, read big-endian.</param>
    public static bool IsMagic(uint magic) => magic is 0xA1B2C3D4 or 0xD4C3B2A1 or 0xA1B23C4D or 0x4D3CB2A1;

    public override bool Next(out RawPayload payload)
    {
        payload = default;
        input.Skip(given);
        given = 0;
        if (ended || (!started && !Start(out payload)))
        {
            bool problem = payload.Problem is not null;
            ended = true;
            return problem;
        }

        long offset = input.Offset;
        ReadOnlySpan<byte> head = input.Peek(RecordHeadBytes);
        if (head.Length < RecordHeadBytes)
        {
            ended = true;
            payload = new RawPayload { Offset = offset, Problem = "the file ends inside a record's head" };
            return !head.IsEmpty;
        }

        long seconds = Read32(head);
        long fraction = Read32(head[4..]);
        uint captured = Read32(head[8..]);
        uint original = Read32(head[12..]);
        long time = (seconds * 1_000_000_000) + (nanoseconds ? fraction : fraction * 1000);
        input.Skip(RecordHeadBytes);
        if (captured > RawInput.MaxRecordBytes)
        {
            ended = true;
            payload = new RawPayload { Offset = offset, UnixNanoseconds = time, Problem = $"a record of {captured} bytes is beyond the limit of {RawInput.MaxRecordBytes}" };
            return true;
        }

        ReadOnlySpan<byte> packet = input.Peek((int)captured);
        given = packet.Length;
        if (packet.Length < captured)
        {
            ended = true;
            payload = new RawPayload { Offset = offset, UnixNanoseconds = time, Problem = "the file ends inside a packet" };
            return true;
        }

        payload = LinkPacket.Read(linkType, packet, input.Offset, time, captured < original);
        return true;
    }

    private bool Start(out RawPayload payload)
    {
        payload = default;
        ReadOnlySpan<byte> head = input.Peek(HeadBytes);
        if (head.Length < HeadBytes || !IsMagic(BinaryPrimitives.ReadUInt32BigEndian(head)))
        {
            payload = new RawPayload { Offset = 0, Problem = "the file has no whole pcap header" };
            return false;
        }

        uint magic = BinaryPrimitives.ReadUInt32BigEndian(head);
        bigEndian = magic is 0xA1B2C3D4 or 0xA1B23C4D;
        nanoseconds = magic is 0xA1B23C4D or 0x4D3CB2A1;

        // The upper bits hold the length of a frame check sequence.
        linkType = (int)(Read32(head[20..]) & 0xFFFF);
        started = true;
        input.Skip(HeadBytes);
        return true;
    }

    private uint Read32(ReadOnlySpan<byte> b) => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(b) : BinaryPrimitives.ReadUInt32LittleEndian(b);
}
