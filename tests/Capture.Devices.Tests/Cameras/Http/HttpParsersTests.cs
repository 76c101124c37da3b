using System.Text;
using Capture.Devices.Cameras;
using Capture.Devices.Cameras.Http;

namespace Capture.Devices.Tests.Cameras.Http;

public sealed class HttpParsersTests
{
    private static readonly byte[] Head = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nServer: MJPG-Streamer/0.2\r\nContent-Type: multipart/x-mixed-replace;boundary=\"x y\"\r\nTransfer-Encoding: chunked\r\n\r\n");

    [Test]
    public void Reads_a_head_and_needs_more_for_every_prefix()
    {
        Assert.That(HttpResponseHead.Read([.. Head, 1, 2], out HttpResponseHead? head, out int consumed), Is.EqualTo(ParseStatus.Complete));
        Assert.That(consumed, Is.EqualTo(Head.Length));
        Assert.That(head, Is.EqualTo(new HttpResponseHead(200, "multipart/x-mixed-replace", "x y", true, "MJPG-Streamer/0.2", null)));
        for (int length = 0; length < Head.Length; length++)
        {
            Assert.That(HttpResponseHead.Read(Head.AsSpan(0, length), out _, out _), Is.EqualTo(ParseStatus.NeedMore), $"{length}");
        }
    }

    [TestCase("SSH-2.0-OpenSSH\r\n")]
    [TestCase("HTTP/1.1 banana\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    public void Refuses_what_is_no_http(string text) =>
        Assert.That(HttpResponseHead.Read(Encoding.ASCII.GetBytes(text), out _, out _), Is.EqualTo(ParseStatus.Malformed));

    [Test]
    public void Refuses_a_head_beyond_the_limit() =>
        Assert.That(HttpResponseHead.Read(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nA: " + new string('x', 20_000)), out _, out _), Is.EqualTo(ParseStatus.Malformed));

    [Test]
    public void Chunks_are_taken_off_at_every_split()
    {
        byte[] wire = Encoding.ASCII.GetBytes("5;name=value\r\nhello\r\n1\r\n,\r\nA\r\n 123456789\r\n0\r\n");
        for (int split = 0; split <= wire.Length; split++)
        {
            ChunkedBody body = default;
            string text = Unchunk(ref body, wire[..split]) + Unchunk(ref body, wire[split..]);
            Assert.That(text, Is.EqualTo("hello, 123456789"), $"split at {split}");
            Assert.That(body.Ended, Is.True);
        }
    }

    [TestCase("xyz\r\n")]
    [TestCase("\r\n")]
    [TestCase("FFFFFFFFF\r\n")]
    [TestCase("1\r\nab\r\n")]
    public void Refuses_broken_chunks(string text)
    {
        ChunkedBody body = default;
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        int at = 0;
        ParseStatus status = ParseStatus.Complete;
        while (at < bytes.Length && status == ParseStatus.Complete)
        {
            status = body.Read(bytes.AsSpan(at), out _, out int consumed);
            at += consumed;
        }

        Assert.That(status, Is.EqualTo(ParseStatus.Malformed));
    }

    [Test]
    public void A_pictures_size_is_read_without_decoding()
    {
        Assert.That(JpegPicture.Inspect(Jpegs.Make(640, 480, 100)), Is.EqualTo(new JpegPicture(true, 640, 480)));
        Assert.That(JpegPicture.Inspect([.. Jpegs.Make(640, 480, 100), 0, 0]).Whole, Is.True, "padded");
        Assert.That(JpegPicture.Inspect("<html>"u8), Is.EqualTo(default(JpegPicture)));
    }

    [Test]
    public void A_picture_cut_anywhere_is_not_whole()
    {
        byte[] picture = Jpegs.Make(640, 480, 100);
        for (int length = 0; length < picture.Length; length++)
        {
            Assert.That(JpegPicture.Inspect(picture.AsSpan(0, length)).Whole, Is.False, $"{length} bytes");
        }
    }

    [Test]
    public void Mutations_never_throw()
    {
        SeededBytes random = new(5);
        byte[] picture = Jpegs.Make(640, 480, 100);
        for (int i = 0; i < 20_000; i++)
        {
            JpegPicture.Inspect(random.Mutate(picture));
            _ = HttpResponseHead.Read(random.Mutate(Head), out _, out _);
            ChunkedBody body = default;
            body.Read(random.Mutate(Head), out _, out _);
        }
    }

    private static string Unchunk(ref ChunkedBody body, byte[] bytes)
    {
        StringBuilder text = new();
        int at = 0;
        while (at < bytes.Length)
        {
            Assert.That(body.Read(bytes.AsSpan(at), out ReadOnlySpan<byte> run, out int consumed), Is.Not.EqualTo(ParseStatus.Malformed));
            text.Append(Encoding.ASCII.GetString(run));
            if (consumed == 0)
            {
                break;
            }

            at += consumed;
        }

        return text.ToString();
    }
}
