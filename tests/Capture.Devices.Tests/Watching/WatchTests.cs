using System.Runtime.InteropServices;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Watching;
using Capture.Episodes.Schema;
using Capture.Media.Jpeg;

namespace Capture.Devices.Tests.Watching;

/// <summary>The rules of the watch, on pictures and sound of known content and times of the tests' own.</summary>
public sealed class WatchTests
{
    private const int FrameMs = 33;
    private const int Width = 320;
    private const int Height = 240;

    [Test]
    public void A_picture_that_repeats_for_a_second_is_frozen_from_its_first_copy_to_the_next_new_one()
    {
        MarkEdges edges = new();
        RepeatWatch watch = new(Duration.FromMilliseconds(1000), edges);
        int row = 0;
        for (; row < 100; row++)
        {
            // 20 new ones, 60 copies, 20 new ones.
            int content = row is >= 20 and < 80 ? 20 : row;
            watch.Add(At(row), BitConverter.GetBytes(content));
            Assert.That(row < 50 ? Take(edges).Count : 0, Is.Zero, $"row {row}: the copies are not a second old");
        }

        Assert.That(Take(edges), Is.EqualTo(new[]
        {
            new MarkEdge(MarkKind.Frozen, true, Time(20), 0, 20),
            new MarkEdge(MarkKind.Frozen, false, Time(80), 0, 80),
        }));
    }

    [Test]
    public void A_few_copies_or_slow_pictures_are_not_frozen()
    {
        MarkEdges edges = new();
        RepeatWatch watch = new(Duration.FromMilliseconds(1000), edges);
        for (int row = 0; row < 300; row++)
        {
            watch.Add(At(row), BitConverter.GetBytes(row / 29));
        }

        // Two alike in a row, 1.2 s apart.
        for (int row = 0; row < 20; row++)
        {
            watch.Add(new SampleStamp(300 + row, 0, null, new HostTime(20_000_000_000 + (row * 1_200_000_000L)), default), BitConverter.GetBytes(row / 2));
        }

        Assert.That(Take(edges), Is.Empty);
    }

    [TestCase(0, 6, "Black")]
    [TestCase(14, 4, "Black", Description = "video black, and noise")]
    [TestCase(40, 10, "Usable", Description = "a dim room")]
    [TestCase(128, 30, "Usable")]
    [TestCase(235, 10, "Usable", Description = "white paper, not clipped")]
    [TestCase(255, 2, "Saturated")]
    public void Light_is_judged_by_luma_and_not_by_noise(int luma, int noise, string expected)
    {
        using JpegDecoder decoder = new();
        PictureLight light = new(WatchLimits.Default, Width, Height);
        Assert.That(light.Of(decoder, Picture(luma, noise, 1)).ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void A_lamp_in_the_dark_leaves_a_picture_black_and_a_window_leaves_one_usable()
    {
        using JpegDecoder decoder = new();
        PictureLight light = new(WatchLimits.Default, Width, Height);
        Assert.That(light.Of(decoder, Picture(5, 3, 1, patch: (20, 255))), Is.EqualTo(Light.Black), "0.5 % of it");
        Assert.That(light.Of(decoder, Picture(5, 3, 1, patch: (80, 255))), Is.EqualTo(Light.Usable), "8 % of it");
        Assert.That(light.Of(decoder, Picture(120, 3, 1, patch: (200, 255))), Is.EqualTo(Light.Usable));
        Assert.That(light.Of(decoder, [1, 2, 3]), Is.EqualTo(Light.Unknown));
    }

    [Test]
    public void Black_begins_with_the_second_look_and_ends_with_the_first_good_one()
    {
        LightWatch watch = new(Duration.FromMilliseconds(500));
        Light[] looks = [Light.Usable, Light.Black, Light.Usable, Light.Black, Light.Unknown, Light.Black, Light.Black, Light.Saturated, Light.Saturated, Light.Usable];
        List<MarkEdge> edges = [];
        for (int i = 0; i < looks.Length; i++)
        {
            watch.Add(looks[i], At(i * 16), out MarkEdge? end, out MarkEdge? begin);
            edges.AddRange(new[] { end, begin }.OfType<MarkEdge>());
        }

        Assert.That(edges.Select(e => (e.Kind, e.Begins, e.Row)), Is.EqualTo(new[]
        {
            (MarkKind.Black, true, 48L), (MarkKind.Black, false, 112L), (MarkKind.Saturated, true, 112L), (MarkKind.Saturated, false, 144L),
        }));
    }

    [TestCase(AudioSampleFormat.S16)]
    [TestCase(AudioSampleFormat.S32)]
    [TestCase(AudioSampleFormat.F32)]
    public void Silence_and_clipping_are_marked_in_every_format_and_quiet_noise_is_neither(AudioSampleFormat format)
    {
        MarkEdges edges = new();
        AudioPeriodStream stream = Sound(format);
        SoundWatch watch = new(stream, WatchLimits.Default, edges);
        List<MarkEdge> found = [];
        Random random = new(3);
        for (int row = 0; row < 1000; row++)
        {
            // Full scale is 1. Quiet noise; 2 s of one bit, on an offset; noise; 2 s of a voice that is far too loud; noise.
            int part = row / 200;
            found.AddRange(Feed(watch, stream, row, _ => part switch
            {
                1 => 0.02f + (random.Next(2) / 32768f),
                3 => Math.Clamp(2 * (float)(random.NextDouble() - 0.5) * 1.2f, -1, 32767f / 32768),
                _ => (float)(random.NextDouble() - 0.5) * 0.001f,
            }, edges));
        }

        Assert.That(found.Where(e => e.Kind == MarkKind.Silent).Select(e => (e.Begins, e.Row)), Is.EqualTo(new[] { (true, 200L), (false, 400L) }));
        MarkEdge[] clipped = [.. found.Where(e => e.Kind == MarkKind.Clipped)];
        Assert.That(clipped.Select(e => e.Begins), Is.EqualTo(new[] { true, false }));
        Assert.That(clipped[0].Row, Is.EqualTo(600).Within(50));
        Assert.That(clipped[1].Row, Is.EqualTo(800).Within(50));
    }

    [Test]
    public void A_bang_shorter_than_two_milliseconds_is_not_clipping_and_one_live_channel_is_not_silence()
    {
        MarkEdges edges = new();
        AudioPeriodStream stream = Sound(AudioSampleFormat.S16);
        SoundWatch watch = new(stream, WatchLimits.Default, edges);
        Random random = new(4);
        List<MarkEdge> found = [];
        for (int row = 0; row < 500; row++)
        {
            found.AddRange(Feed(watch, stream, row, i => i % 2 == 0 ? 0 : row % 100 == 50 && i < 160 ? 1 : (float)(random.NextDouble() - 0.5) * 0.01f, edges));
        }

        Assert.That(found, Is.Empty);
    }

    [Test]
    public void Zero_switches_a_kind_off()
    {
        RecordedSinks inner = new();
        using StreamWatch watch = new(inner, _ => new WatchLimits { FrozenAfter = Duration.Zero, DarkAfter = Duration.Zero, SilentAfter = Duration.Zero, ClippedWithin = Duration.Zero }, HostClock.System);
        ICameraFrameSink camera = watch.Open(Camera());
        IAudioPeriodSink sound = watch.Open(Sound(AudioSampleFormat.S16));
        Assert.That(watch.Start(null), Is.Null);
        byte[] picture = Picture(0, 0, 1);
        for (int row = 0; row < 200; row++)
        {
            camera.Append(At(row), picture, keyFrame: true);
            sound.Append(At(row), new byte[480 * 4]);
        }

        watch.Stop();
        Assert.That(watch.Streams.Select(s => s.Ever), Is.All.Null);
    }

    [Test]
    public void Every_row_goes_on_as_it_came_and_nothing_is_allocated_while_it_is_watched()
    {
        RecordedSinks inner = new();
        Marked marks = new();
        using StreamWatch watch = new(inner, _ => WatchLimits.Default, HostClock.System);
        ICameraFrameSink camera = watch.Open(Camera());
        IAudioPeriodSink sound = watch.Open(Sound(AudioSampleFormat.S16));
        byte[][] pictures = [.. Enumerable.Range(0, 30).Select(i => Picture(5, 3, i))];
        byte[] period = new byte[480 * 4];
        Assert.That(watch.Start(marks), Is.Null);
        long before = 0;
        for (int row = 0; row < 360; row++)
        {
            before = row == 120 ? GC.GetAllocatedBytesForCurrentThread() : before;
            camera.Append(At(row), pictures[row % pictures.Length], keyFrame: true);
            sound.Append(At(row), period);
            Thread.Sleep(row % 15 == 0 ? 60 : 0);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        watch.Stop();
        Assert.That(allocated, Is.Zero);
        Assert.That((inner["front"].Count, inner["room"].Count), Is.EqualTo((360, 360)));
        Assert.That(inner["front"].Stamps.Select(s => s.Sequence), Is.EqualTo(Enumerable.Range(0, 360).Select(i => (long)i)));
        Assert.That(marks.All.Select(m => (m.Stream, m.Mark.Kind, m.Mark.Begins)), Is.EquivalentTo(new[] { ("front", MarkKind.Black, true), ("room", MarkKind.Silent, true) }));
        Assert.That(watch.Streams.Select(s => s.Now), Is.EqualTo(new[] { "black", "silent" }));
        Assert.That(marks.AllocatedAfterFirst, Is.Zero, "the watch's own thread");
    }

    private static IEnumerable<MarkEdge> Feed(SoundWatch watch, AudioPeriodStream stream, int row, Func<int, float> sample, MarkEdges edges)
    {
        float[] values = [.. Enumerable.Range(0, stream.PeriodFrames * stream.Channels).Select(sample)];
        byte[] bytes = stream.Format switch
        {
            AudioSampleFormat.S16 => MemoryMarshal.AsBytes<short>(values.Select(v => (short)Math.Clamp(v * 32768f, -32768, 32767)).ToArray()).ToArray(),
            AudioSampleFormat.S32 => MemoryMarshal.AsBytes<int>(values.Select(v => (int)Math.Clamp(v * 2147483648.0, int.MinValue, int.MaxValue)).ToArray()).ToArray(),
            _ => MemoryMarshal.AsBytes<float>(values).ToArray(),
        };
        watch.Add(new SampleStamp(row, 0, null, new HostTime(row * 10_000_000L), default), bytes);
        return Take(edges);
    }

    private static List<MarkEdge> Take(MarkEdges edges)
    {
        List<MarkEdge> all = [];
        while (edges.TryTake(out MarkEdge edge))
        {
            all.Add(edge);
        }

        return all;
    }

    private static byte[] Picture(int luma, int noise, int seed, (int Side, int Luma)? patch = null)
    {
        Random random = new(seed);
        byte[] raw = new byte[Width * Height];
        for (int i = 0; i < raw.Length; i++)
        {
            bool inPatch = patch is { } p && i % Width < p.Side && i / Width < p.Side;
            raw[i] = (byte)Math.Clamp((inPatch ? patch!.Value.Luma : luma) + random.Next(-noise, noise + 1), 0, 255);
        }

        using JpegEncoder encoder = new(RawPixels.Grey, Width, Height);
        Assert.That(encoder.TryEncode(raw, Width, out ReadOnlySpan<byte> jpeg, out string? reason), Is.True, reason);
        return jpeg.ToArray();
    }

    private static HostTime Time(int row) => new(1_000_000_000 + (row * FrameMs * 1_000_000L));

    private static SampleStamp At(int row) => new(row, 0, null, Time(row), Time(row));

    private static CameraFrameStream Camera() => new()
    {
        Name = "front",
        Device = new DeviceIdentity("test", null, null),
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.Arrival,
        Counted = false,
        MaxRowBytes = 1 << 20,
        BytesPerSecond = 1 << 20,
        WidthPx = Width,
        HeightPx = Height,
        Encoding = "mjpeg",
    };

    private static AudioPeriodStream Sound(AudioSampleFormat format) => new()
    {
        Name = "room",
        Device = new DeviceIdentity("test", null, null),
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.FirstSample,
        Counted = false,
        MaxRowBytes = 480 * 8,
        BytesPerSecond = 48_000 * 8,
        SampleRateHz = 48_000,
        Channels = 2,
        Format = format,
        PeriodFrames = 480,
    };

    /// <summary>Keeps the marks, and counts what the thread that writes them allocates after the first one.</summary>
    private sealed class Marked : IMarkSink
    {
        private long before = -1;
        private int ticks;

        public List<(string Stream, Mark Mark)> All { get; } = new(100);

        public long AllocatedAfterFirst { get; private set; }

        public StreamDescriptor Stream => throw new NotSupportedException();

        public bool Append(long sequence, ReadOnlySpan<byte> streamUtf8, in Mark mark)
        {
            All.Add((streamUtf8.SequenceEqual("front"u8) ? "front" : "room", mark));
            return true;
        }

        public void Tick(HostTime now)
        {
            // The first rounds compile.
            if (++ticks == 8)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (ticks > 8)
            {
                AllocatedAfterFirst = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        public void Book(in Loss loss)
        {
        }

        public void ReportClockSigma(Duration? sigma)
        {
        }
    }
}
