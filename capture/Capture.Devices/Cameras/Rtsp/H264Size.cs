namespace Capture.Devices.Cameras.Rtsp;

/// <summary>The picture size that a stream's sequence parameters state (ITU-T H.264, 7.3.2.1.1 and 7.4.2.1.1), cropping applied.</summary>
public static class H264Size
{
    private const int MaxSide = 16_384;

    /// <summary>Looks for the first sequence parameter set in Annex B bytes.</summary>
    /// <returns>False where there is none, or it cannot be read.</returns>
    public static bool TryFind(ReadOnlySpan<byte> annexB, out int widthPx, out int heightPx)
    {
        widthPx = heightPx = 0;
        while (true)
        {
            int at = annexB.IndexOf([(byte)0, (byte)0, (byte)1]);
            if (at < 0 || annexB.Length < at + 4)
            {
                return false;
            }

            annexB = annexB[(at + 3)..];
            if ((annexB[0] & 0x1F) == 7)
            {
                int end = annexB.IndexOf([(byte)0, (byte)0, (byte)1]);
                return TryRead(end < 0 ? annexB : annexB[..end], out widthPx, out heightPx);
            }
        }
    }

    /// <summary>Reads one sequence parameter set, its header byte first.</summary>
    public static bool TryRead(ReadOnlySpan<byte> unit, out int widthPx, out int heightPx)
    {
        widthPx = heightPx = 0;
        if (unit.Length < 4 || (unit[0] & 0x1F) != 7)
        {
            return false;
        }

        var bits = new Bits(unit[1..]);
        uint profile = bits.Take(8);
        bits.Take(16);
        bits.Golomb();
        uint chroma = 1;
        if (profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135)
        {
            chroma = bits.Golomb();
            if (chroma == 3)
            {
                // Three planes coded apart have no chroma of their own.
                chroma = bits.Take(1) == 1 ? 0 : chroma;
            }

            bits.Golomb();
            bits.Golomb();
            bits.Take(1);
            if (bits.Take(1) == 1)
            {
                for (int i = 0; i < (chroma == 3 ? 12 : 8); i++)
                {
                    if (bits.Take(1) == 1)
                    {
                        SkipScalingList(ref bits, i < 6 ? 16 : 64);
                    }
                }
            }
        }

        bits.Golomb();
        uint order = bits.Golomb();
        if (order == 0)
        {
            bits.Golomb();
        }
        else if (order == 1)
        {
            bits.Take(1);
            bits.Golomb();
            bits.Golomb();
            uint cycle = bits.Golomb();
            for (uint i = 0; i < cycle && i < 256 && !bits.Ended; i++)
            {
                bits.Golomb();
            }
        }

        bits.Golomb();
        bits.Take(1);
        ulong width = (bits.Golomb() + 1UL) * 16;
        ulong mapUnits = bits.Golomb() + 1UL;
        bool frames = bits.Take(1) == 1;
        if (!frames)
        {
            bits.Take(1);
        }

        bits.Take(1);
        ulong height = mapUnits * 16 * (frames ? 1UL : 2UL);
        ulong cropX = 0;
        ulong cropY = 0;
        if (bits.Take(1) == 1)
        {
            ulong unitX = chroma is 1 or 2 ? 2UL : 1UL;
            ulong unitY = (chroma == 1 ? 2UL : 1UL) * (frames ? 1UL : 2UL);
            cropX = (bits.Golomb() + (ulong)bits.Golomb()) * unitX;
            cropY = (bits.Golomb() + (ulong)bits.Golomb()) * unitY;
        }

        if (bits.Ended || width > MaxSide || height > MaxSide || cropX >= width || cropY >= height)
        {
            return false;
        }

        widthPx = (int)(width - cropX);
        heightPx = (int)(height - cropY);
        return true;
    }

    private static void SkipScalingList(ref Bits bits, int size)
    {
        int last = 8;
        int next = 8;
        for (int i = 0; i < size && !bits.Ended; i++)
        {
            if (next != 0)
            {
                uint code = bits.Golomb();
                int delta = (code & 1) == 1 ? (int)((code + 1) / 2) : -(int)(code / 2);
                next = (last + delta + 256) & 0xFF;
            }

            last = next == 0 ? last : next;
        }
    }

    // Bits of a unit, the bytes that keep start codes apart (00 00 03) left out. Behind the end there are zeros, and Ended says so.
    private ref struct Bits(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;
        private int _bit;
        private int _zeros;

        public bool Ended { get; private set; }

        public uint Take(int count)
        {
            uint value = 0;
            for (int i = 0; i < count; i++)
            {
                value = (value << 1) | One();
            }

            return value;
        }

        /// <summary>An unsigned Exp-Golomb code (9.1).</summary>
        public uint Golomb()
        {
            int zeros = 0;
            while (One() == 0)
            {
                if (Ended || ++zeros > 31)
                {
                    Ended = true;
                    return 0;
                }
            }

            return (uint)((1UL << zeros) - 1 + Take(zeros));
        }

        private uint One()
        {
            if (_bit == 0 && _zeros >= 2 && _at < _bytes.Length && _bytes[_at] == 3)
            {
                _at++;
                _zeros = 0;
            }

            if (_at >= _bytes.Length)
            {
                Ended = true;
                return 0;
            }

            uint bit = (uint)(_bytes[_at] >> (7 - _bit)) & 1;
            if (++_bit == 8)
            {
                _zeros = _bytes[_at] == 0 ? _zeros + 1 : 0;
                _bit = 0;
                _at++;
            }

            return bit;
        }
    }
}
