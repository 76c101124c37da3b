using System.Text;
using System.Text.Json;
using Capture.Devices.Decode;
using Capture.Devices.Raw;
using Capture.Devices.Tests.Mocap;
using Capture.Devices.Tests.Raw;
using Capture.Devices.Tests.Teleop;

namespace Capture.Devices.Tests.Decode;

public sealed class DecodeRunTests
{
    private static readonly byte[] Conversation =
    [
        .. DynamixelPacketTests.Hex("FFFFFD00 FE 0900 82 8400 0400 01 02 CEFA"),
        .. DynamixelPacketTests.Hex("FFFFFD0001080055 00A6000000 8CC0"),
        .. DynamixelPacketTests.Hex("FFFFFD0002080055 001F080000 BABE"),
    ];

    [Test]
    public void Dynamixel_from_bytes_names_the_registers()
    {
        JsonElement[] lines = Run("dynamixel", Conversation, out DecodeSummary summary);
        Assert.That(summary, Is.EqualTo(new DecodeSummary(RawFormat.Bytes, 3, 0, 0)));
        Assert.That(lines.Select(l => l.GetProperty("type").GetString()), Is.EqualTo(new[] { "sync_read", "status", "status" }));
        Assert.That(lines.Select(l => l.GetProperty("offset").GetInt64()), Is.EqualTo(new[] { 0L, 16, 31 }));
        Assert.That(lines.Select(l => l.GetProperty("index").GetInt64()), Is.EqualTo(new[] { 0L, 1, 2 }));
        Assert.That(lines[2].GetProperty("registers").GetProperty("present_position_counts").GetInt32(), Is.EqualTo(0x081F));
    }

    [Test]
    public void The_same_bytes_as_hex_or_over_tcp_give_the_same_lines()
    {
        JsonElement[] raw = Run("dynamixel", Conversation, out _);
        JsonElement[] hex = Run("dynamixel", Encoding.ASCII.GetBytes(Convert.ToHexString(Conversation)), out DecodeSummary summary);
        Assert.That(summary.Format, Is.EqualTo(RawFormat.Hex));
        Assert.That(hex.Select(l => l.GetRawText()), Is.EqualTo(raw.Select(l => l.GetRawText())));

        // Split within a packet, and the second segment sent twice.
        byte[] first = Recordings.Ethernet(Recordings.Tcp(5000, 6000, 100, Conversation[..20]));
        byte[] second = Recordings.Ethernet(Recordings.Tcp(5000, 6000, 120, Conversation[20..]));
        JsonElement[] tcp = Run("dynamixel", Recordings.PcapNg(1, first, second, second), out summary);
        Assert.That(summary.Problems, Is.Zero);
        Assert.That(tcp.Select(l => l.GetProperty("type").GetString()), Is.EqualTo(raw.Select(l => l.GetProperty("type").GetString())));
        Assert.That(tcp[0].GetProperty("unix_time_ns").GetInt64(), Is.EqualTo(1_700_000_000_000_000_001));
    }

    [Test]
    public void A_hole_in_a_tcp_connection_is_said()
    {
        byte[] first = Recordings.Ethernet(Recordings.Tcp(5000, 6000, 100, Conversation[..20]));
        byte[] third = Recordings.Ethernet(Recordings.Tcp(5000, 6000, 131, Conversation[31..]));
        JsonElement[] lines = Run("dynamixel", Recordings.Pcap(1, false, false, first, third), out _);
        Assert.That(lines.Any(l => l.GetProperty("type").GetString() == "error" && l.GetProperty("error").GetString()!.Contains("11 bytes", StringComparison.Ordinal)), Is.True);
        Assert.That(lines[^1].GetProperty("id").GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public void Malformed_bytes_give_a_line_with_offset_and_error_and_the_rest_is_read()
    {
        byte[] broken = [.. Conversation];
        broken[25] ^= 1;
        JsonElement[] lines = Run("dynamixel", [.. broken, .. DynamixelPacketTests.Hex("FFFFFD0001")], out DecodeSummary summary);
        Assert.That(summary.Problems, Is.GreaterThanOrEqualTo(2));
        JsonElement error = lines[1];
        Assert.That((error.GetProperty("type").GetString(), error.GetProperty("offset").GetInt64(), error.GetProperty("error").GetString()), Is.EqualTo(("error", 16L, "the checksum is wrong")));
        Assert.That(lines.Where(l => l.GetProperty("type").GetString() == "status").Select(l => l.GetProperty("id").GetInt32()), Is.EqualTo(new[] { 2 }));
    }

    [TestCase(3, 0)]
    [TestCase(4, 0)]
    [TestCase(4, 1)]
    public void Natnet_finds_its_bitstream_by_itself(int major, int minor)
    {
        byte[] frame = new NatNetWire(major, minor).Frame(new WireFrame { Number = 12, Bodies = [new WireBody(1, float.NaN)] });
        byte[] file = Recordings.Pcap(1, false, false, Recordings.Ethernet(Recordings.Udp(1511, 40_000, frame)), Recordings.Ethernet(Recordings.Udp(53, 53, [1, 2, 3])));
        JsonElement[] lines = Run("natnet", file, out DecodeSummary summary, new DecodeOptions { Ports = [1511] });
        Assert.That((summary.Lines, summary.OtherPackets), Is.EqualTo((1, 1)));
        Assert.That(lines[0].GetProperty("bitstream").GetString(), Is.EqualTo($"{major}.{minor}"));
        Assert.That(lines[0].GetProperty("rigid_bodies")[0].GetProperty("position_m")[0].GetString(), Is.EqualTo("NaN"), "JSON has no number for it");
    }

    [Test]
    public void Natnet_from_raw_bytes_packet_after_packet()
    {
        NatNetWire wire = new(4, 1);
        byte[] bytes = [.. wire.ServerInfo(10_000_000), .. wire.Models(("gripper", 1)), .. wire.Frame(new WireFrame()), .. wire.Frame(new WireFrame { Number = 2 })];
        JsonElement[] lines = Run("natnet", bytes, out _, new DecodeOptions { Format = RawFormat.Bytes });
        Assert.That(lines.Select(l => l.GetProperty("type").GetString()), Is.EqualTo(new[] { "server_info", "models", "frame", "frame" }));
    }

    [Test]
    public void Bridge_frames_of_the_specification()
    {
        // wire-protocol.md, chapter 8: clock_request 7, edge, and the edge with a wrong bit.
        byte[] bytes = Convert.FromHexString("08920207ad4284ad00" + "0795cc910106ce09200b20c3bfe9bcc300" + "0795cc910106ce09200b20c3bfe9bcc200");
        JsonElement[] lines = Run("bridge", bytes, out DecodeSummary summary);
        Assert.That(lines.Select(l => l.GetProperty("protocol").GetString()), Is.All.EqualTo("bridge"));
        Assert.That(lines.Select(l => l.GetProperty("type").GetString()), Is.EqualTo(new[] { "clock_request", "edge", "error" }));
        Assert.That(lines.Select(l => l.GetProperty("offset").GetInt64()), Is.EqualTo(new[] { 0L, 9, 26 }));
        Assert.That(summary.Problems, Is.EqualTo(1));
    }

    [Test]
    public void An_unknown_protocol_names_those_that_there_are() =>
        Assert.That(() => DecodeRun.Run("harp", Stream.Null, Stream.Null), Throws.ArgumentException.With.Message.Contains("natnet, dynamixel, bridge"));

    [Test]
    public void Mutated_recordings_always_give_json_lines()
    {
        SeededBytes random = new(4);
        byte[] natnet = Recordings.Pcap(1, false, false, Recordings.Ethernet(Recordings.Udp(1511, 2, new NatNetWire(4, 1).Frame(new WireFrame()))));
        byte[] bridge = Convert.FromHexString("08920207ad4284ad000795cc910106ce09200b20c3bfe9bcc300");
        for (int i = 0; i < 400; i++)
        {
            Run("dynamixel", random.Mutate(Conversation), out _, new DecodeOptions { Format = RawFormat.Bytes });
            Run("natnet", random.Mutate(natnet), out _, new DecodeOptions { Format = RawFormat.Pcap });
            Run("natnet", random.Mutate(natnet), out _, new DecodeOptions { Format = RawFormat.Bytes });
            Run("bridge", random.Mutate(bridge), out _, new DecodeOptions { Format = RawFormat.Bytes });
        }
    }

    private static JsonElement[] Run(string protocol, byte[] input, out DecodeSummary summary, DecodeOptions? options = null)
    {
        MemoryStream output = new();
        summary = DecodeRun.Run(protocol, new MemoryStream(input), output, options);
        JsonElement[] lines = [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.That(lines, Has.Length.EqualTo(summary.Lines));
        return lines;
    }
}
