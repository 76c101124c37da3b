using System.Globalization;
using System.Text;
using Capture.Core.Time;
using Capture.Media.Processes;

namespace Capture.Media.Video;

/// <summary>What ffprobe says of an input's first video stream.</summary>
/// <param name="Codec">As ffmpeg names it: "h264", "mjpeg", "rawvideo".</param>
/// <param name="Reordered">Pictures are stored in another order than they are shown in (B-frames).</param>
/// <param name="Interlaced">Pictures are pairs of fields.</param>
/// <param name="RateHz">Mean pictures a second; null where it says none.</param>
/// <param name="Pictures">Pictures that the container lists; null where it lists none.</param>
public sealed record VideoProbe(string Codec, int WidthPx, int HeightPx, bool Reordered, bool Interlaced, double? RateHz, long? Pictures)
{
    private const int MostText = 64 * 1024;

    /// <summary>Asks ffprobe.</summary>
    /// <param name="input">Options and input, as ffprobe takes them: "-f", "x11grab", "-i", ":0".</param>
    /// <exception cref="MediaException">ffprobe is missing, or the input has no video: the text holds its words.</exception>
    public static VideoProbe Run(IEnumerable<string> input, HostClock clock, Duration patience, string ffprobe = "ffprobe")
    {
        string[] ask = ["-hide_banner", "-loglevel", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name,width,height,avg_frame_rate,r_frame_rate,has_b_frames,field_order,nb_frames", "-of", "default=noprint_wrappers=1"];
        using var process = new FfmpegProcess(ffprobe, [.. ask, .. input], feed: false);
        byte[] text = new byte[MostText];
        int length = 0;
        HostTime deadline = clock.Now + patience;
        while (length < text.Length)
        {
            int got = process.Read(text.AsSpan(length));
            if (got < 0)
            {
                break;
            }

            length += got;
            if (clock.Now > deadline)
            {
                throw new MediaException($"it says nothing of itself within {patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
            }

            process.Wait(50);
        }

        process.WaitForEnd(Duration.FromSeconds(2));
        return Parse(Encoding.UTF8.GetString(text, 0, length)) ?? throw new MediaException(process.LastWords ?? "it has no video");
    }

    /// <summary>Reads ffprobe's lines; null where they name no video.</summary>
    internal static VideoProbe? Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int at = line.IndexOf('=');
            if (at > 0)
            {
                values.TryAdd(line[..at], line[(at + 1)..]);
            }
        }

        long Number(string key) => long.TryParse(values.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
        long width = Number("width");
        long height = Number("height");
        return values.TryGetValue("codec_name", out string? codec) && width is > 0 and <= 65_535 && height is > 0 and <= 65_535
            ? new VideoProbe(codec, (int)width, (int)height, Number("has_b_frames") > 0, values.GetValueOrDefault("field_order") is "tt" or "bb" or "tb" or "bt", Rate(values, "avg_frame_rate") ?? Rate(values, "r_frame_rate"), Number("nb_frames") is > 0 and long n ? n : null)
            : null;
    }

    private static double? Rate(Dictionary<string, string> values, string key)
    {
        string[] parts = values.GetValueOrDefault(key, "").Split('/');
        return parts.Length == 2 && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double a) && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double b)
            && a / b is > 0.01 and < 10_000
            ? a / b
            : null;
    }
}
