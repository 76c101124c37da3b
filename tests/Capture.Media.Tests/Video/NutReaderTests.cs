using Capture.Media.Video;

namespace Capture.Media.Tests.Video;

/// <summary>The reader against ffmpeg's own reading of the same bytes, and against bytes that nobody meant.</summary>
public sealed class NutReaderTests
{
    private const int MaxFrame = 1 << 20;
    private const string Copied = "-c:v libx264 -tune zerolatency -bf 0 -g 7 -x264-params repeat-headers=1";

    private static readonly string[] s_hows = [Copied, "-c:v mjpeg", "-c:v libx264 -bf 2", "-c:v libx264 -tune zerolatency -crf 51 -enc_time_base 1:1000000", "-c:v rawvideo -pix_fmt gray"];

    [TestCaseSource(nameof(s_hows))]
    public void Frames_have_the_times_sizes_and_flags_that_ffmpeg_reads(string how)
    {
        byte[] nut = Ffmpeg.Nut("testsrc2=s=160x120:r=30:d=3", how);
        (List<(long, int, bool)> frames, NutReader reader, NutStatus end) = ReadAll(nut);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(frames, Is.EqualTo(Ffmpeg.Packets(nut)));
            Assert.That(frames, Has.Count.EqualTo(90));
            Assert.That(end, Is.EqualTo(NutStatus.NeedMore));
            Assert.That((reader.Video!.WidthPx, reader.Video.HeightPx), Is.EqualTo((160, 120)));
            Assert.That(reader.Video.Delay > 0, Is.EqualTo(how.Contains("-bf 2", StringComparison.Ordinal)), "pictures that come in another order say so");
        }
    }

    [Test]
    public void Bytes_that_come_one_by_one_give_the_same_frames()
    {
        byte[] nut = Ffmpeg.Nut("testsrc2=s=64x48:r=10:d=2", Copied);
        var reader = new NutReader(MaxFrame);
        var frames = new List<(long, int, bool)>();
        int from = 0;
        for (int to = 0; to <= nut.Length; to++)
        {
            NutStatus status;
            while ((status = reader.Read(nut.AsSpan(from, to - from), out int consumed, out NutFrame frame)) is not NutStatus.NeedMore)
            {
                Assert.That(status, Is.Not.EqualTo(NutStatus.Malformed));
                from += consumed;
                if (status == NutStatus.Frame)
                {
                    frames.Add((frame.Time, frame.Data.Length, frame.KeyFrame));
                }
            }
        }

        Assert.That(frames, Is.EqualTo(ReadAll(nut).Frames));
    }

    [Test]
    public void Changed_bytes_never_throw_never_hang_and_give_no_frame_beyond_the_limit()
    {
        const int Limit = 2000;
        byte[][] originals = [Ffmpeg.Nut("testsrc2=s=64x48:r=10:d=1", Copied), Ffmpeg.Nut("testsrc2=s=64x48:r=10:d=1", "-c:v mjpeg")];
        var random = new Random(11);
        int malformed = 0;
        for (int run = 0; run < 4000; run++)
        {
            byte[] bytes = [.. originals[run % 2]];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                // Half of them in the headers, where everything else follows from.
                int at = random.Next(random.Next(2) == 0 ? 400 : bytes.Length);
                bytes[at] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
            }

            int length = random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length;
            (List<(long, int Size, bool)> frames, _, NutStatus end) = ReadAll(bytes[..length], Limit);
            malformed += end == NutStatus.Malformed ? 1 : 0;
            Assert.That(frames.Select(f => f.Size), Has.All.LessThanOrEqualTo(Limit));
        }

        Assert.That(malformed, Is.GreaterThan(500), "most damage is seen");
    }

    [Test]
    public void What_is_no_stream_of_frames_is_malformed_at_its_first_byte() =>
        Assert.That(new NutReader(MaxFrame).Read("x"u8, out _, out _), Is.EqualTo(NutStatus.Malformed));

    private static (List<(long Time, int Size, bool Key)> Frames, NutReader Reader, NutStatus End) ReadAll(byte[] nut, int limit = MaxFrame)
    {
        var reader = new NutReader(limit);
        var frames = new List<(long, int, bool)>();
        int at = 0;
        while (true)
        {
            NutStatus status = reader.Read(nut.AsSpan(at), out int consumed, out NutFrame frame);
            if (status is NutStatus.NeedMore or NutStatus.Malformed)
            {
                return (frames, reader, status);
            }

            Assert.That(consumed, Is.Positive);
            at += consumed;
            if (status == NutStatus.Frame)
            {
                frames.Add((frame.Time, frame.Data.Length, frame.KeyFrame));
            }
        }
    }
}
