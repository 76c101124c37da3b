using System.Globalization;
using System.Text;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>The H.264 stream that a session description offers (RFC 8866; parameters by RFC 6184, chapter 8).</summary>
/// <param name="Control">Where to set it up: absolute, or relative to the session's address.</param>
/// <param name="ClockHz">Rate of the RTP time; 90,000 for all video.</param>
/// <param name="Parameters">Its parameter sets in Annex B form; empty where none are given.</param>
/// <param name="FrameRateHz">As declared; null where not.</param>
public sealed record SdpVideo(string Control, byte PayloadType, int ClockHz, byte[] Parameters, double? FrameRateHz)
{
    /// <summary>Longest description taken.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxParameterBytes = 4096;

    /// <summary>Finds the first H.264 stream.</summary>
    /// <param name="video">Null where there is none.</param>
    /// <param name="offered">What there is instead, for the operator: encodings by name, separated by commas.</param>
    /// <returns>Malformed where this is no session description.</returns>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, out SdpVideo? video, out string offered)
    {
        video = null;
        offered = string.Empty;
        if (bytes.Length > MaxBytes || !bytes.StartsWith("v=0"u8))
        {
            return ParseStatus.Malformed;
        }

        var others = new List<string>();
        foreach (string media in Encoding.UTF8.GetString(bytes).ReplaceLineEndings("\n").Split("\nm=").Skip(1))
        {
            string[] lines = media.Split('\n');
            string[] head = lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (head.Length < 4)
            {
                return ParseStatus.Malformed;
            }

            foreach (string format in head.Skip(3))
            {
                string map = Attribute(lines, "rtpmap:" + format + " ") ?? StaticName(format);
                string[] parts = map.Split('/');
                if (head[0] == "video" && parts[0].Equals("H264", StringComparison.OrdinalIgnoreCase)
                    && byte.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out byte type) && type < 128
                    && parts.Length > 1 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int hz) && hz > 0)
                {
                    video = new SdpVideo(
                        Attribute(lines, "control:") ?? string.Empty,
                        type,
                        hz,
                        ParameterSets(Attribute(lines, "fmtp:" + format + " ") ?? string.Empty),
                        double.TryParse(Attribute(lines, "framerate:"), NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is > 0 and < 10_000 ? rate : null);
                    return ParseStatus.Complete;
                }

                others.Add($"{head[0]} {parts[0]}");
            }
        }

        offered = string.Join(", ", others.Distinct().Take(8));
        return ParseStatus.Complete;
    }

    private static string? Attribute(string[] lines, string name)
    {
        string? line = lines.FirstOrDefault(l => l.StartsWith("a=" + name, StringComparison.OrdinalIgnoreCase));
        return line?[(2 + name.Length)..].Trim();
    }

    // RFC 3551, those that cameras use.
    private static string StaticName(string format) => format switch
    {
        "0" => "PCMU",
        "8" => "PCMA",
        "26" => "JPEG/90000",
        "32" => "MPV/90000",
        _ => "of unknown type " + format,
    };

    // sprop-parameter-sets: base64, separated by commas.
    private static byte[] ParameterSets(string parameters)
    {
        const string Key = "sprop-parameter-sets=";
        string? value = parameters.Split(';').Select(p => p.Trim()).FirstOrDefault(p => p.StartsWith(Key, StringComparison.OrdinalIgnoreCase))?[Key.Length..];
        var all = new List<byte>();
        foreach (string set in (value ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] bytes = new byte[set.Length];
            if (!Convert.TryFromBase64String(set.Trim(), bytes, out int written) || written == 0 || all.Count + written > MaxParameterBytes)
            {
                return [];
            }

            all.AddRange([0, 0, 0, 1]);
            all.AddRange(bytes.AsSpan(0, written));
        }

        return [.. all];
    }
}
