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
    public void A_picture_cut_short_is_refused() =>
        Assert.That(() => new DepthPng(8, 8).Encode(new byte[100], 16).Length, Throws.ArgumentException);
}
