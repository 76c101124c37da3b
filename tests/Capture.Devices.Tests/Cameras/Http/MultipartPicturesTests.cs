using System.Text;
using Capture.Devices.Cameras;
using Capture.Devices.Cameras.Http;

namespace Capture.Devices.Tests.Cameras.Http;

public sealed class MultipartPicturesTests
{
    private static readonly byte[][] Pictures = [Jpegs.Make(64, 48, 300, 1), Jpegs.Make(64, 48, 10, 2), Jpegs.Make(64, 48, 700, 3)];

    public static IEnumerable<TestCaseData> Dialects()
    {
        yield return new TestCaseData("boundarydonotcross", Body("--boundarydonotcross", counted: true, closed: false)).SetArgDisplayNames("counted");
        yield return new TestCaseData("--myboundary", Body("--myboundary", counted: true, closed: true)).SetArgDisplayNames("dashes in the declaration");
        yield return new TestCaseData(null, Body("--ffmpeg", counted: true, closed: false)).SetArgDisplayNames("no declaration");
        yield return new TestCaseData("x", Body("--x", counted: false, closed: true)).SetArgDisplayNames("no length");
    }

    [TestCaseSource(nameof(Dialects))]
    public void Gives_each_picture_whatever_the_pieces(string? declared, byte[] body)
    {
        Assert.That(Run(declared, [body]), Is.EqualTo(Pictures), "whole");
        Assert.That(Run(declared, [.. body.Select(b => new[] { b })]), Is.EqualTo(Pictures), "one byte at a time");
        for (int split = 0; split < body.Length; split++)
        {
            Assert.That(Run(declared, [body[..split], body[split..]]), Has.Count.EqualTo(Pictures.Length), $"split at {split}");
        }
    }

    [Test]
    public void A_part_begins_with_the_first_byte_of_its_header()
    {
        byte[] body = Body("--b", counted: true, closed: false);
        MultipartPictures reader = new("b", 4096);
        int at = 0;
        int begun = -1;
        while (begun < 0)
        {
            MultipartEvent found = reader.Read(body.AsSpan(at, 1), out int consumed);
            begun = found == MultipartEvent.PartBegun ? at : -1;
            at += consumed;
        }

        Assert.That(Encoding.ASCII.GetString(body, begun, 12), Is.EqualTo("Content-Type"));
    }

    [Test]
    public void Reads_mjpg_streamers_time_stamp()
    {
        byte[] body = Encoding.ASCII.GetBytes("--b\r\nContent-Type: image/jpeg\r\nContent-Length: 2\r\nX-Timestamp: 1700000000.012345\r\n\r\nab\r\n--b\r\n");
        MultipartPictures reader = new("b", 4096);
        List<byte[]> pictures = [];
        Feed(reader, body, pictures);
        Assert.That(pictures, Has.Count.EqualTo(1));

        // Still the part's own: the next header has not begun to say otherwise until its boundary was read.
        MultipartPictures second = new("b", 4096);
        second.Read(body, out int used);
        Assert.That(used, Is.EqualTo(5));
        Assert.That(second.Read(body.AsSpan(used), out _), Is.EqualTo(MultipartEvent.PartComplete));
        Assert.That(second.TimestampUs, Is.EqualTo(1_700_000_000_012_345));
    }

    [Test]
    public void A_part_beyond_the_limit_is_spoilt_and_the_next_is_read([Values] bool counted)
    {
        byte[] big = Jpegs.Make(64, 48, 20_000);
        byte[] body = [.. Part("--b", big, counted), .. Part("--b", Pictures[0], counted), .. "--b--\r\n"u8];
        MultipartPictures reader = new("b", 8192);
        List<byte[]> pictures = [];
        List<MultipartEvent> events = Feed(reader, body, pictures);
        Assert.That(pictures, Is.EqualTo(new[] { Pictures[0] }));
        Assert.That(events, Does.Contain(MultipartEvent.PartSpoilt));
    }

    [Test]
    public void A_length_that_is_wrong_costs_one_picture()
    {
        string wrong = "--b\r\nContent-Type: image/jpeg\r\nContent-Length: 40\r\n\r\n";
        byte[] body = [.. Encoding.ASCII.GetBytes(wrong), .. Pictures[0], .. "\r\n"u8, .. Part("--b", Pictures[1], counted: true), .. "--b--\r\n"u8];
        List<byte[]> pictures = [];
        List<MultipartEvent> events = Feed(new MultipartPictures("b", 8192), body, pictures);
        Assert.That(pictures[^1], Is.EqualTo(Pictures[1]));
        Assert.That(events, Does.Contain(MultipartEvent.PartSpoilt));
        Assert.That(JpegPicture.Inspect(pictures[0]).Whole, Is.False, "the 40 bytes are no picture, and whoever looks at them sees it");
    }

    [TestCase("other", "--b\r\n", TestName = "Refuses_a_boundary_that_was_not_declared")]
    [TestCase("b", "--b\r\nno colon here\r\n", TestName = "Refuses_a_header_without_a_colon")]
    public void Refuses(string declared, string body) =>
        Assert.That(Feed(new MultipartPictures(declared, 4096), Encoding.ASCII.GetBytes(body), [])[^1], Is.EqualTo(MultipartEvent.Malformed));

    [Test]
    public void Refuses_endless_headers_and_preambles()
    {
        byte[] endless = Encoding.ASCII.GetBytes("--b\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 100)));
        Assert.That(Feed(new MultipartPictures("b", 4096), endless, [])[^1], Is.EqualTo(MultipartEvent.Malformed));
        byte[] line = Encoding.ASCII.GetBytes("--b\r\nA: " + new string('x', 2000));
        Assert.That(Feed(new MultipartPictures("b", 4096), line, [])[^1], Is.EqualTo(MultipartEvent.Malformed));
        byte[] preamble = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("hello\r\n", 20_000)));
        Assert.That(Feed(new MultipartPictures("b", 4096), preamble, [])[^1], Is.EqualTo(MultipartEvent.Malformed));
    }

    [Test]
    public void Mutations_never_throw_nor_stall()
    {
        SeededBytes random = new(77);
        byte[][] bodies = [.. Dialects().Select(d => (byte[])d.Arguments[1]!)];
        for (int i = 0; i < 3000; i++)
        {
            byte[] body = random.Mutate(bodies[i % bodies.Length]);
            MultipartPictures reader = new(i % 3 == 0 ? null : "b", 4096);
            int cut = random.Below(body.Length + 1);
            Feed(reader, body[..cut], []);
            Feed(reader, body[cut..], []);
        }
    }

    [Test]
    public void Reading_allocates_nothing()
    {
        byte[] body = Body("--b", counted: true, closed: false);
        MultipartPictures reader = new("b", 4096);
        Count(reader, body);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int pictures = 0;
        for (int i = 0; i < 400; i++)
        {
            pictures += Count(reader, body);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(pictures, Is.EqualTo(1200));
    }

    internal static byte[] Part(string delimiter, byte[] picture, bool counted, string extra = "") =>
        [.. Encoding.ASCII.GetBytes($"{delimiter}\r\nContent-Type: image/jpeg\r\n{(counted ? $"Content-Length: {picture.Length}\r\n" : "")}{extra}\r\n"), .. picture, .. "\r\n"u8];

    private static byte[] Body(string delimiter, bool counted, bool closed) =>
        [.. Pictures.SelectMany(p => Part(delimiter, p, counted)), .. Encoding.ASCII.GetBytes(delimiter + (closed ? "--\r\n" : "\r\n"))];

    private static int Count(MultipartPictures reader, byte[] body)
    {
        int pictures = 0;
        for (int at = 0; at < body.Length;)
        {
            pictures += reader.Read(body.AsSpan(at), out int consumed) == MultipartEvent.PartComplete ? 1 : 0;
            at += consumed;
        }

        return pictures;
    }

    private static List<byte[]> Run(string? declared, byte[][] pieces)
    {
        MultipartPictures reader = new(declared, 4096);
        List<byte[]> pictures = [];
        foreach (byte[] piece in pieces)
        {
            Feed(reader, piece, pictures);
        }

        return pictures;
    }

    private static List<MultipartEvent> Feed(MultipartPictures reader, byte[] bytes, List<byte[]> pictures)
    {
        List<MultipartEvent> events = [];
        int at = 0;
        int still = 0;
        while (at < bytes.Length)
        {
            MultipartEvent found = reader.Read(bytes.AsSpan(at), out int consumed);
            at += consumed;
            still = consumed == 0 ? still + 1 : 0;
            Assert.That(still, Is.LessThan(4), "no progress");
            events.Add(found);
            if (found == MultipartEvent.PartComplete)
            {
                pictures.Add(reader.Picture.ToArray());
            }

            if (found == MultipartEvent.Malformed)
            {
                break;
            }
        }

        return events;
    }
}
