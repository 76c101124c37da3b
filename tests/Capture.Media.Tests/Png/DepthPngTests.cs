using System.Diagnostics;
using Capture.Media.Png;

namespace Capture.Media.Tests.Png;

public sealed class DepthPngTests
{
    [Test]
    public void Depth_comes_back_bit_for_bit_from_a_foreign_decoder()
    {
        const int Width = 67;
        const int Height = 31;
        const int Stride = (Width * 2) + 10;
        byte[] depth = new byte[Stride * Height];
        new Random(16).NextBytes(depth);
        string file = Path.Combine(Path.GetTempPath(), $"capture-depth-{Environment.ProcessId}.png");
        try
        {
            File.WriteAllBytes(file, new DepthPng(Width, Height).Encode(depth, Stride).ToArray());
            using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", $"-loglevel error -i {file} -f rawvideo -pix_fmt gray16le -") { RedirectStandardOutput = true, UseShellExecute = false })!;
            using var decoded = new MemoryStream();
            ffmpeg.StandardOutput.BaseStream.CopyTo(decoded);
            ffmpeg.WaitForExit();
            byte[] expected = [.. Enumerable.Range(0, Height).SelectMany(y => depth.AsSpan(y * Stride, Width * 2).ToArray())];
            Assert.That(decoded.ToArray(), Is.EqualTo(expected));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void A_picture_is_looked_at_without_a_decoder_and_every_flipped_bit_shows()
    {
        byte[] depth = new byte[16 * 8 * 2];
        new Random(5).NextBytes(depth);
        byte[] png = new DepthPng(16, 8).Encode(depth, 32).ToArray();
        var random = new Random(6);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(DepthPng.Check(png, 16, 8, decode: true), Is.Null);
            Assert.That(DepthPng.Check(png, 8, 16, decode: false), Does.Contain("8 x 16"));
            Assert.That(DepthPng.Check([], 16, 8, decode: true), Is.Not.Null);
        }

        for (int i = 0; i < 2000; i++)
        {
            byte[] bad = [.. png];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            Assert.That(DepthPng.Check(bad, 16, 8, decode: false), Is.Not.Null);
            Assert.That(DepthPng.Check(png.AsSpan(0, random.Next(png.Length)), 16, 8, decode: true), Is.Not.Null);
        }
    }

    [Test]
    public void A_picture_cut_short_is_refused() =>
        Assert.That(() => new DepthPng(8, 8).Encode(new byte[100], 16).Length, Throws.ArgumentException);
}
