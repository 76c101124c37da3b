using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;
using Benchmarks.Reporting;
using Capture.Media.Jpeg;
using Capture.Media.Video;

namespace Benchmarks.Sources;

/// <summary>
/// H.264 through our encoder process, beside ffmpeg alone on the same raw pictures with the same settings: what carrying each picture's time costs. Frames a second of one core: pictures by the processor time of all that
/// took part.
/// </summary>
internal static class EncodingBenchmark
{
    private const int Width = 1280;
    private const int Height = 720;
    private const string Part = "h264";

    public static void Run(BenchmarkOptions options, Report report)
    {
        int pictures = options.Quick ? 10 : 150;
        string raw = Path.Combine(options.Sub(Part), "pictures.nv12");
        string? made = Ffmpeg($"-v error -y -f lavfi -i testsrc2=s={Width}x{Height}:r=30 -frames:v {pictures.ToString(CultureInfo.InvariantCulture)} -f rawvideo -pix_fmt nv12 {raw}");
        if (made is null)
        {
            report.Note("h264 was left out: ffmpeg is not installed (sudo apt-get install ffmpeg)");
            return;
        }

        byte[] all = File.ReadAllBytes(raw);
        var settings = new H264Settings();
        var ours = new List<double>();
        var peers = new List<double>();
        for (int round = 0; round < (options.Quick ? 1 : 5); round++)
        {
            // Turn about, so that other load meets both.
            if (round % 2 == 0)
            {
                ours.Add(pictures / Ours(all, pictures, settings));
                peers.Add(pictures / Peer(raw, settings));
            }
            else
            {
                peers.Add(pictures / Peer(raw, settings));
                ours.Add(pictures / Ours(all, pictures, settings));
            }
        }

        string how = string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height} nv12, x264 {settings.Preset} zerolatency, crf {settings.Quality}, key frame every {settings.KeyFrameEvery}, {pictures} pictures; {Spread.Quartiles(ours)}");
        report.Tell(Part, "pictures a second of one core, through the encoder process", Spread.Median(ours), "1/s", how);
        report.Tell(Part, "pictures a second of one core, ffmpeg alone", Spread.Median(peers), "1/s", $"the same file and settings, to nowhere; {Spread.Quartiles(peers)}");
        report.Tell(Part, "ours by ffmpeg alone", Spread.Median(ours.Zip(peers, (a, b) => a / b)), "x", "both processes' processor time counted, the pipes between them too");
    }

    /// <summary>Processor seconds of this process and of the encoder's.</summary>
    private static double Ours(byte[] all, int pictures, H264Settings settings)
    {
        int bytes = JpegEncoder.RawBytes(RawPixels.Nv12, Width, Height);
        double before = Environment.CpuUsage.TotalTime.TotalSeconds;
        using var encoder = new H264Encoder(new EncoderInput(RawPixels.Nv12, Width, Height, 30), settings);
        int sent = 0;
        int got = 0;
        while (got < pictures)
        {
            if (encoder.HasRoom && sent < pictures && sent - got < 4)
            {
                encoder.Submit(sent * 33_333L, all.AsSpan(sent * bytes, bytes));
                sent++;
            }

            switch (encoder.Pump(100, null, out NutFrame unit))
            {
                case EncoderEvent.Unit when unit.Time != got * 33_333L:
                    throw new InvalidOperationException($"picture {got} came back with the time {unit.Time}");
                case EncoderEvent.Unit:
                    got++;
                    break;
                case EncoderEvent.Ended:
                    throw new InvalidOperationException(encoder.LastWords ?? "the encoder ended");
            }
        }

        using Process child = Process.GetProcessById(encoder.ProcessId);
        return child.TotalProcessorTime.TotalSeconds + Environment.CpuUsage.TotalTime.TotalSeconds - before;
    }

    /// <summary>Processor seconds as ffmpeg itself counts them.</summary>
    private static double Peer(string raw, H264Settings settings)
    {
        string every = settings.KeyFrameEvery.ToString(CultureInfo.InvariantCulture);
        string said = Ffmpeg(
            $"-hide_banner -benchmark -threads 1 -f rawvideo -pix_fmt nv12 -s {Width}x{Height} -r 30 -i {raw} -filter_threads 1 -vf format=yuv420p -c:v libx264 -threads 1 -preset {settings.Preset} -tune zerolatency "
            + $"-crf {settings.Quality.ToString(CultureInfo.InvariantCulture)} -bf 0 -g {every} -keyint_min {every} -sc_threshold 0 -f null -")!;
        return Figure(said, "utime=") + Figure(said, "stime=");
    }

    private static double Figure(string text, string name)
    {
        int at = text.LastIndexOf(name, StringComparison.Ordinal) + name.Length;
        return double.Parse(text.AsSpan(at, text.IndexOf('s', at) - at), CultureInfo.InvariantCulture);
    }

    /// <summary>What it said; null where it is not installed.</summary>
    private static string? Ffmpeg(string arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("ffmpeg", "-nostdin " + arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? said : throw new InvalidOperationException(said);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
