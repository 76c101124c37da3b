using System.Buffers.Text;
using System.Text;

namespace Capture.Devices.Cameras.Http;

/// <summary>What <see cref="MultipartPictures.Read"/> came upon.</summary>
public enum MultipartEvent
{
    /// <summary>All input was taken; more is needed.</summary>
    NeedMore,

    /// <summary>The first byte of a part's header was taken.</summary>
    PartBegun,

    /// <summary>A part is whole: see <see cref="MultipartPictures.Picture"/>. It holds until the next call.</summary>
    PartComplete,

    /// <summary>A part was longer than the limit, or its length and the boundary after it disagree: its picture is lost.</summary>
    PartSpoilt,

    /// <summary>The closing boundary.</summary>
    Ended,

    /// <summary>No multipart body, or a header beyond the limits: the connection is of no more use.</summary>
    Malformed,
}

/// <summary>
/// Takes pictures out of a multipart/x-mixed-replace body (RFC 2046, 5.1), whatever pieces it arrives in. The boundary is learnt from
/// the first line that starts with "--", and must agree with the declared one where there is one; leading dashes in the declaration are
/// allowed, for many cameras write them. Parts with and without Content-Length. Allocates nothing after construction.
/// </summary>
public sealed class MultipartPictures(string? declaredBoundary, int maxPictureBytes)
{
    private const int MaxLineBytes = 1024;
    private const int MaxHeaderLines = 64;
    private const int MaxPreambleBytes = 64 * 1024;

    private readonly byte[] line = new byte[MaxLineBytes];
    private readonly byte[] picture = new byte[Math.Max(maxPictureBytes, 4 * MaxLineBytes)];

    // "\r\n--boundary": what ends a part.
    private readonly byte[] delimiter = new byte[MaxLineBytes + 2];

    private Stage stage = Stage.Preamble;
    private int delimiterBytes;
    private int lineBytes;
    private int headerLines;
    private int preambleBytes;
    private long remaining;
    private int pictureBytes;
    private bool begun;
    private bool tooLong;

    private enum Stage
    {
        Preamble,
        Header,
        CountedBody,
        SearchedBody,
        AfterCounted,
        Resync,
        AfterDelimiter,
        Ended,
    }

    /// <summary>The part just completed. Valid until the next call of <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Picture => picture.AsSpan(0, pictureBytes);

    /// <summary>The part's X-Timestamp in microseconds (mjpg-streamer writes "seconds.microseconds"); null where it has none.</summary>
    public long? TimestampUs { get; private set; }

    /// <summary>The part calls itself a picture, or says nothing of its type.</summary>
    public bool IsPicture { get; private set; }

    /// <summary>True while a part's header or body is under way: if the connection ends now, its picture is lost.</summary>
    public bool InsidePart => stage is Stage.CountedBody or Stage.SearchedBody || (stage == Stage.Header && begun);

    public MultipartEvent Read(ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        while (consumed < input.Length || (stage == Stage.CountedBody && remaining == 0))
        {
            ReadOnlySpan<byte> rest = input[consumed..];
            int taken;
            MultipartEvent found = stage switch
            {
                Stage.CountedBody => TakeCounted(rest, out taken),
                Stage.SearchedBody or Stage.Resync => TakeSearched(rest, out taken),
                Stage.Ended => Nothing(rest.Length, MultipartEvent.Ended, out taken),
                _ => TakeLineByte(rest, out taken),
            };
            consumed += taken;
            if (found != MultipartEvent.NeedMore)
            {
                return found;
            }
        }

        return MultipartEvent.NeedMore;
    }

    private static MultipartEvent Nothing(int count, MultipartEvent result, out int taken)
    {
        taken = count;
        return result;
    }

    private MultipartEvent TakeLineByte(ReadOnlySpan<byte> rest, out int taken)
    {
        if (stage == Stage.Header && !begun)
        {
            begun = true;
            taken = 0;
            return MultipartEvent.PartBegun;
        }

        int end = rest.IndexOf((byte)'\n');
        int count = end < 0 ? rest.Length : end + 1;
        taken = count;
        if (stage == Stage.Preamble && (preambleBytes += count) > MaxPreambleBytes)
        {
            return MultipartEvent.Malformed;
        }

        if (lineBytes + count > MaxLineBytes)
        {
            // Let the search for the delimiter see these bytes too.
            taken = 0;
            return stage == Stage.AfterCounted ? BeginResync() : MultipartEvent.Malformed;
        }

        rest[..count].CopyTo(line.AsSpan(lineBytes));
        lineBytes += count;
        if (end < 0)
        {
            return MultipartEvent.NeedMore;
        }

        ReadOnlySpan<byte> text = line.AsSpan(0, lineBytes).TrimEnd("\r\n"u8);
        lineBytes = 0;
        return stage switch
        {
            Stage.Preamble => OnPreamble(text),
            Stage.Header => OnHeader(text),
            Stage.AfterCounted => OnLineAfterCounted(text),
            _ => OnRestOfDelimiter(text),
        };
    }

    private MultipartEvent OnPreamble(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("--"u8))
        {
            return MultipartEvent.NeedMore;
        }

        ReadOnlySpan<byte> name = text.TrimEnd(" \t"u8);
        if (declaredBoundary is not null && !IsDeclared(name, declaredBoundary))
        {
            return MultipartEvent.Malformed;
        }

        delimiter[0] = (byte)'\r';
        delimiter[1] = (byte)'\n';
        name.CopyTo(delimiter.AsSpan(2));
        delimiterBytes = 2 + name.Length;
        BeginHeader();
        return MultipartEvent.NeedMore;
    }

    private static bool IsDeclared(ReadOnlySpan<byte> name, string declared) =>
        Ascii.Equals(name, declared) || (name.Length == declared.Length + 2 && Ascii.Equals(name[2..], declared));

    private void BeginHeader()
    {
        stage = Stage.Header;
        begun = false;
        headerLines = 0;
        remaining = -1;
        pictureBytes = 0;
        tooLong = false;
        TimestampUs = null;
        IsPicture = true;
    }

    private MultipartEvent OnHeader(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            tooLong = remaining > picture.Length;
            stage = remaining >= 0 ? Stage.CountedBody : Stage.SearchedBody;
            return MultipartEvent.NeedMore;
        }

        if (++headerLines > MaxHeaderLines)
        {
            return MultipartEvent.Malformed;
        }

        int colon = text.IndexOf((byte)':');
        if (colon <= 0)
        {
            return MultipartEvent.Malformed;
        }

        ReadOnlySpan<byte> name = text[..colon];
        ReadOnlySpan<byte> value = text[(colon + 1)..].Trim(" \t"u8);
        if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
        {
            // A length that is none leaves the part to be searched for its boundary.
            remaining = Utf8Parser.TryParse(value, out long length, out int used) && used == value.Length && length >= 0 ? length : -1;
        }
        else if (Ascii.EqualsIgnoreCase(name, "x-timestamp"u8))
        {
            TimestampUs = ReadTimestamp(value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "content-type"u8))
        {
            IsPicture = value.Length >= 10 && (Ascii.EqualsIgnoreCase(value[..10], "image/jpeg"u8) || (value.Length >= 9 && Ascii.EqualsIgnoreCase(value[..9], "image/jpg"u8)));
        }

        return MultipartEvent.NeedMore;
    }

    /// <summary>"seconds.micros" → microseconds; six digits at most count. Null where it is no such number.</summary>
    private static long? ReadTimestamp(ReadOnlySpan<byte> value)
    {
        int dot = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? value : value[..dot];
        if (!Utf8Parser.TryParse(whole, out long seconds, out int used) || used != whole.Length || seconds is < 0 or > 100_000_000_000)
        {
            return null;
        }

        long micros = 0;
        long unit = 100_000;
        ReadOnlySpan<byte> digits = dot < 0 ? default : value[(dot + 1)..];
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return null;
            }

            micros += (digit - '0') * unit;
            unit /= 10;
        }

        return (seconds * 1_000_000) + micros;
    }

    private MultipartEvent TakeCounted(ReadOnlySpan<byte> rest, out int taken)
    {
        taken = (int)Math.Min(remaining, rest.Length);
        if (!tooLong)
        {
            rest[..taken].CopyTo(picture.AsSpan(pictureBytes));
            pictureBytes += taken;
        }

        remaining -= taken;
        if (remaining > 0)
        {
            return MultipartEvent.NeedMore;
        }

        stage = Stage.AfterCounted;
        return tooLong ? MultipartEvent.PartSpoilt : MultipartEvent.PartComplete;
    }

    /// <summary>After a counted body only line ends and the delimiter may stand; else the length was wrong.</summary>
    private MultipartEvent OnLineAfterCounted(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return MultipartEvent.NeedMore;
        }

        ReadOnlySpan<byte> name = delimiter.AsSpan(2, delimiterBytes - 2);
        return text.StartsWith(name) ? OnRestOfDelimiter(text[name.Length..]) : BeginResync();
    }

    private MultipartEvent BeginResync()
    {
        stage = Stage.Resync;
        lineBytes = 0;
        pictureBytes = 0;
        return MultipartEvent.PartSpoilt;
    }

    private MultipartEvent OnRestOfDelimiter(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("--"u8))
        {
            stage = Stage.Ended;
            return MultipartEvent.Ended;
        }

        BeginHeader();
        return MultipartEvent.NeedMore;
    }

    /// <summary>Looks for the delimiter; what may be its beginning stays in the picture buffer until the next bytes decide.</summary>
    private MultipartEvent TakeSearched(ReadOnlySpan<byte> rest, out int taken)
    {
        ReadOnlySpan<byte> mark = delimiter.AsSpan(0, delimiterBytes);
        if (pictureBytes > picture.Length - delimiterBytes)
        {
            // Too long: only the tail that may begin the delimiter is of use.
            tooLong = true;
            int keep = Math.Min(pictureBytes, delimiterBytes - 1);
            picture.AsSpan(pictureBytes - keep, keep).CopyTo(picture);
            pictureBytes = keep;
        }

        int from = Math.Max(0, pictureBytes - (delimiterBytes - 1));
        taken = Math.Min(rest.Length, picture.Length - pictureBytes);
        rest[..taken].CopyTo(picture.AsSpan(pictureBytes));
        int found = picture.AsSpan(from, pictureBytes + taken - from).IndexOf(mark);
        if (found < 0)
        {
            pictureBytes += taken;
            return MultipartEvent.NeedMore;
        }

        int end = from + found;
        taken = end + delimiterBytes - pictureBytes;
        pictureBytes = end;
        bool resynced = stage == Stage.Resync;
        stage = Stage.AfterDelimiter;
        return resynced ? MultipartEvent.NeedMore
            : tooLong ? MultipartEvent.PartSpoilt
            : MultipartEvent.PartComplete;
    }
}
