using System.Globalization;
using Capture.Core.Time;
using Capture.Media.Jpeg;
using Capture.Media.Processes;

namespace Capture.Media.Video;

/// <summary>What pictures come in.</summary>
/// <param name="Raw">How their pixels lie in memory, rows without padding; null: each is a JPEG.</param>
/// <param name="WidthPx">Even.</param>
/// <param name="HeightPx">Even.</param>
/// <param name="RateHz">Nominal, for the encoder's rate control; each picture keeps its own time.</param>
public sealed record EncoderInput(RawPixels? Raw, int WidthPx, int HeightPx, double RateHz);

/// <summary>How pictures are encoded.</summary>
public sealed record H264Settings
{
    /// <summary>The program; found on the path.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";

    /// <summary>Constant rate factor of x264: 0 (lossless) to 51.</summary>
    public int Quality { get; init; } = 23;

    /// <summary>Where set, the bit rate is held at this instead of the quality.</summary>
    public int? KilobitsPerSecond { get; init; }

    public string Preset { get; init; } = "veryfast";

    /// <summary>A key frame every so many: a browser that scrubs decodes at most so many for one picture.</summary>
    public int KeyFrameEvery { get; init; } = 10;

    /// <summary>Threads of the encoder. One costs least; more for pictures that one core cannot keep up with.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Largest access unit.</summary>
    public int MaxUnitBytes { get; init; } = 8 * 1024 * 1024;
}

/// <summary>What a call of <see cref="H264Encoder.Pump"/> brought.</summary>
public enum EncoderEvent
{
    /// <summary>Nothing yet.</summary>
    Nothing,

    /// <summary>An access unit.</summary>
    Unit,

    /// <summary>The process is gone: nothing more comes.</summary>
    Ended,
}

/// <summary>
/// Pictures into H.264 by an ffmpeg process with x264: each goes in with a time in µs, and its access unit comes out with the same one. No B-frames, no look-ahead: a unit comes out before the next picture
/// goes in. One thread; allocates nothing after construction.
/// </summary>
public sealed class H264Encoder : IDisposable
{
    private readonly FfmpegProcess _process;
    private readonly NutPipe _units;
    private byte[] _out;
    private int _outAt;
    private int _outEnd;

    /// <exception cref="MediaException">ffmpeg is not installed.</exception>
    /// <exception cref="ArgumentException">The size is odd: H.264 halves its colours.</exception>
    public H264Encoder(EncoderInput input, H264Settings? settings = null)
    {
        settings ??= new H264Settings();
        if (input.WidthPx % 2 != 0 || input.HeightPx % 2 != 0)
        {
            throw new ArgumentException($"Pictures of {input.WidthPx} x {input.HeightPx} cannot be encoded: H.264 halves its colours, so both must be even.", nameof(input));
        }

        _process = new FfmpegProcess(settings.Ffmpeg, Arguments(input, settings), feed: true);
        _units = new NutPipe(_process, settings.MaxUnitBytes);
        int raw = input.Raw is { } pixels ? JpegEncoder.RawBytes(pixels, input.WidthPx, input.HeightPx) : 1 << 20;
        byte[] head = Track(input).Head();
        _out = new byte[Math.Max(raw + MatroskaTrack.MaxHeadBytes, head.Length)];
        head.CopyTo(_out, 0);
        _outEnd = head.Length;
    }

    /// <summary>Of the process, for the operator and for tests that end it.</summary>
    public int ProcessId => _process.Id;

    /// <summary>What ffmpeg said last; null where it said nothing.</summary>
    public string? LastWords => _process.LastWords;

    /// <summary>Whether the last picture has been handed over whole: then the next may come.</summary>
    public bool HasRoom => _outAt == _outEnd;

    /// <summary>Takes a picture; <see cref="Pump"/> hands it over. Only while <see cref="HasRoom"/>.</summary>
    /// <param name="timeUs">Above that of the last picture.</param>
    public void Submit(long timeUs, ReadOnlySpan<byte> picture)
    {
        if (!HasRoom)
        {
            throw new InvalidOperationException("The last picture has not been handed over yet.");
        }

        int needed = MatroskaTrack.MaxHeadBytes + picture.Length;
        if (_out.Length < needed)
        {
            // Only a JPEG larger than all before it.
            _out = new byte[needed + (needed / 4)];
        }

        int head = MatroskaTrack.PictureHead(_out, timeUs, picture.Length);
        picture.CopyTo(_out.AsSpan(head));
        (_outAt, _outEnd) = (0, head + picture.Length);
    }

    /// <summary>No picture follows: what is inside comes out, then <see cref="EncoderEvent.Ended"/>.</summary>
    public void Finish() => _process.CloseInput();

    /// <summary>Hands over, takes what came, and waits for so long where there is nothing to do.</summary>
    /// <param name="unit">For <see cref="EncoderEvent.Unit"/>: an access unit (annex B, a key frame with its parameter sets) with the time that its picture went in with. Its bytes are valid until the next call.</param>
    public EncoderEvent Pump(int timeoutMs, Signal? wake, out NutFrame unit)
    {
        if (_units.TryTake(out unit))
        {
            return EncoderEvent.Unit;
        }

        bool moved = Push() | _units.Fill();
        if (!moved && timeoutMs > 0 && !_units.Ended)
        {
            _process.Wait(timeoutMs, forRoom: !HasRoom, wake);
            _ = Push() | _units.Fill();
        }

        return _units.TryTake(out unit) ? EncoderEvent.Unit : _units.Ended ? EncoderEvent.Ended : EncoderEvent.Nothing;
    }

    /// <summary>Tries an encoder on one grey picture, so that what is missing is told before a recording begins.</summary>
    /// <exception cref="MediaException">ffmpeg is not installed or has no x264; the text holds its words.</exception>
    public static void Try(H264Settings settings, HostClock clock, Duration patience)
    {
        const int Side = 64;
        using var encoder = new H264Encoder(new EncoderInput(RawPixels.Grey, Side, Side, 30), settings);
        HostTime deadline = clock.Now + patience;
        encoder.Pump(100, null, out _);
        bool submitted = false;
        while (clock.Now < deadline)
        {
            if (encoder.HasRoom && !submitted)
            {
                encoder.Submit(0, new byte[Side * Side]);
                submitted = true;
            }

            switch (encoder.Pump(50, null, out _))
            {
                case EncoderEvent.Unit:
                    return;
                case EncoderEvent.Ended:
                    encoder._process.WaitForEnd(Duration.FromSeconds(2));
                    throw new MediaException($"The encoder '{settings.Ffmpeg}' does not encode H.264: {encoder.LastWords ?? "it gives no reason"}. On Debian and Ubuntu: sudo apt-get install ffmpeg");
            }
        }

        throw new MediaException($"The encoder '{settings.Ffmpeg}' encoded nothing within {patience.TotalSeconds} s: the host is too busy, or another program has this name.");
    }

    public void Dispose() => _process.Dispose();

    private static MatroskaTrack Track(EncoderInput input) => new(input.Raw is null ? "V_MJPEG" : "V_UNCOMPRESSED", input.WidthPx, input.HeightPx)
    {
        RateHz = input.RateHz,
        FourCc = input.Raw switch
        {
            null => null,
            RawPixels.Yuyv => "YUY2",
            RawPixels.Nv12 => "NV12",
            RawPixels.Rgb24 => "RGB\u0018",
            RawPixels.Bgr24 => "BGR\u0018",
            _ => "Y800",
        },
    };

    private static string[] Arguments(EncoderInput input, H264Settings settings)
    {
        string every = settings.KeyFrameEvery.ToString(CultureInfo.InvariantCulture);
        string[] rate = settings.KilobitsPerSecond is { } kilobits
            ? ["-b:v", string.Create(CultureInfo.InvariantCulture, $"{kilobits}k"), "-maxrate", string.Create(CultureInfo.InvariantCulture, $"{kilobits}k"), "-bufsize", string.Create(CultureInfo.InvariantCulture, $"{kilobits}k")]
            : ["-crf", settings.Quality.ToString(CultureInfo.InvariantCulture)];
        return
        [
            // Nothing is read ahead: what the first pictures are is said in the head of the stream.
            "-hide_banner", "-loglevel", "error", "-nostdin", "-probesize", "32", "-analyzeduration", "0", "-threads", "1", "-f", "matroska", "-i", "pipe:0",
            "-an", "-copyts", "-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-filter_threads", "1",
            "-vf", input.Raw is null or RawPixels.Grey ? "scale=in_range=pc:out_range=tv,format=yuv420p" : "format=yuv420p",
            "-c:v", "libx264", "-threads", settings.Threads.ToString(CultureInfo.InvariantCulture), "-preset", settings.Preset, "-tune", "zerolatency", .. rate,
            "-bf", "0", "-g", every, "-keyint_min", every, "-sc_threshold", "0", "-x264-params", "repeat-headers=1",
            "-flush_packets", "1", "-write_index", "0", "-f", "nut", "pipe:1",
        ];
    }

    private bool Push()
    {
        bool moved = false;
        while (_outAt < _outEnd)
        {
            int put = _process.Write(_out.AsSpan(_outAt, _outEnd - _outAt));
            if (put <= 0)
            {
                // Broken: its end is seen where its output ends.
                break;
            }

            _outAt += put;
            moved = true;
        }

        return moved;
    }
}
