using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Capture.Media.Video;

/// <summary>How a video is encoded.</summary>
public sealed record Mp4Options
{
    /// <summary>The program; found on the path.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";

    /// <summary>Constant rate factor of x264: 0 (lossless) to 51; 18 is visually near lossless.</summary>
    public int Quality { get; init; } = 18;

    /// <summary>A key frame every so many frames: a browser that scrubs decodes at most so many for one picture.</summary>
    public int KeyFrameEvery { get; init; } = 10;

    public string Preset { get; init; } = "veryfast";
}

/// <summary>What an MP4 is made of.</summary>
public enum Mp4Pictures
{
    /// <summary>JPEG pictures, encoded as H.264.</summary>
    Jpeg,

    /// <summary>H.264 access units (annex B), copied as they are.</summary>
    H264,

    /// <summary>PNG pictures, copied as they are: 16-bit depth stays lossless. ffmpeg and OpenCV play it, browsers do not.</summary>
    Png,
}

/// <summary>
/// Writes pictures as an MP4 of variable frame rate: every picture is one frame at its own time, to the microsecond (the track's
/// timescale is 1,000,000). Runs the ffmpeg program. The file gets its name when <see cref="Finish"/> has succeeded.
/// </summary>
public sealed class Mp4Writer : IDisposable
{
    /// <summary>Units of the track's times in a second.</summary>
    public const int Timescale = 1_000_000;

    private const int MostErrorText = 4000;
    private readonly string _path;
    private readonly string _part;
    private readonly Process _process;
    private readonly Stream _input;
    private readonly byte[] _head = new byte[MatroskaTrack.MaxHeadBytes];
    private readonly StringBuilder _errors = new();
    private long _last = -1;
    private bool _finished;

    /// <exception cref="MediaException">ffmpeg is not installed.</exception>
    public Mp4Writer(string path, Mp4Pictures pictures, int widthPx, int heightPx, Mp4Options? options = null)
    {
        options ??= new Mp4Options();
        _path = path;
        _part = path + ".part";
        string timescale = Timescale.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(options.Ffmpeg)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] arguments =
        [
            "-hide_banner", "-loglevel", "warning", "-nostdin", "-y", "-f", "matroska", "-i", "pipe:0",
            "-an", "-fps_mode", "passthrough", .. pictures == Mp4Pictures.Jpeg ? Encoding(options, timescale) : ["-c:v", "copy"],
            "-video_track_timescale", timescale, "-movflags", "+faststart", "-f", "mp4", _part,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MediaException($"The program '{options.Ffmpeg}' could not be started ({e.Message}). On Debian and Ubuntu: sudo apt-get install ffmpeg", e);
        }

        _process.ErrorDataReceived += (_, line) => KeepError(line.Data);
        _process.BeginErrorReadLine();
        _input = _process.StandardInput.BaseStream;
        byte[] head = Track(pictures, widthPx, heightPx).Head();
        Feed(() => _input.Write(head));
    }

    /// <summary>Frames written.</summary>
    public long Frames { get; private set; }

    /// <summary>Adds one picture at a time in µs, which must be above the last one's and not negative.</summary>
    public void Write(long timeUs, ReadOnlyMemory<byte> picture, bool keyFrame = true)
    {
        if (timeUs <= _last)
        {
            throw new ArgumentOutOfRangeException(nameof(timeUs), timeUs, $"Times must rise from 0; the last one was {_last}.");
        }

        _last = timeUs;
        Feed(() =>
        {
            _input.Write(_head, 0, MatroskaTrack.PictureHead(_head, timeUs, picture.Length, keyFrame));
            _input.Write(picture.Span);
        });
        Frames++;
    }

    /// <summary>Waits for ffmpeg, and gives the file its name.</summary>
    /// <exception cref="MediaException">ffmpeg failed; the message holds its words.</exception>
    public void Finish()
    {
        Feed(() => _process.StandardInput.Close());
        _process.WaitForExit();
        if (_process.ExitCode != 0 || !File.Exists(_part))
        {
            throw Failed(null);
        }

        File.Move(_part, _path, overwrite: true);
        _finished = true;
    }

    /// <summary>Ends ffmpeg if it still runs, and removes an unfinished file.</summary>
    public void Dispose()
    {
        if (!_finished)
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }

            File.Delete(_part);
        }

        _process.Dispose();
    }

    private static string[] Encoding(Mp4Options options, string timescale)
    {
        string every = options.KeyFrameEvery.ToString(CultureInfo.InvariantCulture);
        return
        [
            "-enc_time_base", $"1:{timescale}", "-vf", "scale=in_range=pc:out_range=tv,pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p",
            "-c:v", "libx264", "-preset", options.Preset, "-crf", options.Quality.ToString(CultureInfo.InvariantCulture),
            "-bf", "0", "-g", every, "-keyint_min", every, "-sc_threshold", "0",
        ];
    }

    private static MatroskaTrack Track(Mp4Pictures pictures, int widthPx, int heightPx)
    {
        switch (pictures)
        {
            case Mp4Pictures.Jpeg:
                return new MatroskaTrack("V_MJPEG", widthPx, heightPx);
            case Mp4Pictures.H264:
                // Without a private part, the units are taken as a byte stream that brings its parameter sets along.
                return new MatroskaTrack("V_MPEG4/ISO/AVC", widthPx, heightPx);
            default:
                // Matroska has no name of its own for PNG: a BITMAPINFOHEADER says it.
                byte[] header = new byte[40];
                BinaryPrimitives.WriteInt32LittleEndian(header, header.Length);
                BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), widthPx);
                BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), heightPx);
                header[12] = 1;
                header[14] = 48;
                "MPNG"u8.CopyTo(header.AsSpan(16));
                return new MatroskaTrack("V_MS/VFW/FOURCC", widthPx, heightPx) { Private = header };
        }
    }

    private void Feed(Action action)
    {
        try
        {
            action();
        }
        catch (IOException e)
        {
            _process.WaitForExit(5000);
            throw Failed(e);
        }
    }

    private MediaException Failed(Exception? inner)
    {
        string words;
        lock (_errors)
        {
            words = _errors.ToString().Trim();
        }

        return new MediaException($"ffmpeg could not write {_path}: {(words.Length > 0 ? words : "it gives no reason")}", inner);
    }

    private void KeepError(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length + line.Length < MostErrorText)
            {
                _errors.AppendLine(line);
            }
        }
    }
}
