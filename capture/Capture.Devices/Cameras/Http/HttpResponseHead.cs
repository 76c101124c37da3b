using System.Buffers.Text;
using System.Text;

namespace Capture.Devices.Cameras.Http;

/// <summary>Status line and headers of an HTTP/1.x answer, as far as a camera's client needs them (RFC 9112).</summary>
/// <param name="Status">100–599.</param>
/// <param name="ContentType">Media type, lower case, without parameters; empty where not given.</param>
/// <param name="Boundary">The multipart boundary as declared, unquoted; null where not given.</param>
/// <param name="Chunked">The body comes in chunks.</param>
/// <param name="Server">What the camera calls itself; null where it does not.</param>
/// <param name="Location">Where a redirection points; null where not given.</param>
public sealed record HttpResponseHead(int Status, string ContentType, string? Boundary, bool Chunked, string? Server, string? Location)
{
    /// <summary>Longest head taken.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>Reads the head at the start of <paramref name="bytes"/>. Allocates: a connection has one head.</summary>
    public static ParseStatus Read(ReadOnlySpan<byte> bytes, out HttpResponseHead? head, out int consumed)
    {
        head = null;
        consumed = 0;
        int end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            ReadOnlySpan<byte> start = "HTTP/1."u8;
            bool possible = bytes.Length <= MaxBytes && bytes[..Math.Min(bytes.Length, start.Length)].SequenceEqual(start[..Math.Min(bytes.Length, start.Length)]);
            return possible ? ParseStatus.NeedMore : ParseStatus.Malformed;
        }

        ReadOnlySpan<byte> lines = bytes[..end];
        if (end > MaxBytes || !TryReadStatus(TakeLine(ref lines), out int status))
        {
            return ParseStatus.Malformed;
        }

        string contentType = string.Empty;
        string? boundary = null;
        string? server = null;
        string? location = null;
        bool chunked = false;
        while (!lines.IsEmpty)
        {
            ReadOnlySpan<byte> line = TakeLine(ref lines);
            int colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                return ParseStatus.Malformed;
            }

            ReadOnlySpan<byte> name = line[..colon];
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(name, "content-type"u8))
            {
                string text = Encoding.Latin1.GetString(value);
                contentType = text.Split(';', 2)[0].Trim().ToLowerInvariant();
                boundary = FindBoundary(text);
            }
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                chunked = Encoding.Latin1.GetString(value).Contains("chunked", StringComparison.OrdinalIgnoreCase);
            }
            else if (Ascii.EqualsIgnoreCase(name, "server"u8))
            {
                server = Encoding.Latin1.GetString(value);
            }
            else if (Ascii.EqualsIgnoreCase(name, "location"u8))
            {
                location = Encoding.Latin1.GetString(value);
            }
        }

        head = new HttpResponseHead(status, contentType, boundary, chunked, server, location);
        consumed = end + 4;
        return ParseStatus.Complete;
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> line, out int status)
    {
        status = 0;
        return line.Length >= 12
            && line.StartsWith("HTTP/1."u8)
            && line[8] == ' '
            && Utf8Parser.TryParse(line.Slice(9, 3), out status, out int used)
            && used == 3
            && status is >= 100 and <= 599;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 2)..];
        return line;
    }

    private static string? FindBoundary(string contentType)
    {
        foreach (string part in contentType.Split(';').Skip(1))
        {
            string[] pair = part.Split('=', 2);
            if (pair.Length == 2 && pair[0].Trim().Equals("boundary", StringComparison.OrdinalIgnoreCase))
            {
                string value = pair[1].Trim().Trim('"');
                return value.Length is > 0 and <= 200 ? value : null;
            }
        }

        return null;
    }
}
