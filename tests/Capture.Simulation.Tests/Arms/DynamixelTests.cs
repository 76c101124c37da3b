using Capture.Simulation.Arms;
using Capture.Simulation.Clocks;
using Capture.Simulation.Rig;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Tests.Arms;

/// <summary>Packets with their bytes are the examples of the vendor's manual (protocol 2.0).</summary>
public class DynamixelTests
{
    private readonly byte[] _buffer = new byte[512];

    [Test]
    public void The_crc_has_its_check_value() => Assert.That(DynamixelPacket.Crc16("123456789"u8), Is.EqualTo(0xFEE8));

    [Test]
    public void Status_packets_are_the_manuals()
    {
        int length = DynamixelPacket.WriteStatus(_buffer, 1, 0, [0xA6, 0, 0, 0]);
        Assert.That(Convert.ToHexString(_buffer.AsSpan(0, length)), Is.EqualTo("FFFFFD000108005500A60000008CC0"));
        length = DynamixelPacket.WriteStatus(_buffer, 2, 0, [0x1F, 0x08, 0, 0]);
        Assert.That(Convert.ToHexString(_buffer.AsSpan(0, length)), Is.EqualTo("FFFFFD0002080055001F080000BABE"));
        length = DynamixelPacket.WriteStatus(_buffer, 1, 0, []);
        Assert.That(Convert.ToHexString(_buffer.AsSpan(0, length)), Is.EqualTo("FFFFFD000104005500A10C"));
    }

    [Test]
    public void The_manuals_instructions_are_understood_one_byte_at_a_time()
    {
        byte[] sent = Convert.FromHexString("00FFFFFD0001070002840004001D15FFFFFFFD00FE090082840004000102CEFA");
        var scanner = new InstructionScanner();
        var found = new List<string>();
        foreach (byte b in sent)
        {
            scanner.Add([b]);
            while (scanner.TryTake(out byte id, out bool crcRight, out ReadOnlySpan<byte> body))
            {
                found.Add($"{id} {crcRight} {Convert.ToHexString(body)}");
            }
        }

        Assert.That(found, Is.EqualTo(new[] { "1 True 0284000400", "254 True 82840004000102" }));
    }

    [Test]
    public void Stuffing_goes_in_and_comes_out()
    {
        byte[] parameters = [0x74, 0x00, 0xFF, 0xFF, 0xFD, 0x00, 0xFF, 0xFF, 0xFD];
        int length = DynamixelPacket.WriteInstruction(_buffer, 1, 3, parameters);
        // 10 bytes around, 9 parameters, one FD after each FF FF FD.
        Assert.That(length, Is.EqualTo(10 + 9 + 2));
        var scanner = new InstructionScanner();
        scanner.Add(_buffer.AsSpan(0, length));
        Assert.That(scanner.TryTake(out _, out bool crcRight, out ReadOnlySpan<byte> body), Is.True);
        Assert.That(crcRight, Is.True);
        Assert.That(body[1..].ToArray(), Is.EqualTo(parameters));
    }

    [Test]
    public void Any_bytes_leave_the_scanner_able_to_hear_the_next_ping()
    {
        var random = new Xoshiro256(42);
        var scanner = new InstructionScanner();
        for (int round = 0; round < 300; round++)
        {
            byte[] noise = [.. Enumerable.Range(0, (int)(random.Next() % 200)).Select(_ => random.Unit() < 0.4 ? (byte)0xFF : (byte)random.Next())];
            scanner.Add(noise);
            while (scanner.TryTake(out _, out _, out _))
            {
            }

            // A header in the noise may claim up to 1024 bytes more; then it is over.
            bool heard = false;
            for (int i = 0; i < 150 && !heard; i++)
            {
                scanner.Add(Convert.FromHexString("FFFFFD0001030001194E"));
                while (scanner.TryTake(out byte id, out bool crcRight, out ReadOnlySpan<byte> body))
                {
                    heard |= id == 1 && crcRight && body.Length == 1 && body[0] == 1;
                }
            }

            Assert.That(heard, Is.True, $"round {round}");
        }
    }

    [Test]
    public void A_sync_read_brings_every_servos_block_at_its_own_instant()
    {
        ServoBus bus = Bus(out BenchScene scene);
        var reply = new BusReply();
        const long Received = 3_000_000_000;
        bus.Handle(0xFE, true, [0x82, 116, 0, 20, 0, 1, 2, 3, 4, 5, 6, 7], Received, reply);
        Assert.That(reply.Length, Is.EqualTo(7 * 31));
        Assert.That(reply.Servos, Is.EqualTo(7));
        Assert.That(reply.IsWrite, Is.False);
        for (int i = 0; i < 7; i++)
        {
            ReadOnlySpan<byte> status = reply.Bytes.AsSpan(i * 31, 31);
            Assert.That(status[4], Is.EqualTo(i + 1));
            Assert.That(DynamixelPacket.Crc16(status[..29]), Is.EqualTo(BitConverter.ToUInt16(status[29..])));
            int position = BitConverter.ToInt32(status[25..]);
            Assert.That(position, Is.EqualTo(reply.Positions[i]));
            Assert.That(reply.SampleNs[i], Is.EqualTo(Received + (i * 31 * 10_000)));
            Assert.That(position, Is.EqualTo(BenchArmModel.Counts(i, scene.FollowerJoints(reply.SampleNs[i]))).Within(1.01));
            Assert.That(BenchArmModel.Value(i, BenchArmModel.Counts(i, scene.FollowerJoints(Received))), Is.EqualTo(scene.FollowerJoints(Received)[i]).Within(1e-12));
        }
    }

    [Test]
    public void A_fast_sync_read_is_one_packet_whose_crcs_chain()
    {
        ServoBus bus = Bus(out _);
        var reply = new BusReply();
        bus.Handle(0xFE, true, [0x8A, 132, 0, 4, 0, 1, 2, 3], 3_000_000_000, reply);
        Assert.That(reply.Length, Is.EqualTo(8 + (3 * 8)));
        Assert.That(BitConverter.ToUInt16(reply.Bytes, 5), Is.EqualTo(reply.Length - 7));
        for (int i = 0; i < 3; i++)
        {
            int at = 8 + (8 * i);
            Assert.That((reply.Bytes[at], reply.Bytes[at + 1]), Is.EqualTo(((byte)0, (byte)(i + 1))));
            Assert.That(BitConverter.ToInt32(reply.Bytes, at + 2), Is.EqualTo(reply.Positions[i]));
            Assert.That(BitConverter.ToUInt16(reply.Bytes, at + 6), Is.EqualTo(DynamixelPacket.Crc16(reply.Bytes.AsSpan(0, at + 6))));
        }
    }

    [Test]
    public void Writes_are_told_from_reads_and_unknown_ids_are_silent()
    {
        ServoBus bus = Bus(out _);
        var reply = new BusReply();
        bus.Handle(1, true, [3, 64, 0, 1], 0, reply);
        Assert.That((reply.IsWrite, reply.Bytes[8]), Is.EqualTo((true, (byte)0)));
        bus.Handle(1, true, [3, 132, 0, 1, 0, 0, 0], 0, reply);
        Assert.That((reply.IsWrite, reply.Bytes[8]), Is.EqualTo((true, (byte)7)), "present position cannot be written");
        bus.Handle(9, true, [1], 0, reply);
        Assert.That((reply.IsWrite, reply.Length), Is.EqualTo((false, 0)));
        bus.Handle(1, false, [1], 0, reply);
        Assert.That(reply.Bytes[8], Is.EqualTo(3), "wrong CRC");
        bus.Handle(1, true, [2, 140, 0, 20, 0], 0, reply);
        Assert.That(reply.Bytes[8], Is.EqualTo(7), "beyond the table");
        bus.Handle(1, true, [0x77], 0, reply);
        Assert.That(reply.Bytes[8], Is.EqualTo(2), "no such instruction");
    }

    [Test]
    public void The_realtime_tick_is_the_servos_own_clock()
    {
        ServoBus bus = Bus(out _);
        var profile = new BenchProfile(1, 0);
        var reply = new BusReply();
        foreach (long t in new[] { 1_000_000_000L, 40_000_000_000, 900_000_000_000 })
        {
            bus.Handle(4, true, [2, 120, 0, 2, 0], t, reply);
            Assert.That(BitConverter.ToUInt16(reply.Bytes, 9), Is.EqualTo(profile.Follower[3].RawTicksAt(t)));
            Assert.That(BitConverter.ToUInt16(reply.Bytes, 9), Is.LessThan(32_768));
        }
    }

    private static ServoBus Bus(out BenchScene scene)
    {
        var profile = new BenchProfile(1, 0);
        BenchScene s = new(1);
        scene = s;
        return new ServoBus([.. Enumerable.Range(0, 7).Select(i => new ServoTable(i, profile.Follower[i], s, 0, isLeader: false))]);
    }
}
