using System.Diagnostics;
using System.Globalization;

namespace Capture.Devices.Tests.Cameras.Ffmpeg;

/// <summary>Video files: real ones of a Debian package, and what ffmpeg makes of them.</summary>
internal static class Videos
{
    private const string Folder = "/usr/share/doc/opencv-doc/examples/data";

    /// <summary>Runs a program and gives what it wrote.</summary>
    public static string Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}");
            return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"{program} is not installed: sudo apt-get install ffmpeg");
            throw;
        }
    }

    /// <summary>A piece of a real video as H.264.</summary>
    public static string H264(string folder, string name, int pictures, params string[] how)
    {
        string path = Path.Combine(folder, name);
        Run("ffmpeg", ["-v", "error", "-y", "-i", Real("tree.avi"), "-frames:v", pictures.ToString(CultureInfo.InvariantCulture), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "12", .. how, path]);
        return path;
    }

    /// <summary>Presentation times of a file's pictures as ffprobe reads them, rising; nanoseconds from the first.</summary>
    public static long[] TimesNs(string path)
    {
        string[] lines = Run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=time_base:frame=best_effort_timestamp", "-of", "default=noprint_wrappers=1", path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        long[] tick = [.. lines.Single(l => l.StartsWith("time_base=", StringComparison.Ordinal))[10..].Split('/').Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
        long[] times = [.. lines.Where(l => l.StartsWith("best_effort_timestamp=", StringComparison.Ordinal)).Select(l => long.Parse(l[22..], CultureInfo.InvariantCulture)).Order()];
        return [.. times.Select(t => (long)(((Int128)(t - times[0]) * 1_000_000_000 * tick[0] + (tick[1] / 2)) / tick[1]))];
    }

    /// <summary>Pictures that ffmpeg decodes of a byte stream, and what it complains of.</summary>
    public static int Decoded(string format, IEnumerable<byte[]> pictures)
    {
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", $"-v error -err_detect explode -f {format} -i pipe:0 -fps_mode passthrough -f framecrc pipe:1") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Task feeding = Task.Run(() =>
        {
            foreach (byte[] picture in pictures)
            {
                process.StandardInput.BaseStream.Write(picture);
            }

            process.StandardInput.Close();
        });
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        feeding.Wait();
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => !l.StartsWith('#'));
    }

    /// <summary>A file of the package opencv-doc.</summary>
    public static string Real(string name)
    {
        string path = Path.Combine(Folder, name);
        if (!File.Exists(path))
        {
            Assert.Ignore($"{path} is not here: sudo apt-get install opencv-doc");
        }

        return path;
    }
}
