using Capture.Devices.Teleop;

namespace Capture.Devices.Tests.Teleop;

/// <summary>Bytes of the examples: ROBOTIS e-manual, "DYNAMIXEL Protocol 2.0", chapters Ping, Read, Sync Read, Fast Sync Read.</summary>
public sealed class DynamixelPacketTests
{
    private const string PingStatus = "FFFFFD00010700550006042665 5D";
    private const string ReadStatus1 = "FFFFFD0001080055 00A6000000 8CC0";
    private const string ReadStatus2 = "FFFFFD0002080055 001F080000 BABE";

    private readonly byte[] scratch = new byte[DynamixelPacket.MaxBytes];

    internal static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", string.Empty));

    [Test]
    public void Crc_has_the_check_value_of_its_polynomial() =>
        Assert.That(DynamixelCrc.Compute("123456789"u8), Is.EqualTo(0xFEE8));

    [Test]
    public void Requests_are_those_of_the_manual()
    {
        byte[] to = new byte[DynamixelRequest.MaxBytes];
        Assert.That(to[..DynamixelRequest.Ping(to, 1)], Is.EqualTo(Hex("FFFFFD00 01 0300 01 194E")));
        Assert.That(to[..DynamixelRequest.Read(to, 1, 132, 4)], Is.EqualTo(Hex("FFFFFD00 01 0700 02 8400 0400 1D15")));
        Assert.That(to[..DynamixelRequest.SyncRead(to, [1, 2], 132, 4)], Is.EqualTo(Hex("FFFFFD00 FE 0900 82 8400 0400 01 02 CEFA")));
    }

    [Test]
    public void No_request_can_write_a_register()
    {
        // Every public builder there is: one that is added must be added here, and must only ask.
        byte[] to = new byte[DynamixelRequest.MaxBytes];
        string[] builders = [.. typeof(DynamixelRequest).GetMethods().Where(m => m.DeclaringType == typeof(DynamixelRequest)).Select(m => m.Name).Order(StringComparer.Ordinal)];
        Assert.That(builders, Is.EqualTo(new[] { "FastSyncRead", "Ping", "Read", "SyncRead" }));
        List<byte> instructions = [];
        foreach (int length in new[] { DynamixelRequest.Ping(to, 1) })
        {
            instructions.Add(to[7]);
            Assert.That(length, Is.EqualTo(10));
        }

        _ = DynamixelRequest.Read(to, 1, 0, 2);
        instructions.Add(to[7]);
        _ = DynamixelRequest.SyncRead(to, [1], 0, 2);
        instructions.Add(to[7]);
        _ = DynamixelRequest.FastSyncRead(to, [1], 0, 2);
        instructions.Add(to[7]);
        Assert.That(instructions, Is.EqualTo(new byte[] { 0x01, 0x02, 0x82, 0x8A }));
    }

    [TestCase(PingStatus, 1, "06042 6")]
    [TestCase(ReadStatus1, 1, "A6000000")]
    [TestCase(ReadStatus2, 2, "1F080000")]
    public void Reads_the_status_packets_of_the_manual(string hex, byte id, string data)
    {
        byte[] bytes = Hex(hex);
        ParseStatus status = DynamixelPacket.Read(bytes, scratch, out DynamixelPacket packet, out int consumed, out _);
        Assert.That(status, Is.EqualTo(ParseStatus.Complete));
        Assert.That(consumed, Is.EqualTo(bytes.Length));
        Assert.That(packet.Id, Is.EqualTo(id));
        Assert.That(packet.Instruction, Is.EqualTo(DynamixelInstruction.Status));
        Assert.That(packet.Error, Is.Zero);
        Assert.That(packet.Data.ToArray(), Is.EqualTo(Hex(data)));
    }

    [Test]
    public void Takes_out_stuffing_and_refuses_its_absence()
    {
        byte[] good = DynamixelWire.Packet(3, 0x55, [0, 0xFF, 0xFF, 0xFD, 0x00, 0xFF, 0xFF, 0xFD]);
        Assert.That(DynamixelPacket.Read(good, scratch, out DynamixelPacket packet, out _, out _), Is.EqualTo(ParseStatus.Complete));
        Assert.That(packet.Data.ToArray(), Is.EqualTo(new byte[] { 0xFF, 0xFF, 0xFD, 0x00, 0xFF, 0xFF, 0xFD }));
        Assert.That(good, Has.Length.EqualTo(7 + 1 + 8 + 2 + 2), "two bytes were stuffed");

        byte[] bad = DynamixelWire.Packet(3, 0x55, [0, 0xFF, 0xFF, 0xFD, 0x07, 0x08], stuff: false);
        Assert.That(DynamixelPacket.Read(bad, scratch, out _, out int consumed, out DynamixelFault fault), Is.EqualTo(ParseStatus.Malformed));
        Assert.That(fault, Is.EqualTo(DynamixelFault.Stuffing));
        Assert.That(consumed, Is.EqualTo(bad.Length));
    }

    [Test]
    public void Every_prefix_needs_more()
    {
        byte[] bytes = Hex(ReadStatus1);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.That(DynamixelPacket.Read(bytes.AsSpan(0, length), scratch, out _, out int consumed, out _), Is.EqualTo(ParseStatus.NeedMore), $"{length} bytes");
            Assert.That(consumed, Is.Zero);
        }
    }

    [Test]
    public void Finds_packets_between_noise_at_every_split()
    {
        byte[] bytes = [.. Hex("00FFFF"), .. Hex(ReadStatus1), 0xFD, 0xFF, .. Hex(ReadStatus2), 0xFF, 0xFF];
        for (int split = 0; split <= bytes.Length; split++)
        {
            Assert.That(ReadAll([bytes[..split], bytes[split..]]), Is.EqualTo(new byte[] { 1, 2 }), $"split at {split}");
        }

        Assert.That(ReadAll([.. bytes.Select(b => new[] { b })]), Is.EqualTo(new byte[] { 1, 2 }), "one byte at a time");
    }

    [Test]
    public void A_packet_that_lost_its_end_does_not_swallow_the_next()
    {
        byte[] bytes = [.. Hex(ReadStatus1)[..9], .. Hex(ReadStatus2)];
        Assert.That(ReadAll([bytes]), Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public void A_wrong_bit_anywhere_never_passes()
    {
        byte[] good = Hex(ReadStatus1);
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(DynamixelPacket.Read(bad, scratch, out _, out _, out _), Is.Not.EqualTo(ParseStatus.Complete), $"bit {bit}");
        }
    }

    [Test]
    public void Fast_sync_read_chain_is_walked()
    {
        byte[] chain = DynamixelWire.FastSyncStatus([(3, [1, 2, 3, 4]), (7, [5, 6, 7, 8]), (4, [9, 10, 11, 12])]);
        Assert.That(DynamixelPacket.Read(chain, scratch, out DynamixelPacket packet, out _, out _), Is.EqualTo(ParseStatus.Complete));
        FastSyncReply reply = new(packet, 4);
        List<(byte, byte)> found = [];
        while (reply.Next())
        {
            found.Add((reply.Id, reply.Data[0]));
        }

        Assert.That(found, Is.EqualTo(new (byte, byte)[] { (3, 1), (7, 5), (4, 9) }));
    }

    [Test]
    public void Noise_and_mutations_never_throw_nor_stall()
    {
        SeededBytes random = new(20261122);
        byte[] corpus = [.. Hex(ReadStatus1), .. DynamixelWire.Packet(9, 0x55, [0, 0xFF, 0xFF, 0xFD, 1]), .. Hex(ReadStatus2)];
        for (int i = 0; i < 20_000; i++)
        {
            ReadOnlySpan<byte> rest = random.Mutate(corpus);
            while (DynamixelPacket.Read(rest, scratch, out _, out int consumed, out _) != ParseStatus.NeedMore)
            {
                Assert.That(consumed, Is.GreaterThan(0));
                rest = rest[consumed..];
            }
        }
    }

    private byte[] ReadAll(byte[][] pieces)
    {
        List<byte> ids = [];
        byte[] buffer = [];
        foreach (byte[] piece in pieces)
        {
            buffer = [.. buffer, .. piece];
            ParseStatus status;
            while ((status = DynamixelPacket.Read(buffer, scratch, out DynamixelPacket packet, out int consumed, out _)) != ParseStatus.NeedMore)
            {
                if (status == ParseStatus.Complete)
                {
                    ids.Add(packet.Id);
                }

                buffer = buffer[consumed..];
            }
        }

        return [.. ids];
    }
}
