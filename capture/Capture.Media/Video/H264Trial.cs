using System.Globalization;
using Capture.Core.Time;
using Capture.Media.Processes;

namespace Capture.Media.Video;

/// <summary>
/// Decodes access units by an ffmpeg process that refuses damage instead of painting over it, and says which of them gave no picture. Units are told from each other by a time that each is given.
/// </summary>
public sealed class H264Trial : IDisposable
{
    // Of Matroska's clock: one unit a millisecond.
    private const long StepUs = 1000;
    private const int MostLine = 512;

    private readonly FfmpegProcess _process;
    private readonly HashSet<long> _outstanding = [];
    private readonly HostClock _clock;
    private readonly Duration _patience;
    private readonly byte[] _head = new byte[MatroskaTrack.MaxHeadBytes];
    private readonly byte[] _text = new byte[64 * 1024];
    private int _kept;
    private bool _ended;

    /// <param name="patience">An ffmpeg that moves nothing for so long is given up.</param>
    /// <exception cref="MediaException">ffmpeg is not installed.</exception>
    public H264Trial(int widthPx, int heightPx, HostClock clock, Duration patience, string ffmpeg = "ffmpeg")
    {
        (_clock, _patience) = (clock, patience);
        _process = new FfmpegProcess(
            ffmpeg,
            [
                "-hide_banner", "-loglevel", "error", "-nostdin", "-err_detect", "crccheck+bitstream+buffer+explode", "-threads", "1", "-f", "matroska", "-i", "pipe:0",
                "-an", "-copyts", "-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-flush_packets", "1", "-f", "framecrc", "pipe:1",
            ],
            feed: true);
        Write(new MatroskaTrack("V_MPEG4/ISO/AVC", widthPx, heightPx) { RateHz = 1_000_000.0 / StepUs }.Head());
    }

    /// <summary>Takes the next access unit.</summary>
    /// <param name="index">A number of the caller's, rising from 0.</param>
    public void Feed(long index, ReadOnlySpan<byte> unit, bool keyFrame)
    {
        _outstanding.Add(index);
        int head = MatroskaTrack.PictureHead(_head, index * StepUs, unit.Length, keyFrame);
        Write(_head.AsSpan(0, head));
        Write(unit);
    }

    /// <summary>No unit follows: which of them gave no picture, rising.</summary>
    public IReadOnlyList<long> Finish()
    {
        _process.CloseInput();
        HostTime deadline = _clock.Now + _patience;
        while (!_ended && _clock.Now < deadline)
        {
            if (Read())
            {
                deadline = _clock.Now + _patience;
            }
            else if (!_ended)
            {
                _process.Wait(50);
            }
        }

        return [.. _outstanding.Order()];
    }

    public void Dispose() => _process.Dispose();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        HostTime deadline = _clock.Now + _patience;
        while (!bytes.IsEmpty && !_ended)
        {
            int put = _process.Write(bytes);
            bytes = bytes[Math.Max(put, 0)..];
            if (put > 0)
            {
                deadline = _clock.Now + _patience;
            }

            _ended |= put < 0 || _clock.Now > deadline;
            if (!Read() && put == 0)
            {
                _process.Wait(50, forRoom: true);
            }
        }
    }

    /// <summary>Lines as <c>0, dts, pts, duration, size, checksum</c>; others begin with #.</summary>
    private bool Read()
    {
        int got = _process.Read(_text.AsSpan(_kept));
        if (got <= 0)
        {
            _ended |= got < 0;
            return false;
        }

        ReadOnlySpan<byte> text = _text.AsSpan(0, _kept + got);
        int end;
        while ((end = text.IndexOf((byte)'\n')) >= 0)
        {
            string[] fields = System.Text.Encoding.ASCII.GetString(text[..end]).Split(',', StringSplitOptions.TrimEntries);
            if (fields.Length >= 6 && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long timeUs))
            {
                _outstanding.Remove(timeUs / StepUs);
            }

            text = text[(end + 1)..];
        }

        _kept = text.Length < MostLine ? text.Length : 0;
        text[..Math.Min(_kept, text.Length)].CopyTo(_text);
        return true;
    }
}
