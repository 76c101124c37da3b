using System.Numerics;
using System.Text;
using Capture.Core.Time;
using FirmwareBridge.Framing;
using FirmwareBridge.Protocol;
using FirmwareBridge.Tests.Firmware;

namespace FirmwareBridge.Tests.Protocol;

/// <summary>The bytes printed in the specification, against both implementations. The values are written out here a second time, in C#, and in frame_check.c.</summary>
public sealed class SpecificationExampleTests
{
    private const ulong BootId = 0x1122334455667788;

    private static readonly ImuReading[] Samples =
    [
        new(2_000_000, new Vector3(0.5f, -0.25f, 9.8125f), new Vector3(0.125f, 0, -1)),
        new(2_001_000, new Vector3(0.5f, -0.25f, 9.8125f), new Vector3(0.125f, 0, -1)),
    ];

    private static readonly StreamCount[] Counts = [new(BoardStreamKind.Imu, 0, 1700, 5), new(BoardStreamKind.Edges, 0, 0, 0), new(BoardStreamKind.Edges, 1, 102, 0)];

    private static readonly BoardInfo Info = new()
    {
        Nonce = 0x12345678, ProtocolMajor = 1, ProtocolMinor = 0, FirmwareName = "capture-fw", FirmwareVersion = "0.1.0", Uid = "e66138528350a2bc", BootId = BootId, Ticks = 1_234_567,
        TickRateHz = 1_000_000, TickBits = 64, Imus = [new BoardImu(0, "imu", [100, 200, 500, 1000], 156.9064f, 34.906585f, 10)],
        Triggers = [new BoardTrigger(0, new(1_000_000), new(10_000_000_000)), new BoardTrigger(1, new(1_000_000), new(10_000_000_000))],
    };

    [Test]
    public void Table_has_an_example_of_every_message() =>
        Assert.That(SpecificationExamples.All.Select(e => e.Name), Is.EquivalentTo(Enum.GetValues<MessageType>().Select(BridgeJson.NameOf)));

    [TestCaseSource(typeof(SpecificationExamples), nameof(SpecificationExamples.All))]
    public void Frame_decodes_to_the_payload_and_back(SpecificationExample example)
    {
        FrameDecoder decoder = new();
        Assert.That(decoder.Push(example.Frame, out int consumed), Is.EqualTo(FrameResult.Frame));
        Assert.That(consumed, Is.EqualTo(example.Frame.Length));
        Assert.That(Convert.ToHexStringLower(decoder.Payload), Is.EqualTo(example.PayloadHex));
        byte[] frame = new byte[FrameEncoder.MaxFrame];
        int length = FrameEncoder.Encode(example.Payload, frame);
        Assert.That(Convert.ToHexStringLower(frame.AsSpan(0, length)), Is.EqualTo(example.FrameHex));
    }

    [Test]
    public void Host_messages_have_the_values_of_the_text()
    {
        Check("hello", new Hello(1, 0x12345678), Hello.TryRead, (m, p) => m.Write(p));
        Check("clock_request", new ClockRequest(7), ClockRequest.TryRead, (m, p) => m.Write(p));
        Check("start_imu", new StartImu(1, 0, 1000, 5), StartImu.TryRead, (m, p) => m.Write(p));
        Check("stop_imu", new StopImu(2, 0), StopImu.TryRead, (m, p) => m.Write(p));
        Check("start_trigger", new StartTrigger(3, 1, new Duration(33_333_333), Duration.Zero, Duration.FromMilliseconds(5)), StartTrigger.TryRead, (m, p) => m.Write(p));
        Check("stop_trigger", new StopTrigger(4, 1), StopTrigger.TryRead, (m, p) => m.Write(p));
        Check("stop_all", new StopAll(5), StopAll.TryRead, (m, p) => m.Write(p));
    }

    [Test]
    public void Board_messages_have_the_values_of_the_text()
    {
        Check("clock_reply", new ClockReply(7, BootId, 5_000_000_000, 5_000_000_012), ClockReply.TryRead, (m, p) => m.Write(p));
        Check("done", new Done(1, BootId, 1_300_000, 0), Done.TryRead, (m, p) => m.Write(p));
        Check("error", new BoardError(3, BoardErrorCode.NotSupported, "imu rate"), BoardError.TryRead, (m, p) => m.Write(p));
        Check("edge", new EdgeMessage(1, 6, 2_100_000, true), EdgeMessage.TryRead, (m, p) => m.Write(p));
        CheckWritten("info", Info.Write);
        CheckWritten("imu", p => new ImuFrame(0, 40, 2).Write(Samples, p));
        CheckWritten("counts", p => new CountsMessage(BootId, 3_000_000, 1, 3).Write(Counts, p));
    }

    [Test]
    public void Info_imu_and_counts_are_read_as_the_text_says()
    {
        Assert.That(BoardInfo.TryRead(SpecificationExamples.Get("info").Payload, out BoardInfo? info), Is.EqualTo(ProtocolStatus.Ok));
        Assert.That(info!.Imus[0].RatesHz, Is.EqualTo(Info.Imus[0].RatesHz));
        Assert.That(info.Imus[0] with { RatesHz = [] }, Is.EqualTo(Info.Imus[0] with { RatesHz = [] }));
        Assert.That(info.Triggers, Is.EqualTo(Info.Triggers));
        Assert.That(info with { Imus = [], Triggers = [] }, Is.EqualTo(Info with { Imus = [], Triggers = [] }));

        ImuReading[] samples = new ImuReading[10];
        Assert.That(ImuFrame.TryRead(SpecificationExamples.Get("imu").Payload, samples, out ImuFrame frame), Is.EqualTo(ProtocolStatus.Ok));
        Assert.That(frame, Is.EqualTo(new ImuFrame(0, 40, 2)));
        Assert.That(samples[..2], Is.EqualTo(Samples));

        StreamCount[] streams = new StreamCount[WireProtocol.MaxStreams];
        Assert.That(CountsMessage.TryRead(SpecificationExamples.Get("counts").Payload, streams, out CountsMessage counts), Is.EqualTo(ProtocolStatus.Ok));
        Assert.That(counts, Is.EqualTo(new CountsMessage(BootId, 3_000_000, 1, 3)));
        Assert.That(streams[..3], Is.EqualTo(Counts));
    }

    [Test]
    public void Firmware_builds_the_board_examples_byte_for_byte()
    {
        string[] lines = FirmwareBuild.Run(FirmwareBuild.FrameCheck, "", "board").TrimEnd().Split('\n');
        Assert.That(lines, Is.EquivalentTo(SpecificationExamples.All.Where(e => !e.FromHost).Select(e => $"{e.Name} {e.FrameHex}")));
    }

    [Test]
    public void Firmware_understands_the_host_examples()
    {
        SpecificationExample[] host = [.. SpecificationExamples.All.Where(e => e.FromHost)];
        StringBuilder input = new();
        foreach (SpecificationExample example in host)
        {
            input.AppendLine(example.FrameHex);
        }

        string[] answers = FirmwareBuild.Run(FirmwareBuild.FrameCheck, input.ToString(), "answers").TrimEnd().Split('\n');
        Assert.That(answers, Has.Length.EqualTo(host.Length));
        for (int i = 0; i < host.Length; i++)
        {
            FrameDecoder decoder = new();
            Assert.That(decoder.Push(Convert.FromHexString(answers[i]), out _), Is.EqualTo(FrameResult.Frame), host[i].Name);
            switch (host[i].Name)
            {
                case "hello":
                    Assert.That(BoardInfo.TryRead(decoder.Payload, out BoardInfo? info), Is.EqualTo(ProtocolStatus.Ok));
                    Assert.That(info!.Nonce, Is.EqualTo(0x12345678));
                    break;
                case "clock_request":
                    Assert.That(ClockReply.TryRead(decoder.Payload, out ClockReply reply), Is.EqualTo(ProtocolStatus.Ok));
                    Assert.That((reply.Sequence, reply.BootId), Is.EqualTo((7u, BootId)));
                    break;
                default:
                    Assert.That(Done.TryRead(decoder.Payload, out Done done), Is.EqualTo(ProtocolStatus.Ok), host[i].Name);
                    Assert.That(done.Request, Is.EqualTo(host[i].Payload[2]), host[i].Name);
                    break;
            }
        }
    }

    [TestCase("9301a17801", 2u, TestName = "Firmware_refuses_a_hello_whose_version_is_a_string_as_malformed")]
    [TestCase("91cd0400", 1u, TestName = "Firmware_refuses_an_unknown_type")]
    [TestCase("9503090ccd03e805", 3u, TestName = "Firmware_refuses_an_imu_that_is_not_there")]
    [TestCase("95030900cd03e705", 4u, TestName = "Firmware_refuses_a_rate_that_it_does_not_offer")]
    [TestCase("80", 2u, TestName = "Firmware_refuses_a_payload_that_is_no_array")]
    public void Firmware_answers_nonsense_with_an_error(string payload, uint code)
    {
        byte[] frame = new byte[FrameEncoder.MaxFrame];
        int length = FrameEncoder.Encode(Convert.FromHexString(payload), frame);
        string answer = FirmwareBuild.Run(FirmwareBuild.FrameCheck, Convert.ToHexStringLower(frame.AsSpan(0, length)) + "\n", "answers").Trim();
        FrameDecoder decoder = new();
        Assert.That(decoder.Push(Convert.FromHexString(answer), out _), Is.EqualTo(FrameResult.Frame));
        Assert.That(BoardError.TryRead(decoder.Payload, out BoardError error), Is.EqualTo(ProtocolStatus.Ok));
        Assert.That((uint)error.Code, Is.EqualTo(code));
    }

    private delegate ProtocolStatus Reader<T>(ReadOnlySpan<byte> payload, out T message);

    private delegate int Writer(Span<byte> payload);

    private static void Check<T>(string name, T expected, Reader<T> read, Func<T, byte[], int> write)
    {
        Assert.That(read(SpecificationExamples.Get(name).Payload, out T message), Is.EqualTo(ProtocolStatus.Ok), name);
        Assert.That(message, Is.EqualTo(expected), name);
        CheckWritten(name, p =>
        {
            byte[] bytes = new byte[FrameEncoder.MaxPayload];
            int length = write(expected, bytes);
            bytes.AsSpan(0, length).CopyTo(p);
            return length;
        });
    }

    private static void CheckWritten(string name, Writer write)
    {
        byte[] payload = new byte[FrameEncoder.MaxPayload];
        int length = write(payload);
        Assert.That(Convert.ToHexStringLower(payload.AsSpan(0, length)), Is.EqualTo(SpecificationExamples.Get(name).PayloadHex), name);
    }
}
