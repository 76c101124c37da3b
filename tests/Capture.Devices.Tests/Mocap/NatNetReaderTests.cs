using Capture.Devices.Mocap;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Mocap;

/// <summary>Frames are the tests' own, built from the layout; no capture of a real server is among them.</summary>
public sealed class NatNetReaderTests
{
    private static readonly (int Major, int Minor)[] Versions = [(3, 0), (3, 1), (4, 0), (4, 1)];

    private static readonly WireFrame Scene = new()
    {
        Number = 4711,
        Bodies = [new WireBody(1, 0.125f), new WireBody(2, -1, Tracked: false)],
        Markers = [new WireMarker(0x0001_0002, 0.75f), new WireMarker(3, 0, Occluded: true)],
        MidExposure = 0x1_0000_0001,
        Flags = 2,
    };

    [TestCaseSource(nameof(Versions))]
    public void Reads_every_field_of_a_frame((int Major, int Minor) v)
    {
        NatNetFrame frame = new(8, 8);
        Assert.That(NatNetPacket.Read(new NatNetWire(v.Major, v.Minor).Frame(Scene), out NatNetMessage message, out ReadOnlySpan<byte> payload), Is.EqualTo(ParseStatus.Complete));
        Assert.That(message, Is.EqualTo(NatNetMessage.Frame));
        Assert.That(Read(payload, v, frame), Is.EqualTo(ParseStatus.Complete));
        Assert.That(frame.Number, Is.EqualTo(4711));
        Assert.That(frame.Bodies.ToArray(), Is.EqualTo(new[]
        {
            new NatNetBody(1, new MocapBody(true, 0.125f, 2, 3, 0, 0, 0, 1, 0.0004f)),
            new NatNetBody(2, new MocapBody(false, -1, 2, 3, 0, 0, 0, 1, 0.0004f)),
        }));
        Assert.That(frame.Markers.ToArray(), Is.EqualTo(new[]
        {
            new MocapMarker(0x0001_0002, 0.75f, 0.5f, 0.25f, 0.014f, 0.0002f, false),
            new MocapMarker(3, 0, 0.5f, 0.25f, 0.014f, 0.0002f, true),
        }));
        Assert.That((frame.MidExposureTicks, frame.DataReceivedTicks, frame.TransmitTicks), Is.EqualTo((0x1_0000_0001UL, 0x1_0000_07D1UL, 0x1_0000_1389UL)));
        Assert.That((frame.Recording, frame.ModelsChanged, frame.SoftwareTimeS), Is.EqualTo((false, true, 12.5)));
    }

    [Test]
    public void A_frame_read_as_another_version_is_refused()
    {
        NatNetFrame frame = new(8, 8);
        foreach ((int Major, int Minor) written in Versions)
        {
            byte[] payload = Payload(written);
            foreach ((int Major, int Minor) read in Versions.Where(r => !(r.Major == written.Major && (r.Major == 3 || r.Minor == written.Minor))))
            {
                Assert.That(Read(payload, read, frame), Is.EqualTo(ParseStatus.Malformed), $"{written} as {read}");
            }
        }
    }

    [TestCaseSource(nameof(Versions))]
    public void Every_prefix_is_refused((int Major, int Minor) v)
    {
        NatNetFrame frame = new(8, 8);
        byte[] payload = Payload(v);
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.That(Read(payload.AsSpan(0, length), v, frame), Is.EqualTo(ParseStatus.Malformed), $"{length} bytes");
        }

        byte[] datagram = new NatNetWire(v.Major, v.Minor).Frame(Scene);
        for (int length = 0; length < datagram.Length - 4; length++)
        {
            Assert.That(NatNetPacket.Read(datagram.AsSpan(0, length), out _, out _), Is.EqualTo(ParseStatus.NeedMore));
        }
    }

    [Test]
    public void Counts_beyond_the_packet_are_refused_at_once()
    {
        // 2^31 - 1 marker sets of at least 5 bytes.
        byte[] hostile = [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0];
        NatNetFrame frame = new(8, 8);
        Assert.That(NatNetFrameReader.Read(hostile, new NatNetVersion(3, 0), frame, out NatNetSection at), Is.EqualTo(ParseStatus.Malformed));
        Assert.That(at, Is.EqualTo(NatNetSection.MarkerSets));
        Assert.That(NatNetModels.TryRead(hostile[4..], new NatNetVersion(3, 0), out _), Is.False);
    }

    [Test]
    public void More_markers_than_there_is_room_for_are_cut_and_counted()
    {
        NatNetFrame frame = new(1, 1);
        Assert.That(Read(Payload((4, 1)), (4, 1), frame), Is.EqualTo(ParseStatus.Complete));
        Assert.That((frame.Bodies.Length, frame.Markers.Length, frame.CutItems), Is.EqualTo((1, 1, 2)));
    }

    [TestCaseSource(nameof(Versions))]
    public void Reads_names_and_ids_of_bodies((int Major, int Minor) v)
    {
        byte[] packet = new NatNetWire(v.Major, v.Minor).Models(("gripper", 1), ("Würfel", 2));
        NatNetPacket.Read(packet, out _, out ReadOnlySpan<byte> payload);
        Assert.That(NatNetModels.TryRead(payload, new NatNetVersion((byte)v.Major, (byte)v.Minor), out NatNetModels? models), Is.True);
        Assert.That(models!.Bodies, Is.EqualTo(new[] { new NatNetBodyModel("gripper", 1, -1, 2), new NatNetBodyModel("Würfel", 2, -1, 2) }));
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.That(NatNetModels.TryRead(payload[..length], new NatNetVersion((byte)v.Major, (byte)v.Minor), out _), Is.False, $"{length} bytes");
        }
    }

    [Test]
    public void The_servers_name_ends_at_its_zero()
    {
        NatNetPacket.Read(new NatNetWire(4, 1).ServerInfo(10_000_000, 1511, [239, 255, 42, 99]), out _, out ReadOnlySpan<byte> payload);
        Assert.That(NatNetServerInfo.TryRead(payload, out NatNetServerInfo? info), Is.True);
        Assert.That(info!.Application, Is.EqualTo("Motive"));
        Assert.That((info.Version, info.ClockHz, info.DataPort, info.Group!.ToString()), Is.EqualTo((new NatNetVersion(4, 1), 10_000_000UL, 1511, "239.255.42.99")));
    }

    [Test]
    public void Mutations_never_throw()
    {
        SeededBytes random = new(42);
        NatNetFrame frame = new(8, 8);
        foreach ((int Major, int Minor) v in Versions)
        {
            byte[] payload = Payload(v);
            NatNetPacket.Read(new NatNetWire(v.Major, v.Minor).Models(("gripper", 1)), out _, out ReadOnlySpan<byte> span);
            byte[] models = span.ToArray();
            for (int i = 0; i < 10_000; i++)
            {
                Read(random.Mutate(payload), v, frame);
                NatNetModels.TryRead(random.Mutate(models), new NatNetVersion((byte)v.Major, (byte)v.Minor), out _);
            }
        }
    }

    [Test]
    public void Reading_allocates_nothing()
    {
        NatNetFrame frame = new(8, 8);
        byte[] payload = Payload((4, 1));
        Read(payload, (4, 1), frame);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Read(payload, (4, 1), frame);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static byte[] Payload((int Major, int Minor) v)
    {
        NatNetPacket.Read(new NatNetWire(v.Major, v.Minor).Frame(Scene), out _, out ReadOnlySpan<byte> payload);
        return payload.ToArray();
    }

    private static ParseStatus Read(ReadOnlySpan<byte> payload, (int Major, int Minor) v, NatNetFrame frame) =>
        NatNetFrameReader.Read(payload, new NatNetVersion((byte)v.Major, (byte)v.Minor), frame, out _);
}
