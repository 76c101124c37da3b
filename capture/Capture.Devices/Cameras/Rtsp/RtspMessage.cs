using System.Globalization;
using System.Text;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>An answer of an RTSP server (RFC 2326, chapter 7), or a request of its own (status 0), with its body.</summary>
/// <param name="Status">100–599; 0 where the server asks something.</param>
/// <param name="CSeq">Number of the request that is answered; −1 where it is not given.</param>
public sealed record RtspMessage(int Status, int CSeq, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public const int MaxHeadBytes = 16 * 1024;
    public const int MaxBodyBytes = SdpVideo.MaxBytes;

    /// <summary>The first header of this name; null where there is none.</summary>
    public string? Header(string name)
    {
        foreach (KeyValuePair<string, string> header in Headers)
        {
            if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return header.Value;
            }
        }

        return null;
    }

    /// <summary>Reads the message at the start of <paramref name="bytes"/>. Allocates: a session has a handful, and one every half minute.</summary>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, out RtspMessage? message, out int consumed)
    {
        message = null;
        consumed = 0;
        int end = bytes[..Math.Min(bytes.Length, MaxHeadBytes)].IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return bytes.Length >= MaxHeadBytes || !MayBegin(bytes) ? ParseStatus.Malformed : ParseStatus.NeedMore;
        }

        string[] lines = Encoding.Latin1.GetString(bytes[..end]).Split("\r\n");
        if (!TryStatus(lines[0], out int status))
        {
            return ParseStatus.Malformed;
        }

        var headers = new List<KeyValuePair<string, string>>();
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                return ParseStatus.Malformed;
            }

            headers.Add(KeyValuePair.Create(line[..colon].Trim(), line[(colon + 1)..].Trim()));
        }

        var head = new RtspMessage(status, -1, headers, []);
        int length = 0;
        if (head.Header("Content-Length") is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > MaxBodyBytes))
        {
            return ParseStatus.Malformed;
        }

        if (bytes.Length < end + 4 + length)
        {
            return ParseStatus.NeedMore;
        }

        consumed = end + 4 + length;
        message = head with
        {
            CSeq = int.TryParse(head.Header("CSeq"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1,
            Body = bytes.Slice(end + 4, length).ToArray(),
        };
        return ParseStatus.Complete;
    }

    private static bool MayBegin(ReadOnlySpan<byte> bytes) => bytes.IsEmpty || bytes[0] is >= (byte)'A' and <= (byte)'Z';

    private static bool TryStatus(string line, out int status)
    {
        status = 0;
        string[] words = line.Split(' ', 3);
        if (words.Length < 2)
        {
            return false;
        }

        if (words[0].StartsWith("RTSP/", StringComparison.Ordinal))
        {
            return int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
        }

        return words.Length == 3 && words[2].StartsWith("RTSP/", StringComparison.Ordinal);
    }
}
