namespace Capture.Media.Video;

/// <summary>Reads NUT's numbers from a span. Too few bytes is a status, never an exception.</summary>
internal ref struct NutCursor(ReadOnlySpan<byte> bytes)
{
    // Seven bits a byte: more would not fit 64.
    private const int LongestNumber = 9;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int At { get; private set; }

    /// <summary>Why the last call failed: too short, or wrong.</summary>
    public NutStatus Status { get; private set; }

    public readonly bool IsAtEnd => At == _bytes.Length;

    /// <summary>v: seven bits a byte, the highest bit says that more follow.</summary>
    public bool TryNumber(out ulong value)
    {
        value = 0;
        for (int i = 0; i < LongestNumber; i++)
        {
            if (At + i >= _bytes.Length)
            {
                Status = NutStatus.NeedMore;
                return false;
            }

            byte b = _bytes[At + i];
            value = (value << 7) | (uint)(b & 0x7F);
            if ((b & 0x80) == 0)
            {
                At += i + 1;
                return true;
            }
        }

        Status = NutStatus.Malformed;
        return false;
    }

    /// <summary>s: a number with its sign in the lowest bit.</summary>
    public bool TrySigned(out long value)
    {
        bool read = TryNumber(out ulong coded);
        long half = (long)((coded + 1) >> 1);
        value = ((coded + 1) & 1) != 0 ? -half : half;
        return read;
    }

    public bool TryBigEndian(int count, out ulong value)
    {
        value = 0;
        if (!TryTake(count, out ReadOnlySpan<byte> taken))
        {
            return false;
        }

        foreach (byte b in taken)
        {
            value = (value << 8) | b;
        }

        return true;
    }

    public bool TryTake(int count, out ReadOnlySpan<byte> taken)
    {
        if (count > _bytes.Length - At)
        {
            taken = default;
            Status = NutStatus.NeedMore;
            return false;
        }

        taken = _bytes.Slice(At, count);
        At += count;
        return true;
    }
}

/// <summary>What stands before a frame's bytes.</summary>
internal readonly record struct NutFrameHead(bool KeyFrame, ulong? CodedTime, long TimeDelta, long Size, int ElidedIndex);

/// <summary>The main header's table of frame codes, and the beginnings of frames that are left out on the wire.</summary>
internal sealed class NutFrameCodes
{
    private const int FlagKey = 1;
    private const int FlagCodedTime = 8;
    private const int FlagStreamId = 16;
    private const int FlagSizeHigh = 32;
    private const int FlagChecksum = 64;
    private const int FlagReserved = 128;
    private const int FlagSideData = 256;
    private const int FlagElided = 1024;
    private const int FlagMatchTime = 2048;
    private const int FlagCoded = 4096;
    private const int FlagInvalid = 8192;

    private const int Codes = 256;
    private const int MostElided = 128;
    private const int ElidedBytes = 1024;
    private const int LongestElided = 256;
    private const int ElidedUpTo = 4096;
    private const ulong Largest = 1 << 30;

    private readonly Code[] _codes = new Code[Codes];
    private readonly List<byte[]> _elided = [[]];

    private readonly record struct Code(int Flags, long TimeDelta, long SizeFactor, long SizeLow, int Reserved, int ElidedIndex);

    /// <summary>Reads the table; null where it is wrong.</summary>
    public static NutFrameCodes? Read(ref NutCursor cursor)
    {
        var table = new NutFrameCodes();
        return table.ReadCodes(ref cursor) && table.ReadElided(ref cursor) ? table : null;
    }

    /// <summary>The beginning that a frame shares with others and does not carry.</summary>
    public ReadOnlySpan<byte> Elided(in NutFrameHead head) => head.Size > ElidedUpTo ? default : _elided[head.ElidedIndex];

    /// <summary>Reads what stands before a frame; <see cref="NutStatus.Frame"/> where it could be read.</summary>
    public NutStatus ReadHead(ref NutCursor cursor, out NutFrameHead head)
    {
        head = default;
        if (!cursor.TryBigEndian(1, out ulong first))
        {
            return cursor.Status;
        }

        Code code = _codes[(int)first];
        ulong flags = (uint)code.Flags;
        if ((flags & FlagInvalid) != 0)
        {
            return NutStatus.Malformed;
        }

        if ((flags & FlagCoded) != 0)
        {
            if (!cursor.TryNumber(out ulong coded))
            {
                return cursor.Status;
            }

            flags ^= coded;
        }

        if ((flags & FlagSideData) != 0)
        {
            // Only later versions of the format have it.
            return NutStatus.Malformed;
        }

        ulong stream = 0;
        ulong time = 0;
        ulong high = 0;
        ulong elided = (uint)code.ElidedIndex;
        ulong reserved = (uint)code.Reserved;
        if (((flags & FlagStreamId) != 0 && !cursor.TryNumber(out stream))
            || ((flags & FlagCodedTime) != 0 && !cursor.TryNumber(out time))
            || ((flags & FlagSizeHigh) != 0 && !cursor.TryNumber(out high))
            || ((flags & FlagMatchTime) != 0 && !cursor.TrySigned(out _))
            || ((flags & FlagElided) != 0 && !cursor.TryNumber(out elided))
            || ((flags & FlagReserved) != 0 && !cursor.TryNumber(out reserved)))
        {
            return cursor.Status;
        }

        if (stream != 0 || high > Largest || elided >= (ulong)_elided.Count || reserved > Codes)
        {
            return NutStatus.Malformed;
        }

        for (ulong i = 0; i < reserved; i++)
        {
            if (!cursor.TryNumber(out _))
            {
                return cursor.Status;
            }
        }

        if ((flags & FlagChecksum) != 0 && !cursor.TryBigEndian(4, out _))
        {
            return cursor.Status;
        }

        head = new NutFrameHead((flags & FlagKey) != 0, (flags & FlagCodedTime) != 0 ? time : null, code.TimeDelta, code.SizeLow + (code.SizeFactor * (long)high), (int)elided);
        return NutStatus.Frame;
    }

    private bool ReadCodes(ref NutCursor cursor)
    {
        long delta = 0;
        ulong factor = 1;
        ulong elided = 0;
        for (int i = 0; i < Codes;)
        {
            ulong stream = 0;
            ulong low = 0;
            ulong reserved = 0;
            if (!cursor.TryNumber(out ulong flags) || !cursor.TryNumber(out ulong fields) || fields > Codes
                || (fields > 0 && !cursor.TrySigned(out delta))
                || (fields > 1 && !cursor.TryNumber(out factor))
                || (fields > 2 && !cursor.TryNumber(out stream))
                || (fields > 3 && !cursor.TryNumber(out low))
                || (fields > 4 && !cursor.TryNumber(out reserved)))
            {
                return false;
            }

            ulong count = factor - low;
            if ((fields > 5 && !cursor.TryNumber(out count)) || (fields > 6 && !cursor.TrySigned(out _)) || (fields > 7 && !cursor.TryNumber(out elided)))
            {
                return false;
            }

            for (ulong more = 8; more < fields; more++)
            {
                if (!cursor.TryNumber(out _))
                {
                    return false;
                }
            }

            int left = Codes - i - (i <= 'N' ? 1 : 0);
            if (count == 0 || count > (ulong)left || stream != 0 || flags > FlagInvalid * 2 || factor > Largest || low > Largest || reserved > Codes || elided >= MostElided || Math.Abs(delta) > int.MaxValue)
            {
                return false;
            }

            for (int j = 0; j < (int)count; i++)
            {
                // 'N' begins a startcode.
                _codes[i] = i == 'N' ? new Code(FlagInvalid, 0, 0, 0, 0, 0) : new Code((int)flags, delta, (long)factor, (long)low + j++, (int)reserved, (int)elided);
            }
        }

        _codes['N'] = new Code(FlagInvalid, 0, 0, 0, 0, 0);
        return true;
    }

    private bool ReadElided(ref NutCursor cursor)
    {
        if (cursor.IsAtEnd)
        {
            return Known();
        }

        if (!cursor.TryNumber(out ulong count) || count >= MostElided)
        {
            return false;
        }

        int left = ElidedBytes;
        for (ulong i = 0; i < count; i++)
        {
            if (!cursor.TryNumber(out ulong length) || length is 0 or >= LongestElided || (left -= (int)length) < 0 || !cursor.TryTake((int)length, out ReadOnlySpan<byte> bytes))
            {
                return false;
            }

            _elided.Add(bytes.ToArray());
        }

        return Known();
    }

    private bool Known() => _codes.All(c => c.ElidedIndex < _elided.Count);
}
