using System.Diagnostics;
using Capture.Media.Jpeg;

namespace Capture.Media.Tests.Jpeg;

/// <summary>Decoding with libjpeg-turbo. The pictures are made by ffmpeg, an encoder of its own.</summary>
public sealed class JpegDecoderTests
{
    private static readonly byte[] s_picture = Pictures.Make("color=red:s=64x48:d=1", "picture");

    [Test]
    public void Reads_size_and_colour()
    {
        using var decoder = new JpegDecoder();
        byte[] pixels = new byte[64 * 48 * 3];
        Assert.Multiple(() =>
        {
            Assert.That(decoder.TryReadHeader(s_picture, out JpegHeader header, out _), Is.True);
            Assert.That(header, Is.EqualTo(new JpegHeader(64, 48)));
            Assert.That(decoder.TryDecode(s_picture, JpegPixels.Rgb, 1, pixels, out _, out string? reason), Is.True, reason);
            Assert.That(pixels[0], Is.GreaterThan(240), "red");
            Assert.That(pixels[1], Is.LessThan(20), "green");
            Assert.That(pixels[^1], Is.LessThan(20), "blue");
        });
    }

    [TestCase(1, 64, 48)]
    [TestCase(2, 32, 24)]
    [TestCase(4, 16, 12)]
    [TestCase(8, 8, 6)]
    public void Decodes_at_a_fraction(int scale, int width, int height)
    {
        using var decoder = new JpegDecoder();
        byte[] pixels = new byte[64 * 48];
        Assert.Multiple(() =>
        {
            Assert.That(decoder.TryDecode(s_picture, JpegPixels.Gray, scale, pixels, out JpegHeader size, out string? reason), Is.True, reason);
            Assert.That(size, Is.EqualTo(new JpegHeader(width, height)));
            Assert.That(pixels[0], Is.EqualTo(76).Within(6), "luma of red");
        });
    }

    [Test]
    public void Refuses_every_truncation_with_a_reason()
    {
        using var decoder = new JpegDecoder();
        Assert.Multiple(() =>
        {
            for (int length = 0; length < s_picture.Length - 2; length++)
            {
                Assert.That(decoder.Check(s_picture.AsSpan(0, length), whole: true), Is.Not.Null, $"{length} bytes");
            }

            Assert.That(decoder.Check(s_picture, whole: true), Is.Null);
        });
    }

    [Test]
    public void Survives_mutated_bytes()
    {
        using var decoder = new JpegDecoder();
        var random = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutated = [.. s_picture];
            for (int k = 0; k < 4; k++)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            _ = decoder.Check(mutated, whole: decoder.TryReadHeader(mutated, out JpegHeader h, out _) && (long)h.WidthPx * h.HeightPx < 1_000_000);
        }

        Assert.That(decoder.Check(s_picture, whole: true), Is.Null, "the decoder still works");
    }
}

internal static class Pictures
{
    /// <summary>JPEG pictures of an ffmpeg test source, one after the other.</summary>
    public static byte[] Make(string source, string what)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1", "-q:v", "2", "-f", "mjpeg", "-"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            return bytes.ToArray();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"ffmpeg makes the {what} for this test and is not installed.");
            throw;
        }
    }
}
