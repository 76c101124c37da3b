using Capture.Media.Processes;

namespace Capture.Media.Video;

/// <summary>Frames as an ffmpeg process hands them over. One thread; allocates nothing after construction.</summary>
/// <param name="maxFrameBytes">A larger frame ends the stream.</param>
public sealed class NutPipe(FfmpegProcess process, int maxFrameBytes)
{
    private readonly NutReader _reader = new(maxFrameBytes);
    private readonly byte[] _buffer = new byte[maxFrameBytes + (1 << 20) + (256 * 1024)];
    private int _from;
    private int _to;
    private bool _closed;

    /// <summary>Null until the stream was described.</summary>
    public NutVideo? Video => _reader.Video;

    /// <summary>Nothing more comes: the process is gone, or what it writes is no stream of frames.</summary>
    public bool Ended { get; private set; }

    /// <summary>What the process wrote was no stream of frames.</summary>
    public bool Malformed { get; private set; }

    /// <summary>Takes over what the process wrote, without waiting; false where that was nothing.</summary>
    public bool Fill()
    {
        bool moved = false;
        while (!_closed)
        {
            if (_to == _buffer.Length)
            {
                if (_from == 0)
                {
                    break;
                }

                _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
                (_from, _to) = (0, _to - _from);
            }

            int got = process.Read(_buffer.AsSpan(_to));
            _closed = got < 0;
            if (got <= 0)
            {
                break;
            }

            _to += got;
            moved = true;
        }

        return moved;
    }

    /// <summary>The next frame of what is here; false where there is none yet, or none any more (<see cref="Ended"/>).</summary>
    /// <param name="frame">Its bytes are valid until the next call of this or of <see cref="Fill"/>.</param>
    public bool TryTake(out NutFrame frame)
    {
        while (true)
        {
            NutStatus status = _reader.Read(_buffer.AsSpan(_from, _to - _from), out int consumed, out frame);
            _from += consumed;
            switch (status)
            {
                case NutStatus.Frame:
                    return true;
                case NutStatus.Malformed:
                    Malformed = Ended = _closed = true;
                    return false;
                case NutStatus.NeedMore:
                    if (_from == _to)
                    {
                        _from = _to = 0;
                    }

                    Ended |= _closed;
                    return false;
            }
        }
    }
}
