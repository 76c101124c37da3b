using System.Buffers.Binary;
using System.Text;
using Capture.Devices.Cameras.Rtsp;

namespace Capture.Devices.Tests.Cameras.Rtsp;

/// <summary>The parsers on bytes made here, whole, cut and damaged.</summary>
public sealed class RtspParserTests
{
    private const string Description =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Session\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:track0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        + "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==;profile-level-id=42C01E\r\na=framerate:29.97\r\na=control:stream=1\r\n";

    [Test]
    public void A_description_gives_its_video()
    {
        Assert.That(SdpVideo.Read(Encoding.UTF8.GetBytes(Description), out SdpVideo? video, out _), Is.EqualTo(ParseStatus.Complete));
        Assert.That((video!.Control, video.PayloadType, video.ClockHz, video.FrameRateHz), Is.EqualTo(("stream=1", (byte)96, 90_000, (double?)29.97)));
        Assert.That(video.Parameters[..5], Is.EqualTo(new byte[] { 0, 0, 0, 1, 0x67 }));

        Assert.That(H264Size.TryFind(video.Parameters, out int width, out int height), Is.True);
        Assert.That((width, height), Is.EqualTo((240, 160)));
    }

    [TestCase("320x240", "baseline", ExpectedResult = "320x240")]
    [TestCase("1920x1080", "high", ExpectedResult = "1920x1080", TestName = "A_size_that_is_cropped")]
    [TestCase("1278x718", "high444", ExpectedResult = "1278x718", TestName = "A_size_with_full_chroma")]
    public string The_size_is_that_of_a_stream_made_by_another_encoder(string size, string profile)
    {
        string pixels = profile == "high444" ? "yuv444p" : "yuv420p";
        using var encoder = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", $"color=size={size}:rate=5:duration=0.2", "-pix_fmt", pixels, "-c:v", "libx264", "-profile:v", profile, "-f", "h264", "-"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        using var bytes = new MemoryStream();
        encoder.StandardOutput.BaseStream.CopyTo(bytes);
        encoder.WaitForExit();
        Assert.That(H264Size.TryFind(bytes.ToArray(), out int width, out int height), Is.True);
        return $"{width}x{height}";
    }

    [Test]
    public void A_description_without_h264_says_what_there_is()
    {
        Assert.That(SdpVideo.Read("v=0\r\nm=video 0 RTP/AVP 26\r\nm=audio 0 RTP/AVP 8\r\n"u8, out SdpVideo? video, out string offered), Is.EqualTo(ParseStatus.Complete));
        Assert.That(video, Is.Null);
        Assert.That(offered, Is.EqualTo("video JPEG, audio PCMA"));
        Assert.That(SdpVideo.Read("<html>"u8, out _, out _), Is.EqualTo(ParseStatus.Malformed));
    }

    [Test]
    public void A_packet_gives_its_head_and_payload_without_padding_and_extension()
    {
        byte[] bytes = [0xB1, 0xE0, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4, /* source */ 9, 9, 9, 9, /* extension */ 0xBE, 0xDE, 0, 1, 7, 7, 7, 7, 0x65, 0x88, /* padding */ 0, 2];
        Assert.That(RtpPacket.Read(bytes, out RtpPacket packet), Is.EqualTo(ParseStatus.Complete));
        Assert.That((packet.PayloadType, packet.Marker, packet.Sequence, packet.Timestamp, packet.Source), Is.EqualTo(((byte)96, true, (ushort)0x1234, 9u, 0x01020304u)));
        Assert.That(packet.Payload.ToArray(), Is.EqualTo(new byte[] { 0x65, 0x88 }));
        for (int length = 0; length < 24; length++)
        {
            Assert.That(RtpPacket.Read(bytes.AsSpan(0, length), out _), Is.EqualTo(ParseStatus.Malformed), $"{length} bytes");
        }
    }

    [Test]
    public void A_senders_report_gives_both_clocks()
    {
        byte[] bytes = new byte[28 + 8];
        bytes[0] = 0x80;
        bytes[1] = 200;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), 6);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), 77);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), 3_913_056_000);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), 0x8000_0000);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(16), 123_456);
        bytes[28] = 0x81;
        bytes[29] = 202;
        bytes[31] = 1;
        Assert.That(RtcpSenderReport.Read(bytes, out RtcpSenderReport report), Is.EqualTo(ParseStatus.Complete));
        Assert.That(report, Is.EqualTo(new RtcpSenderReport(77, 123_456, 1_704_067_200_500_000_000)), "2024-01-01 00:00:00.5 UTC");
        Assert.That(RtcpSenderReport.Read(bytes.AsSpan(28), out _), Is.EqualTo(ParseStatus.NeedMore), "a description of the source is no report");
        bytes.AsSpan(8, 8).Clear();
        RtcpSenderReport.Read(bytes, out report);
        Assert.That(report.SenderUtcNs, Is.Null);
    }

    [Test]
    public void An_answer_is_read_whole_with_its_body()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 42;timeout=60\r\ncontent-length: 4\r\n\r\nbodyREST");
        for (int length = 0; length < bytes.Length - 4; length++)
        {
            Assert.That(RtspMessage.Read(bytes.AsSpan(0, length), out _, out _), Is.EqualTo(ParseStatus.NeedMore), $"{length} bytes");
        }

        Assert.That(RtspMessage.Read(bytes, out RtspMessage? message, out int consumed), Is.EqualTo(ParseStatus.Complete));
        Assert.That((message!.Status, message.CSeq, message.Header("session"), consumed), Is.EqualTo((200, 3, "42;timeout=60", bytes.Length - 4)));
        Assert.That(Encoding.ASCII.GetString(message.Body), Is.EqualTo("body"));
        Assert.That(RtspMessage.Read("HTTP/1.1 200 OK\r\n\r\n"u8, out _, out _), Is.EqualTo(ParseStatus.Malformed));
        Assert.That(RtspMessage.Read("RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n"u8, out _, out _), Is.EqualTo(ParseStatus.Malformed));
    }

    [Test]
    public void Units_come_whole_from_single_packets_aggregates_and_fragments()
    {
        var units = new H264AccessUnits(4096, [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2]);
        var sent = new Packets();
        Assert.That(sent.Take(units, 100, marker: true, 0x65, 10, 11), Is.EqualTo(AccessUnitEvent.Complete));
        Assert.That(units.IsKeyFrame, Is.True);
        Assert.That(units.Unit.ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 10, 11 }), "the description's sets come first");

        Assert.That(sent.Take(units, 200, marker: false, 24, 0, 2, 0x67, 7, 0, 2, 0x68, 8), Is.EqualTo(AccessUnitEvent.Going));
        Assert.That(sent.Take(units, 200, marker: false, 0x7C, 0x85, 1, 2), Is.EqualTo(AccessUnitEvent.Going));
        Assert.That(sent.Take(units, 200, marker: false, 0x7C, 0x05, 3), Is.EqualTo(AccessUnitEvent.Going));
        Assert.That(sent.Take(units, 200, marker: true, 0x7C, 0x45, 4), Is.EqualTo(AccessUnitEvent.Complete));
        Assert.That(units.Unit.ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 1, 0x67, 7, 0, 0, 0, 1, 0x68, 8, 0, 0, 0, 1, 0x65, 1, 2, 3, 4 }), "its own sets are enough");

        Assert.That(sent.Take(units, 300, marker: true, 0x41, 5), Is.EqualTo(AccessUnitEvent.Complete));
        Assert.That(units.IsKeyFrame, Is.False);
        Assert.That(units.Timestamp, Is.EqualTo(300));
    }

    [Test]
    public void A_missing_packet_spoils_the_unit_it_belongs_to_and_only_that()
    {
        var units = new H264AccessUnits(4096, []);
        var sent = new Packets();
        sent.Take(units, 100, marker: true, 0x41, 1);
        Assert.That(sent.Take(units, 200, marker: false, 0x7C, 0x81, 1), Is.EqualTo(AccessUnitEvent.Going));
        sent.Skip();
        Assert.That(sent.Take(units, 200, marker: true, 0x7C, 0x41, 3), Is.EqualTo(AccessUnitEvent.Spoilt));
        Assert.That(sent.Take(units, 300, marker: true, 0x41, 1), Is.EqualTo(AccessUnitEvent.Complete));
        Assert.That(units.MissingPackets, Is.EqualTo(1));
    }

    [Test]
    public void A_unit_without_a_marker_ends_where_another_time_begins()
    {
        var units = new H264AccessUnits(4096, []);
        var sent = new Packets();
        sent.Take(units, 100, marker: false, 0x41, 1);
        Assert.That(sent.Take(units, 200, marker: true, out AccessUnitEvent second, 0x41, 2), Is.EqualTo(AccessUnitEvent.Complete), "the first");
        Assert.That(second, Is.EqualTo(AccessUnitEvent.Complete));
        Assert.That(units.Unit.ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 1, 0x41, 2 }));
    }

    [Test]
    public void A_unit_beyond_the_limit_is_spoilt()
    {
        var units = new H264AccessUnits(1024, []);
        var sent = new Packets();
        Assert.That(sent.Take(units, 100, marker: true, [0x41, .. new byte[2000]]), Is.EqualTo(AccessUnitEvent.Spoilt));
        Assert.That(sent.Take(units, 200, marker: true, 0x41, 2), Is.EqualTo(AccessUnitEvent.Complete));
    }

    [Test]
    public void Noise_never_throws([Range(1, 4)] int seed)
    {
        var random = new SeededBytes((ulong)seed);
        byte[] description = Encoding.UTF8.GetBytes(Description);
        byte[] answer = Encoding.ASCII.GetBytes("RTSP/1.0 401 Unauthorized\r\nCSeq: 3\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth\"\r\n\r\n");
        byte[] packet = [0x80, 0xE0, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4, 0x7C, 0x85, 1, 2, 3, 4, 5, 6];
        byte[] set = [0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x03, 0xC5, 0x68, 0x40, 0, 0, 3, 0, 0x40, 0, 0, 0x0C, 3, 0xC5, 0x8B, 0x92];
        var units = new H264AccessUnits(4096, set);
        for (int i = 0; i < 20_000; i++)
        {
            SdpVideo.Read(random.Mutate(description), out _, out _);
            RtspMessage.Read(random.Mutate(answer), out RtspMessage? message, out _);
            if (message is not null)
            {
                RtspAuthorization.For(message, "u", "p")?.Value("DESCRIBE", "rtsp://h/");
            }

            H264Size.TryRead(random.Mutate(set), out int width, out int height);
            Assert.That(width is >= 0 and <= 16_384 && height is >= 0 and <= 16_384, Is.True);
            byte[] bytes = random.Mutate(packet);
            RtcpSenderReport.Read(bytes, out _);
            if (RtpPacket.Read(bytes, out RtpPacket p) == ParseStatus.Complete)
            {
                bool taken = false;
                for (int calls = 0; !taken; calls++)
                {
                    Assert.That(calls, Is.LessThan(2));
                    units.Take(p, out taken);
                }

                Assert.That(units.Unit.Length, Is.LessThanOrEqualTo(4096 + set.Length));
            }
        }
    }

    /// <summary>Packets with running numbers.</summary>
    private sealed class Packets
    {
        private ushort _sequence = 65_534;

        public void Skip() => _sequence++;

        public AccessUnitEvent Take(H264AccessUnits units, uint timestamp, bool marker, params byte[] payload) => Take(units, timestamp, marker, out _, payload);

        public AccessUnitEvent Take(H264AccessUnits units, uint timestamp, bool marker, out AccessUnitEvent second, params byte[] payload)
        {
            var packet = new RtpPacket { PayloadType = 96, Marker = marker, Sequence = _sequence++, Timestamp = timestamp, Source = 1, Payload = payload };
            second = default;
            AccessUnitEvent first = units.Take(packet, out bool taken);
            if (!taken)
            {
                second = units.Take(packet, out _);
            }

            return first;
        }
    }
}
