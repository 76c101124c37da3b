namespace Capture.Media.Video;

/// <summary>What stands at the beginning of the bytes.</summary>
public enum NutStatus
{
    /// <summary>Too little: call again with more behind it. Nothing was consumed.</summary>
    NeedMore,

    /// <summary>Something that says no more than the reader keeps: go on behind it.</summary>
    Passed,

    /// <summary>The video's description: <see cref="NutReader.Video"/> is set.</summary>
    Described,

    /// <summary>One frame.</summary>
    Frame,

    /// <summary>No stream that this reader can go on with.</summary>
    Malformed,
}

/// <summary>What a stream says of its pictures.</summary>
/// <param name="FourCc">The codec, as "H264" or "MJPG".</param>
/// <param name="TickNumerator">Seconds of a tick, numerator; with <paramref name="TickDenominator"/>.</param>
/// <param name="Delay">Pictures that are held back to bring them in order; 0 where they come as they are shown.</param>
public sealed record NutVideo(string FourCc, int WidthPx, int HeightPx, long TickNumerator, long TickDenominator, int Delay)
{
    /// <summary>Ticks of the presentation times in a second.</summary>
    public double TickRateHz => TickDenominator / (double)TickNumerator;
}

/// <summary>One frame; its bytes are valid until the reader's next call.</summary>
/// <param name="time">Presentation time, in the video's ticks.</param>
public readonly ref struct NutFrame(ReadOnlySpan<byte> data, long time, bool keyFrame)
{
    public readonly ReadOnlySpan<byte> Data = data;
    public readonly long Time = time;
    public readonly bool KeyFrame = keyFrame;
}

/// <summary>
/// Reads the NUT format (version 3, as ffmpeg writes it) with one video stream: what an ffmpeg process hands over, each frame at once and with its own time. Spans in, frames out; every length
/// is checked before it is believed. Checksums are passed over: between two processes of one host no bit flips.
/// </summary>
/// <param name="maxFrameBytes">A larger frame is malformed.</param>
public sealed class NutReader(int maxFrameBytes)
{
    // Startcodes of chapter "Constants"; each begins with 'N'.
    private const ulong MainHeader = 0x4E4D_7A56_1F5F_04AD;
    private const ulong StreamHeader = 0x4E53_1140_5BF2_F9DB;
    private const ulong SyncPoint = 0x4E4B_E4AD_EECA_4569;
    private const ulong Index = 0x4E58_DD67_2F23_E64E;
    private const ulong Info = 0x4E49_AB68_B596_BA78;

    private const int StartcodeBytes = 8;
    private const int ChecksumBytes = 4;
    private const int LongPacket = 4096;
    private const int MaxPacketBytes = 1 << 20;
    private const int LongestElided = 256;

    private static readonly byte[] s_fileId = [.. "nut/multimedia container"u8, 0];

    private readonly byte[] _joined = new byte[LongPacket + LongestElided];
    private NutFrameCodes? _codes;
    private (long Numerator, long Denominator) _tick;
    private int _lowBits;
    private long _lastTime;
    private bool _begun;

    /// <summary>Null until the stream was described.</summary>
    public NutVideo? Video { get; private set; }

    /// <summary>Reads what stands at the beginning of the bytes.</summary>
    /// <param name="consumed">How many bytes it took; 0 for <see cref="NutStatus.NeedMore"/>.</param>
    public NutStatus Read(ReadOnlySpan<byte> bytes, out int consumed, out NutFrame frame)
    {
        frame = default;
        consumed = 0;
        if (!_begun)
        {
            int compared = Math.Min(bytes.Length, s_fileId.Length);
            if (!bytes[..compared].SequenceEqual(s_fileId.AsSpan(0, compared)))
            {
                return NutStatus.Malformed;
            }

            if (compared < s_fileId.Length)
            {
                return NutStatus.NeedMore;
            }

            _begun = true;
            consumed = compared;
            return NutStatus.Passed;
        }

        if (bytes.IsEmpty)
        {
            return NutStatus.NeedMore;
        }

        return bytes[0] == (byte)'N' ? ReadPacket(bytes, out consumed) : ReadFrame(bytes, out consumed, out frame);
    }

    private NutStatus ReadPacket(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        var cursor = new NutCursor(bytes);
        if (!cursor.TryBigEndian(StartcodeBytes, out ulong code) || !cursor.TryNumber(out ulong length))
        {
            return cursor.Status;
        }

        if (length is < ChecksumBytes or > MaxPacketBytes)
        {
            return NutStatus.Malformed;
        }

        if ((length > LongPacket && !cursor.TryBigEndian(ChecksumBytes, out _)) || !cursor.TryTake((int)length, out ReadOnlySpan<byte> packet))
        {
            return cursor.Status;
        }

        // The packet is whole: from here on, too short means wrong.
        consumed = cursor.At;
        var inside = new NutCursor(packet[..^ChecksumBytes]);
        switch (code)
        {
            case MainHeader:
                return ReadMain(ref inside) ? NutStatus.Passed : NutStatus.Malformed;
            case StreamHeader:
                return ReadStream(ref inside) ? NutStatus.Described : NutStatus.Malformed;
            case SyncPoint:
                // One time base only: what is read is the time in it.
                if (!inside.TryNumber(out ulong time) || time > long.MaxValue)
                {
                    return NutStatus.Malformed;
                }

                _lastTime = (long)time;
                return NutStatus.Passed;
            case Index or Info:
                return NutStatus.Passed;
            default:
                return NutStatus.Malformed;
        }
    }

    private bool ReadMain(ref NutCursor cursor)
    {
        if (!cursor.TryNumber(out ulong version) || version != 3 || !cursor.TryNumber(out ulong streams) || streams != 1
            || !cursor.TryNumber(out _) || !cursor.TryNumber(out ulong bases) || bases != 1
            || !cursor.TryNumber(out ulong numerator) || numerator is 0 or > int.MaxValue
            || !cursor.TryNumber(out ulong denominator) || denominator is 0 or > int.MaxValue)
        {
            return false;
        }

        _tick = ((long)numerator, (long)denominator);
        _codes = NutFrameCodes.Read(ref cursor);
        return _codes is not null;
    }

    private bool ReadStream(ref NutCursor cursor)
    {
        const ulong VideoClass = 0;
        const ulong MostLowBits = 16;
        if (_codes is null || !cursor.TryNumber(out ulong id) || id != 0 || !cursor.TryNumber(out ulong kind) || kind != VideoClass
            || !cursor.TryNumber(out ulong nameLength) || nameLength is not (2 or 4) || !cursor.TryTake((int)nameLength, out ReadOnlySpan<byte> name)
            || !cursor.TryNumber(out ulong timeBase) || timeBase != 0
            || !cursor.TryNumber(out ulong lowBits) || lowBits > MostLowBits
            || !cursor.TryNumber(out _) || !cursor.TryNumber(out ulong delay) || delay > 64
            || !cursor.TryNumber(out _)
            || !cursor.TryNumber(out ulong setup) || setup > MaxPacketBytes || !cursor.TryTake((int)setup, out _)
            || !cursor.TryNumber(out ulong width) || width is 0 or > 65_535 || !cursor.TryNumber(out ulong height) || height is 0 or > 65_535)
        {
            return false;
        }

        // ffmpeg repeats the headers now and then; what they say does not change.
        _lowBits = (int)lowBits;
        Video ??= new NutVideo(System.Text.Encoding.Latin1.GetString(name), (int)width, (int)height, _tick.Numerator, _tick.Denominator, (int)delay);
        return true;
    }

    private NutStatus ReadFrame(ReadOnlySpan<byte> bytes, out int consumed, out NutFrame frame)
    {
        frame = default;
        consumed = 0;
        var cursor = new NutCursor(bytes);
        if (_codes is null || Video is null)
        {
            return NutStatus.Malformed;
        }

        NutStatus status = _codes.ReadHead(ref cursor, out NutFrameHead head);
        if (status != NutStatus.Frame)
        {
            return status;
        }

        ReadOnlySpan<byte> elided = _codes.Elided(head);
        if (head.Size < elided.Length || head.Size > maxFrameBytes)
        {
            return NutStatus.Malformed;
        }

        if (!cursor.TryTake((int)head.Size - elided.Length, out ReadOnlySpan<byte> body))
        {
            return cursor.Status;
        }

        long time = TimeOf(head);
        if (time < 0)
        {
            return NutStatus.Malformed;
        }

        _lastTime = time;
        consumed = cursor.At;
        ReadOnlySpan<byte> data = body;
        if (!elided.IsEmpty)
        {
            elided.CopyTo(_joined);
            body.CopyTo(_joined.AsSpan(elided.Length));
            data = _joined.AsSpan(0, elided.Length + body.Length);
        }

        frame = new NutFrame(data, time, head.KeyFrame);
        return NutStatus.Frame;
    }

    private long TimeOf(in NutFrameHead head)
    {
        if (head.CodedTime is not { } coded)
        {
            return _lastTime + head.TimeDelta;
        }

        long turn = 1L << _lowBits;
        if (coded >= (ulong)turn)
        {
            return coded > long.MaxValue ? -1 : (long)coded - turn;
        }

        // Only the low bits: the nearest time that ends in them.
        long from = _lastTime - ((turn - 1) / 2);
        return (((long)coded - from) & (turn - 1)) + from;
    }
}
