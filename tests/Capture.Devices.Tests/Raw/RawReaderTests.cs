using System.Text;
using Capture.Devices.Raw;

namespace Capture.Devices.Tests.Raw;

public sealed class RawReaderTests
{
    private static readonly byte[] Payload = [1, 2, 3, 4, 5];

    public static IEnumerable<TestCaseData> Files()
    {
        byte[] ip = Recordings.Udp(1511, 40_000, Payload);
        const long Start = 1_700_000_000_000_000_000;
        yield return Case("pcap, Ethernet", Recordings.Pcap(1, false, false, Recordings.Ethernet(ip)), Start + 1000);
        yield return Case("pcap, VLAN", Recordings.Pcap(1, false, false, Recordings.Ethernet(ip, vlan: true)), Start + 1000);
        yield return Case("pcap, big-endian", Recordings.Pcap(1, true, false, Recordings.Ethernet(ip)), Start + 1000);
        yield return Case("pcap, nanoseconds", Recordings.Pcap(1, false, true, Recordings.Ethernet(ip)), Start + 1);
        yield return Case("pcap, cooked", Recordings.Pcap(113, false, false, Recordings.Cooked(ip)), Start + 1000);
        yield return Case("pcap, cooked v2", Recordings.Pcap(276, false, false, Recordings.Cooked2(ip)), Start + 1000);
        yield return Case("pcap, raw IP", Recordings.Pcap(101, false, false, ip), Start + 1000);
        yield return Case("pcap, loopback", Recordings.Pcap(0, false, false, [2, 0, 0, 0, .. ip]), Start + 1000);
        yield return Case("pcapng", Recordings.PcapNg(1, Recordings.Ethernet(ip)), Start + 1);

        static TestCaseData Case(string name, byte[] file, long time) => new TestCaseData(file, time).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Files))]
    public void Finds_the_payload_its_place_and_its_time(byte[] file, long time)
    {
        RawReader reader = RawReader.Open(new MemoryStream(file));
        Assert.That(reader.Next(out RawPayload payload), Is.True);
        Assert.That(payload.Problem, Is.Null);
        Assert.That(payload.Bytes.ToArray(), Is.EqualTo(Payload));
        Assert.That((payload.Transport, payload.SourcePort, payload.DestinationPort), Is.EqualTo((RawTransport.Udp, (ushort)1511, (ushort)40_000)));
        Assert.That(payload.UnixNanoseconds, Is.EqualTo(time));
        Assert.That(file.AsSpan((int)payload.Offset, 5).ToArray(), Is.EqualTo(Payload));
        Assert.That(reader.Next(out _), Is.False);
    }

    [TestCaseSource(nameof(Files))]
    public void Every_prefix_ends_with_a_problem_or_in_order(byte[] file, long time)
    {
        for (int length = 4; length < file.Length; length++)
        {
            RawReader reader = RawReader.Open(new MemoryStream(file[..length]), time > 0 ? RawReader.Detect(file) : null);
            int count = 0;
            while (reader.Next(out RawPayload payload))
            {
                Assert.That(payload.Problem is not null || payload.Bytes.SequenceEqual(Payload), Is.True, $"{length} bytes");
                Assert.That(++count, Is.LessThan(10));
            }
        }
    }

    [Test]
    public void Fragments_and_foreign_packets_are_told_apart()
    {
        byte[] arp = [.. new byte[12], 0x08, 0x06, .. new byte[28]];
        byte[] file = Recordings.Pcap(1, false, false, Recordings.Ethernet(Recordings.Udp(1, 2, Payload, fragment: 0x2000)), arp);
        RawReader reader = RawReader.Open(new MemoryStream(file));
        Assert.That(reader.Next(out RawPayload fragment), Is.True);
        Assert.That(fragment.Problem, Does.Contain("fragment"));
        Assert.That(reader.Next(out RawPayload foreign), Is.True);
        Assert.That(foreign.Problem, Is.Null);
        Assert.That(foreign.Transport, Is.EqualTo(RawTransport.Other));
    }

    [TestCase("0102030405")]
    [TestCase("01 02:03-04,05\n")]
    [TestCase("0x01 0x02 0x03\n# a note\n0X04 05")]
    public void Hex_in_its_spellings(string text)
    {
        RawReader reader = RawReader.Open(new MemoryStream(Encoding.ASCII.GetBytes(text)));
        Assert.That(reader.Format, Is.EqualTo(RawFormat.Hex));
        Assert.That(reader.Next(out RawPayload payload), Is.True);
        Assert.That(payload.Bytes.ToArray(), Is.EqualTo(Payload));
        Assert.That(reader.Next(out _), Is.False);
    }

    [Test]
    public void An_odd_character_in_hex_is_a_problem_and_reading_goes_on()
    {
        RawReader reader = RawReader.Open(new MemoryStream("01 02 zz 03 0"u8.ToArray()), RawFormat.Hex);
        List<string> found = [];
        while (reader.Next(out RawPayload payload))
        {
            found.Add(payload.Problem ?? Convert.ToHexString(payload.Bytes));
        }

        Assert.That(found, Is.EqualTo(new[]
        {
            "0102",
            "character 6 (0x7A) is not part of a hexadecimal byte",
            "character 7 (0x7A) is not part of a hexadecimal byte",
            "03",
            "the text ends with half a byte",
        }));
    }

    [Test]
    public void Bytes_come_as_they_are()
    {
        byte[] bytes = [0xFF, 0xFF, 0xFD, 0x00, 0x01];
        Assert.That(RawReader.Detect(bytes), Is.EqualTo(RawFormat.Bytes));
        RawReader reader = RawReader.Open(new MemoryStream(bytes));
        Assert.That(reader.Next(out RawPayload payload), Is.True);
        Assert.That(payload.Bytes.ToArray(), Is.EqualTo(bytes));
    }

    [Test]
    public void Mutations_never_throw_nor_stall()
    {
        SeededBytes random = new(99);
        byte[][] files = [.. Files().Select(f => (byte[])f.Arguments[0]!), "01 02 0x03 # x\n04"u8.ToArray()];
        for (int i = 0; i < 1500; i++)
        {
            byte[] file = random.Mutate(files[i % files.Length]);
            RawReader reader = RawReader.Open(new MemoryStream(file), RawReader.Detect(files[i % files.Length]));
            int count = 0;
            while (reader.Next(out _))
            {
                Assert.That(++count, Is.LessThan(1000));
            }
        }
    }
}
