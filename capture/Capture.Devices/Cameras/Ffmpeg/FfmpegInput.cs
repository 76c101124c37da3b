using System.Globalization;
using Capture.Core.Time;
using Capture.Media;
using Capture.Media.Processes;
using Capture.Media.Video;

namespace Capture.Devices.Cameras.Ffmpeg;

/// <summary>What is asked of ffmpeg for an input, and the words for what goes wrong with it.</summary>
internal sealed class FfmpegInput
{
    private readonly FfmpegCameraSettings _settings;
    private readonly HostClock _clock;
    private readonly VideoProbe _probe;

    /// <summary>Asks what the input is.</summary>
    /// <exception cref="DeviceException">It cannot be opened, or not be had as the settings ask.</exception>
    public FfmpegInput(FfmpegCameraSettings settings, HostClock clock)
    {
        (_settings, _clock) = (settings, clock);
        try
        {
            _probe = VideoProbe.Run(Input(), clock, settings.OpenTimeout);
        }
        catch (MediaException e)
        {
            throw CannotOpen(e.Message, e);
        }

        bool asItIs = _probe is { Codec: "h264", Reordered: false, Interlaced: false };
        if (settings.Format == "h264" && !asItIs)
        {
            string why = _probe.Codec != "h264" ? $"its pictures are {_probe.Codec}"
                : _probe.Reordered ? "its pictures are stored in another order than they are shown in (B-frames)"
                : "its pictures are interlaced";
            throw new DeviceException(DeviceTrouble.WrongFormat, $"{why}, but format: h264 is set", settings.Address, "Leave format out: then each picture is decoded and stored as a JPEG.");
        }

        Encoding = asItIs && settings.Format != "mjpeg" ? "h264" : "mjpeg";
    }

    /// <summary>"h264" where the input is, picture for picture in the order of time; else "mjpeg": pictures that stand for themselves survive whatever becomes of their neighbours, in any order.</summary>
    public string Encoding { get; }

    /// <summary>Nominal pictures a second; null where nobody says.</summary>
    public double? RateHz => _settings.RateHz ?? _probe.RateHz;

    /// <summary>Pictures that a file lists.</summary>
    public long? Pictures => _probe.Pictures;

    /// <summary>Starts ffmpeg on the input.</summary>
    /// <param name="onlyFirst">One picture, at once, whatever the pace.</param>
    public FfmpegProcess Start(bool onlyFirst)
    {
        string[] pace = _settings.Pace == InputPace.RealTime && !onlyFirst ? ["-re"] : [];
        string[] codec = Encoding == "h264" ? ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb,dump_extra=freq=keyframe"]
            : _probe.Codec == "mjpeg" ? ["-c:v", "copy"]
            : ["-fps_mode", "passthrough", "-enc_time_base", "-1", "-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p", "-threads", "1"];
        string[] count = onlyFirst ? ["-frames:v", "1"] : [];
        try
        {
            return new FfmpegProcess(
                _settings.Program,
                ["-hide_banner", "-loglevel", "error", "-nostdin", .. pace, .. Input(), "-map", "0:v:0", "-an", "-sn", "-dn", .. codec, .. count, "-flush_packets", "1", "-write_index", "0", "-f", "nut", "pipe:1"],
                feed: false);
        }
        catch (MediaException e)
        {
            throw CannotOpen(e.Message, e);
        }
    }

    /// <summary>Waits for the first picture of a process, which stays in the pipe's hands.</summary>
    /// <param name="waiting">Called now and then; false breaks off.</param>
    /// <returns>The first picture; null where it was broken off.</returns>
    /// <exception cref="DeviceException">None comes.</exception>
    public byte[]? First(FfmpegProcess process, NutPipe pipe, Func<bool>? waiting)
    {
        HostTime deadline = _clock.Now + _settings.OpenTimeout;
        while (_clock.Now < deadline)
        {
            if (waiting?.Invoke() == false)
            {
                return null;
            }

            if (pipe.TryTake(out NutFrame frame))
            {
                return frame.Data.ToArray();
            }

            if (pipe.Ended)
            {
                process.WaitForEnd(Duration.FromSeconds(2));
                throw CannotOpen(process.LastWords ?? "it has no picture", null);
            }

            if (!pipe.Fill())
            {
                process.Wait(20);
            }
        }

        throw new DeviceException(DeviceTrouble.Timeout, $"no picture came within {_settings.OpenTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", _settings.Address, "Try it alone: ffprobe " + string.Join(' ', Input()));
    }

    private string[] Input() => [.. _settings.Options.SelectMany(o => (string[])["-" + o.Key, o.Value]), "-i", _settings.Input];

    private DeviceException CannotOpen(string why, Exception? inner) => why.Contains("is not installed", StringComparison.Ordinal)
        ? new DeviceException(DeviceTrouble.Unsupported, "ffmpeg is not installed", _settings.Address, "On Debian and Ubuntu: sudo apt-get install ffmpeg", inner)
        : new DeviceException(DeviceTrouble.NotFound, $"ffmpeg cannot read it: {why}", _settings.Address, "Try it alone: ffprobe " + string.Join(' ', Input()), inner);
}
