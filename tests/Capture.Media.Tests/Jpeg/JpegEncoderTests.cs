using Capture.Media.Jpeg;

namespace Capture.Media.Tests.Jpeg;

public sealed class JpegEncoderTests
{
    [TestCase(RawPixels.Yuyv, 62, 46)]
    [TestCase(RawPixels.Yuyv, 320, 180)]
    [TestCase(RawPixels.Nv12, 62, 46)]
    [TestCase(RawPixels.Rgb24, 61, 45)]
    [TestCase(RawPixels.Bgr24, 64, 48)]
    [TestCase(RawPixels.Grey, 61, 45)]
    public void A_picture_decodes_to_what_was_given(RawPixels pixels, int width, int height)
    {
        // Rows are longer than the picture: padding must not come in.
        int bytesPerPixel = pixels switch { RawPixels.Yuyv => 2, RawPixels.Rgb24 or RawPixels.Bgr24 => 3, _ => 1 };
        int stride = (width * bytesPerPixel) + 6;
        int rows = pixels == RawPixels.Nv12 ? height * 3 / 2 : height;
        byte[] raw = new byte[stride * rows];
        Array.Fill(raw, (byte)255);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Paint(raw, pixels, stride, height, x, y, (byte)Grey(x, y, width, height));
            }
        }

        using var encoder = new JpegEncoder(pixels, width, height);
        Assert.That(encoder.TryEncode(raw, stride, out ReadOnlySpan<byte> jpeg, out string? reason), Is.True, reason);
        using var decoder = new JpegDecoder();
        byte[] rgb = new byte[width * height * 3];
        Assert.That(decoder.TryDecode(jpeg, JpegPixels.Rgb, 1, rgb, out JpegHeader size, out reason), Is.True, reason);
        Assert.That((size.WidthPx, size.HeightPx), Is.EqualTo((width, height)));
        int worst = 0;
        for (int i = 0; i < width * height; i++)
        {
            int expected = Grey(i % width, i / width, width, height);
            for (int c = 0; c < 3; c++)
            {
                // Red is a fifth brighter in the colour formats, so that swapped planes show.
                int want = pixels == RawPixels.Grey || c != 0 ? expected : expected + 20;
                worst = Math.Max(worst, Math.Abs(rgb[(i * 3) + c] - want));
            }
        }

        Assert.That(worst, Is.LessThanOrEqualTo(14));
    }

    [Test]
    public void A_picture_cut_short_is_refused_with_a_reason()
    {
        using var encoder = new JpegEncoder(RawPixels.Yuyv, 64, 48);
        Assert.That(encoder.TryEncode(new byte[(64 * 48 * 2) - 1], 128, out _, out string? reason), Is.False);
        Assert.That(reason, Does.Contain("too short"));
    }

    [Test]
    public void Encoding_allocates_nothing()
    {
        using var encoder = new JpegEncoder(RawPixels.Nv12, 320, 240);
        byte[] raw = new byte[JpegEncoder.RawBytes(RawPixels.Nv12, 320, 240)];
        encoder.TryEncode(raw, 320, out _, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            encoder.TryEncode(raw, 320, out _, out _);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static int Grey(int x, int y, int width, int height) => 40 + ((x + y) * 160 / (width + height));

    // Full-range BT.601, as JPEG has it: red + 20 over grey.
    private static void Paint(byte[] raw, RawPixels pixels, int stride, int height, int x, int y, byte grey)
    {
        byte luma = (byte)Math.Round(grey + (0.299 * 20));
        byte u = (byte)Math.Round(128 - (0.168736 * 20));
        byte v = (byte)Math.Round(128 + (0.5 * 20));
        switch (pixels)
        {
            case RawPixels.Yuyv:
                raw[(y * stride) + (x * 2)] = luma;
                raw[(y * stride) + (x * 2) + 1] = x % 2 == 0 ? u : v;
                break;
            case RawPixels.Nv12:
                raw[(y * stride) + x] = luma;
                raw[((height + (y / 2)) * stride) + x] = x % 2 == 0 ? u : v;
                break;
            case RawPixels.Grey:
                raw[(y * stride) + x] = grey;
                break;
            default:
                int red = pixels == RawPixels.Rgb24 ? 0 : 2;
                for (int c = 0; c < 3; c++)
                {
                    raw[(y * stride) + (x * 3) + c] = (byte)(grey + (c == red ? 20 : 0));
                }

                break;
        }
    }
}
