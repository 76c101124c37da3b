using System.Diagnostics;
using Capture.Core.Streams;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Verification;

/// <summary>A camera of H.264 whose units are whole, damaged, missing, or not what their rows say.</summary>
public sealed class H264VerificationTests
{
    private static readonly Lazy<byte[][]> s_units = new(Encode);

    [Test]
    public void Whole_pictures_are_good() => Assert.That(Verify(s_units.Value), Is.Empty);

    [Test]
    public void A_unit_that_looks_right_and_does_not_decode_is_found_by_decoding()
    {
        byte[][] units = [.. s_units.Value];
        units[7] = [.. units[7]];

        // Noise where the slice's data are; its header stays.
        new Random(1).NextBytes(units[7].AsSpan(units[7].Length / 2));
        Assert.That(Verify(units, decode: false), Is.Empty, "nothing that its structure shows");
        Assert.That(Verify(units), Has.Some.Contains("row 7: the picture cannot be decoded"));
    }

    [Test]
    public void What_is_no_access_unit_or_not_what_its_row_says_is_found_without_decoding()
    {
        byte[][] units = [.. s_units.Value];
        units[3] = [9, 9, 9];
        units[5] = [.. units[5], .. units[6]];
        List<string> found = Verify(units, decode: false);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Has.Count.EqualTo(2));
            Assert.That(found, Has.Some.Contains("row 3").And.Some.Contains("row 5"));
            Assert.That(Verify(s_units.Value, decode: false, isKey: i => i == 0), Has.Some.Contains("no key frame, and it is one"));
            Assert.That(Verify(s_units.Value[1..], decode: false, isKey: i => i % 10 == 9), Has.Some.Contains("no key frame is before it"));
        }
    }

    private static List<string> Verify(byte[][] units, bool decode = true, Func<int, bool>? isKey = null)
    {
        using var rig = new Rig();
        ICameraFrameSink camera = rig.Recorder.Open(new CameraFrameStream
        {
            Name = "front",
            Device = new DeviceIdentity("test", null, null),
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.Arrival,
            Counted = false,
            RateHz = 30,
            MaxRowBytes = 256 * 1024,
            BytesPerSecond = 1_000_000,
            WidthPx = 128,
            HeightPx = 96,
            Encoding = "h264",
        });
        rig.Recorder.Arm();
        for (int i = 0; i < units.Length; i++)
        {
            Assert.That(camera.Append(Rig.Stamp(i, rig.Now, i), units[i], isKey?.Invoke(i) ?? i % 10 == 0), Is.True);
        }

        rig.Recorder.Stop(StopReason.Operator);
        rig.Recorder.Seal();
        return [.. EpisodeVerifier.Verify(rig.Folder, new VerifyOptions(decode)).Where(f => f.Severity == FindingSeverity.Error && f.Place.Contains("front", StringComparison.Ordinal)).Select(f => $"{f.Place}: {f.Text}")];
    }

    private static byte[][] Encode()
    {
        try
        {
            using Process encoder = Process.Start(new ProcessStartInfo("ffmpeg", "-v error -f lavfi -i testsrc2=s=128x96:r=30:d=1 -c:v libx264 -pix_fmt yuv420p -bf 0 -g 10 -crf 18 -x264-params aud=1:repeat-headers=1:scenecut=0 -f h264 pipe:1") { RedirectStandardOutput = true, UseShellExecute = false })!;
            using var bytes = new MemoryStream();
            encoder.StandardOutput.BaseStream.CopyTo(bytes);
            encoder.WaitForExit();
            byte[] stream = bytes.ToArray();
            int[] starts = [.. Enumerable.Range(0, stream.Length - 4).Where(at => stream.AsSpan(at).StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 1, 9]))];
            return [.. starts.Select((from, i) => stream[from..(i + 1 < starts.Length ? starts[i + 1] : stream.Length)])];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("ffmpeg is not installed: sudo apt-get install ffmpeg");
            throw;
        }
    }
}
