using System.Text;
using Capture.Simulation.Mocap;

namespace Capture.Simulation.Tests.Mocap;

public class NatNetPacketsTests
{
    private static readonly BodyModel[] OneModel = [new(7, "b", [0.5f, 0f, 0f])];

    [Test]
    public void A_frame_of_one_body_is_the_hand_computed_one()
    {
        byte[] buffer = new byte[1024];
        var body = new BodyState(7, 1, 2, 3, 0, 0, 0, 1, 0.5f, new float[] { 1.5f, 2, 3 });
        int length = NatNetPackets.WriteFrame(buffer, 258, [body], OneModel, new FrameTimes(1.0, 0x0102030405060708, 9, 10));
        string expected = string.Concat(
            "0700", "C800", // frame, 200 bytes: 4 + 26 + 8 + 46 + 8 + 8 + 34 + 8 + 8 + 40 + 8 + 2
            "02010000",
            "01000000", "12000000", "6200", "01000000", "0000C03F", "00000040", "00004040", // marker sets: 18 bytes
            "00000000", "00000000", // unlabeled
            "01000000", "26000000", "07000000", "0000803F", "00000040", "00004040", "00000000", "00000000", "00000000", "0000803F", "0000003F", "0100", // rigid bodies: 38
            "00000000", "00000000", // skeletons
            "00000000", "00000000", // assets
            "01000000", "1A000000", "01000700", "0000C03F", "00000040", "00004040", "A69B443C", "0A00", "0000003F", // labeled: 26
            "00000000", "00000000", // force plates
            "00000000", "00000000", // devices
            "00000000", "00000000", "000000000000F03F", "0807060504030201", "0900000000000000", "0A00000000000000",
            "00000000", "00000000", "0000",
            "00000000"); // after the declared payload
        Assert.That(Convert.ToHexString(buffer.AsSpan(0, length)), Is.EqualTo(expected));
    }

    [Test]
    public void Server_info_holds_names_versions_clock_and_port()
    {
        byte[] buffer = new byte[512];
        int length = NatNetPackets.WriteServerInfo(buffer, "bench", 10_000_000, 1511);
        Assert.That(length, Is.EqualTo(4 + 256 + 4 + 4 + 8 + 2 + 1 + 4));
        Assert.That(BitConverter.ToUInt16(buffer, 2), Is.EqualTo(length - 4));
        Assert.That(Encoding.ASCII.GetString(buffer, 4, 6), Is.EqualTo("bench\0"));
        Assert.That(buffer.AsSpan(264, 4).ToArray(), Is.EqualTo(new byte[] { 4, 1, 0, 0 }));
        Assert.That(BitConverter.ToUInt64(buffer, 268), Is.EqualTo(10_000_000UL));
        Assert.That(BitConverter.ToUInt16(buffer, 276), Is.EqualTo(1511));
    }

    [Test]
    public void A_model_definition_sizes_each_data_set()
    {
        byte[] buffer = new byte[1024];
        int length = NatNetPackets.WriteModelDefinition(buffer, OneModel);
        // Marker set 2 + 4 + 4 = 10 bytes; rigid body 2 + 4 + 4 + 12 + 4 + 12 + 4 + 4 = 46.
        string expected = string.Concat(
            "02000000",
            "00000000", "0A000000", "6200", "01000000", "625F3100",
            "01000000", "2E000000", "6200", "07000000", "FFFFFFFF", "00000000", "00000000", "00000000", "01000000", "0000003F", "00000000", "00000000", "00000000", "625F3100");
        Assert.That(Convert.ToHexString(buffer.AsSpan(4, length - 4)), Is.EqualTo(expected));
        Assert.That(BitConverter.ToUInt16(buffer, 0), Is.EqualTo(5));
    }

    [Test]
    public void An_echo_carries_both_ticks()
    {
        byte[] buffer = new byte[64];
        int length = NatNetPackets.WriteEchoResponse(buffer, 5, 6);
        Assert.That(Convert.ToHexString(buffer.AsSpan(0, length)), Is.EqualTo("0D00100005000000000000000600000000000000"));
    }
}
