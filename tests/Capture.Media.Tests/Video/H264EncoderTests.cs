using Capture.Core.Time;
using Capture.Media.Jpeg;
using Capture.Media.Video;

namespace Capture.Media.Tests.Video;

/// <summary>Pictures through a real encoder process. Picture n is a plane of grey, and the grey that comes back tells which it was.</summary>
public sealed class H264EncoderTests
{
    private const int Width = 64;
    private const int Height = 48;

    private static readonly RawPixels?[] s_inputs = [RawPixels.Yuyv, RawPixels.Nv12, RawPixels.Rgb24, RawPixels.Bgr24, RawPixels.Grey, null];

    [TestCaseSource(nameof(s_inputs))]
    public void Every_picture_comes_out_as_one_access_unit_with_its_own_time(RawPixels? pixels)
    {
        // Uneven, with a hole of three days: nothing in the encoder may count instead of carrying.
        long[] times = [.. Enumerable.Range(0, 40).Select(i => 1_000_000 + (i * 33_333L) + (i % 3 * 7_001) + (i > 20 ? 259_200_000_000 : 0))];
        (List<(long Time, bool Key, byte[] Data)> units, _) = Encode(pixels, times, new H264Settings { Quality = 4 });
        byte[][] decoded = Ffmpeg.DecodeH264([.. units.SelectMany(u => u.Data)], Width, Height);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(units.Select(u => u.Time), Is.EqualTo(times));
            Assert.That(units.Select((u, i) => (u.Key, AnnexB.Check(u.Data, out bool key), key)), Is.EqualTo(units.Select((_, i) => (i % 10 == 0, (string?)null, i % 10 == 0))));
            Assert.That(decoded, Has.Length.EqualTo(times.Length));
            Assert.That(decoded.Select(NumberOf), Is.EqualTo(Enumerable.Range(0, times.Length)), "picture for picture");
        }
    }

    [Test]
    public void A_unit_comes_out_before_the_next_picture_goes_in()
    {
        using var encoder = new H264Encoder(new EncoderInput(RawPixels.Grey, Width, Height, 30));
        for (int i = 0; i < 12; i++)
        {
            encoder.Submit(AfterHead(encoder, i), Picture(RawPixels.Grey, i));
            NutFrame unit;
            int patience = 200;
            while (encoder.Pump(100, null, out unit) != EncoderEvent.Unit)
            {
                Assert.That(--patience, Is.Positive, encoder.LastWords);
            }

            Assert.That(unit.Time, Is.EqualTo(i * 33_333));
        }
    }

    [Test]
    public void A_killed_encoder_ends_the_stream_and_nothing_hangs()
    {
        using var encoder = new H264Encoder(new EncoderInput(RawPixels.Grey, Width, Height, 30));
        encoder.Submit(AfterHead(encoder, 0), Picture(RawPixels.Grey, 0));
        System.Diagnostics.Process.GetProcessById(encoder.ProcessId).Kill();
        int patience = 200;
        EncoderEvent found;
        while ((found = encoder.Pump(100, null, out _)) != EncoderEvent.Ended)
        {
            Assert.That(--patience, Is.Positive);
        }

        Assert.That(found, Is.EqualTo(EncoderEvent.Ended));
    }

    [Test]
    public void What_is_missing_or_wrong_is_told_in_a_sentence()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => H264Encoder.Try(new H264Settings { Ffmpeg = "no-such-ffmpeg" }, HostClock.System, Duration.FromSeconds(5)), Throws.TypeOf<MediaException>().With.Message.Contain("apt-get install ffmpeg"));
            Assert.That(() => H264Encoder.Try(new H264Settings { Preset = "no-such-preset" }, HostClock.System, Duration.FromSeconds(30)), Throws.TypeOf<MediaException>().With.Message.Contain("no-such-preset").Or.Message.Contain("preset"));
            Assert.That(() => new H264Encoder(new EncoderInput(RawPixels.Grey, 63, 48, 30)), Throws.ArgumentException);
            Assert.That(() => H264Encoder.Try(new H264Settings(), HostClock.System, Duration.FromSeconds(30)), Throws.Nothing);
        }
    }

    private static (List<(long Time, bool Key, byte[] Data)> Units, string? Words) Encode(RawPixels? pixels, long[] times, H264Settings settings)
    {
        using var encoder = new H264Encoder(new EncoderInput(pixels, Width, Height, 30), settings);
        var units = new List<(long, bool, byte[])>();
        int next = 0;
        int patience = 500;
        while (--patience > 0)
        {
            if (encoder.HasRoom && next < times.Length)
            {
                encoder.Submit(times[next], Picture(pixels, next));
                next++;
            }
            else if (encoder.HasRoom && next == times.Length)
            {
                encoder.Finish();
            }

            EncoderEvent found = encoder.Pump(100, null, out NutFrame unit);
            if (found == EncoderEvent.Unit)
            {
                units.Add((unit.Time, unit.KeyFrame, unit.Data.ToArray()));
            }
            else if (found == EncoderEvent.Ended)
            {
                break;
            }
        }

        Assert.That(patience, Is.Positive, encoder.LastWords);
        return (units, encoder.LastWords);
    }

    // The head of the stream goes first.
    private static long AfterHead(H264Encoder encoder, int i)
    {
        while (!encoder.HasRoom)
        {
            encoder.Pump(50, null, out _);
        }

        return i * 33_333;
    }

    private static int NumberOf(byte[] luma) => (int)Math.Round((luma[(Height / 2 * Width) + (Width / 2)] - 30) / 5.0);

    private static byte[] Picture(RawPixels? pixels, int n)
    {
        byte grey = (byte)(30 + (5 * n));

        // Cameras' YUV has video levels: black is 16, white 235.
        byte luma = (byte)Math.Round(16 + (grey * 219 / 255.0));
        switch (pixels)
        {
            case null:
                using (var jpeg = new JpegEncoder(RawPixels.Grey, Width, Height, 95))
                {
                    byte[] plane = new byte[Width * Height];
                    Array.Fill(plane, grey);
                    Assert.That(jpeg.TryEncode(plane, Width, out ReadOnlySpan<byte> picture, out string? reason), Is.True, reason);
                    return picture.ToArray();
                }

            case RawPixels.Yuyv:
                byte[] packed = new byte[Width * Height * 2];
                for (int i = 0; i < packed.Length; i += 2)
                {
                    (packed[i], packed[i + 1]) = (luma, 128);
                }

                return packed;
            case RawPixels.Nv12:
                byte[] planes = new byte[Width * Height * 3 / 2];
                planes.AsSpan(0, Width * Height).Fill(luma);
                planes.AsSpan(Width * Height).Fill(128);
                return planes;
            default:
                byte[] raw = new byte[JpegEncoder.RawBytes(pixels.Value, Width, Height)];
                Array.Fill(raw, grey);
                return raw;
        }
    }
}
