namespace Capture.Media.Video;

/// <summary>What an H.264 access unit says of itself without being decoded (ITU-T H.264, annex B: units behind start codes).</summary>
public static class AnnexB
{
    private const int Slice = 1;
    private const int PartitionA = 2;
    private const int IdrSlice = 5;
    private const int SequenceParameters = 7;
    private const int PictureParameters = 8;
    private const int LastKnown = 23;

    /// <summary>True where decoding can begin at this access unit.</summary>
    public static bool HasKeyFrame(ReadOnlySpan<byte> unit)
    {
        foreach (ReadOnlySpan<byte> nal in new NalUnits(unit))
        {
            if ((nal[0] & 0x1F) == IdrSlice)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Looks at one access unit: it begins with a start code, its units are well formed and hold exactly one coded picture, and a key frame brings its parameter sets along. What the slices
    /// decode to only a decoder can tell.
    /// </summary>
    /// <param name="keyFrame">Whether it is an instantaneous refresh.</param>
    /// <returns>What is wrong, as a clause; null where nothing is.</returns>
    public static string? Check(ReadOnlySpan<byte> unit, out bool keyFrame)
    {
        keyFrame = false;
        if (!unit.StartsWith((ReadOnlySpan<byte>)[0, 0, 1]) && !unit.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 1]))
        {
            return "it does not begin with a start code";
        }

        int pictures = 0;
        int slices = 0;
        bool sequence = false;
        bool picture = false;
        bool mixed = false;
        foreach (ReadOnlySpan<byte> nal in new NalUnits(unit))
        {
            int type = nal[0] & 0x1F;
            if ((nal[0] & 0x80) != 0 || type is 0 or > LastKnown)
            {
                return "it holds a unit that H.264 does not know";
            }

            sequence |= type == SequenceParameters;
            picture |= type == PictureParameters;
            if (type is Slice or PartitionA or IdrSlice)
            {
                mixed |= slices > 0 && keyFrame != (type == IdrSlice);
                keyFrame |= type == IdrSlice;
                slices++;

                // first_mb_in_slice is an Exp-Golomb code: 0 is a single 1 bit.
                if (nal.Length < 2)
                {
                    return "it holds a slice without a header";
                }

                pictures += (nal[1] & 0x80) != 0 ? 1 : 0;
            }
        }

        return slices == 0 ? "it holds no slice of a picture"
            : pictures != 1 ? $"it holds the beginnings of {pictures} pictures"
            : mixed ? "it mixes slices of a key frame with others"
            : keyFrame && !(sequence && picture) ? "it is a key frame without its parameter sets"
            : null;
    }
}

/// <summary>The units of a byte stream, one by one, without their start codes; empty ones are left out.</summary>
internal ref struct NalUnits(ReadOnlySpan<byte> stream)
{
    private ReadOnlySpan<byte> _rest = Behind(stream, out _);

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly NalUnits GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            ReadOnlySpan<byte> next = Behind(_rest, out int length);
            Current = _rest[..length].TrimEnd((byte)0);
            _rest = next;
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> bytes, out int before)
    {
        int at = bytes.IndexOf((ReadOnlySpan<byte>)[0, 0, 1]);
        before = at < 0 ? bytes.Length : at;
        return at < 0 ? default : bytes[(at + 3)..];
    }
}
