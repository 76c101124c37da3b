using System.Buffers.Binary;

namespace FirmwareBridge.Framing;

/// <summary>What <see cref="FrameDecoder.Push"/> came to.</summary>
public enum FrameResult
{
    /// <summary>All bytes are consumed and the frame goes on.</summary>
    NeedMore,

    /// <summary>A whole frame with a right CRC: <see cref="FrameDecoder.Payload"/>.</summary>
    Frame,

    /// <summary>A COBS block reaches beyond the 0x00: bytes were lost.</summary>
    BrokenCobs,

    /// <summary>Shorter than a CRC and one byte.</summary>
    TooShort,

    /// <summary>Longer than a frame may be: a 0x00 was lost, or this is no such stream.</summary>
    TooLong,

    /// <summary>The CRC is wrong.</summary>
    WrongCrc,
}

/// <summary>
/// Takes frames out of a byte stream that may be split anywhere. COBS is undone byte by byte into a fixed buffer; after anything wrong the decoder is in step again at the next 0x00.
/// Never throws on bytes; allocates nothing after construction. Not for several threads.
/// </summary>
public sealed class FrameDecoder
{
    private readonly byte[] _plain = new byte[FrameEncoder.MaxPayload + FrameEncoder.CrcLength];
    private int _length;
    private int _leftInBlock;
    private bool _zeroOwed;
    private bool _tooLong;
    private bool _ended = true;

    /// <summary>Offset in the stream of the last or current frame's first byte.</summary>
    public long FrameOffset { get; private set; }

    /// <summary>Bytes of the last or current frame on the wire, the 0x00 included once it came.</summary>
    public int FrameLength { get; private set; }

    /// <summary>Bytes consumed since construction.</summary>
    public long Position { get; private set; }

    /// <summary>True in the middle of a frame: at the end of a recording, bytes are missing.</summary>
    public bool IsInsideFrame => !_ended;

    /// <summary>The payload after <see cref="FrameResult.Frame"/>; valid until the next <see cref="Push"/>.</summary>
    public ReadOnlySpan<byte> Payload => _plain.AsSpan(0, Math.Max(0, _length - FrameEncoder.CrcLength));

    /// <summary>Consumes bytes up to the end of one frame, or all of them. Empty frames are passed over.</summary>
    /// <param name="consumed">Call again with the rest while it is shorter than <paramref name="bytes"/>.</param>
    public FrameResult Push(ReadOnlySpan<byte> bytes, out int consumed)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (_ended && bytes[i] != 0)
            {
                Begin(Position + i);
            }

            if (_ended)
            {
                continue;
            }

            if (FrameLength < int.MaxValue)
            {
                FrameLength++;
            }

            if (bytes[i] == 0)
            {
                consumed = i + 1;
                Position += consumed;
                return End();
            }

            Take(bytes[i]);
        }

        consumed = bytes.Length;
        Position += consumed;
        return FrameResult.NeedMore;
    }

    private void Begin(long offset)
    {
        FrameOffset = offset;
        FrameLength = 0;
        _length = 0;
        _leftInBlock = 0;
        _zeroOwed = false;
        _tooLong = false;
        _ended = false;
    }

    private void Take(byte value)
    {
        if (_leftInBlock > 0)
        {
            _leftInBlock--;
            Append(value);
            return;
        }

        // A code byte. The zero of the block before is due only now that another block follows.
        if (_zeroOwed)
        {
            Append(0);
        }

        _leftInBlock = value - 1;
        _zeroOwed = value < 255;
    }

    private void Append(byte value)
    {
        if (_length < _plain.Length)
        {
            _plain[_length++] = value;
        }
        else
        {
            _tooLong = true;
        }
    }

    private FrameResult End()
    {
        _ended = true;
        if (_tooLong)
        {
            return FrameResult.TooLong;
        }

        if (_leftInBlock > 0)
        {
            return FrameResult.BrokenCobs;
        }

        if (_length <= FrameEncoder.CrcLength)
        {
            return FrameResult.TooShort;
        }

        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(_plain.AsSpan(_length - FrameEncoder.CrcLength));
        return crc == Crc32.Compute(Payload) ? FrameResult.Frame : FrameResult.WrongCrc;
    }
}
