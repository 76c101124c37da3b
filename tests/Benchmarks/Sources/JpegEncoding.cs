using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Media.Jpeg;

namespace Benchmarks.Sources;

/// <summary>Raw 1280x720 pictures to JPEG, one core, beside libjpeg-turbo's own benchmark on the same picture at the same quality and colour resolution.</summary>
internal static class JpegEncoding
{
    private const int Width = 1280;
    private const int Height = 720;
    private const int Quality = 90;
    private const int Rounds = 5;

    public static void Run(BenchmarkOptions options, Report report)
    {
        string folder = options.Sub("jpeg");
        double seconds = options.Quick ? 0.3 : 3;
        string ppm = Path.Combine(folder, "picture.ppm");
        SourceProcesses.Ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1280x720,noise=alls=10:allf=t:all_seed=1", "-frames:v", "1", "-pix_fmt", "rgb24", ppm);
        var ours = new Dictionary<RawPixels, List<double>>();
        var peers = new List<double>();
        var ratios = new List<double>();
        for (int round = 0; round < (options.Quick ? 1 : Rounds); round++)
        {
            foreach ((RawPixels pixels, string name) in new[] { (RawPixels.Rgb24, "rgb24"), (RawPixels.Yuyv, "yuyv422"), (RawPixels.Nv12, "nv12") })
            {
                string raw = Path.Combine(folder, name);
                if (round == 0)
                {
                    SourceProcesses.Ffmpeg("-i", ppm, "-pix_fmt", name, "-f", "rawvideo", raw);
                    ours[pixels] = [];
                }

                ours[pixels].Add(Ours(pixels, File.ReadAllBytes(raw), seconds));
            }

            if (TjBench(ppm, seconds) is not { } peer)
            {
                report.Note("tjbench does not start: sudo apt-get install libjpeg-turbo-progs");
                break;
            }

            peers.Add(peer);
            ratios.Add(ours[RawPixels.Rgb24][^1] / peer);
        }

        if (peers.Count > 0)
        {
            report.AtLeast("jpeg", "RGB24 720p to JPEG 4:2:2, quality 90, against tjbench", Spread.Median(ratios), "x", 0.9, string.Create(CultureInfo.InvariantCulture, $"{Spread.Median(ours[RawPixels.Rgb24]):0} pictures a second and core against {Spread.Median(peers):0}; {ratios.Count} rounds"));
        }

        report.Tell("jpeg", "YUYV 720p to JPEG 4:2:2", Spread.Median(ours[RawPixels.Yuyv]), "pictures/s", "one core; converts nothing, splits the planes");
        report.Tell("jpeg", "NV12 720p to JPEG 4:2:0", Spread.Median(ours[RawPixels.Nv12]), "pictures/s", "one core");
    }

    // By processor time: other load on the machine must not count.
    private static double Ours(RawPixels pixels, byte[] raw, double seconds)
    {
        using var encoder = new JpegEncoder(pixels, Width, Height, Quality);
        int stride = raw.Length / (pixels == RawPixels.Nv12 ? Height * 3 / 2 : Height);
        Encode();
        int pictures = 0;
        Cost cost = Cost.Of(() =>
        {
            long start = Stopwatch.GetTimestamp();
            for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; pictures++)
            {
                Encode();
            }
        });
        return pictures / cost.CpuSeconds;

        void Encode()
        {
            if (!encoder.TryEncode(raw, stride, out _, out string? reason))
            {
                throw new InvalidOperationException(reason);
            }
        }
    }

    /// <summary>Pictures a second of processor time; null where the program is not installed. Its own figure is by the wall clock: both are taken, and the processor's share corrects it.</summary>
    private static double? TjBench(string ppm, double seconds)
    {
        string[] arguments = [ppm, Quality.ToString(CultureInfo.InvariantCulture), "-rgb", "-subsamp", "422", "-nowrite", "-componly", "-benchtime", seconds.ToString(CultureInfo.InvariantCulture), "-warmup", "0.1"];
        try
        {
            double before = ProcessUse.ChildrenCpuSeconds();
            using Process process = Process.Start(new ProcessStartInfo("tjbench", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
            var since = Stopwatch.StartNew();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            double share = (ProcessUse.ChildrenCpuSeconds() - before) / since.Elapsed.TotalSeconds;
            string line = text.Split('\n').First(l => l.Contains("Frame rate:", StringComparison.Ordinal));
            return double.Parse(line.Split(':')[1].Replace("fps", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / Math.Min(share, 1);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
