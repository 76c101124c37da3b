using System.Text.RegularExpressions;
using Capture.Core.Time;

namespace Capture.Devices.Cameras.Ffmpeg;

/// <summary><c>device: "ffmpeg:INPUT"</c>: a file, a screen, another platform's camera. The way of last resort: ffmpeg stands between the input and the clock.</summary>
internal sealed partial class FfmpegCameraKind : ICameraKind
{
    private const string Scheme = "ffmpeg:";

    public string Example => "device: \"ffmpeg:FILE\"";

    public bool Takes(CameraRequest request) => request.Device?.StartsWith(Scheme, StringComparison.Ordinal) == true;

    public IEnumerable<(string Key, string Problem)> Check(CameraRequest request)
    {
        string input = request.Device![Scheme.Length..];
        if (input.Length == 0 || input.StartsWith('-'))
        {
            yield return ("device", "names no input: expected a file or whatever ffmpeg takes behind -i, as \"ffmpeg:take.mp4\"");
        }

        if (Credentials().IsMatch(input))
        {
            yield return ("device", "holds a user or password: ffmpeg would show it in the list of processes. Cameras of the network are read with `url:`");
        }

        if (request.Format is { } format && format is not ("h264" or "mjpeg"))
        {
            yield return ("format", $"'{format}' is not known here: expected h264 (as it is) or mjpeg");
        }

        if (request.Pace is { } pace && pace is not ("realtime" or "fast"))
        {
            yield return ("pace", $"'{pace}' is not known here: expected realtime or fast");
        }

        if (request is { Pace: "fast", Latency: not null })
        {
            yield return ("latency_ms", "a file that plays as fast as it goes has no latency: its times are its own");
        }

        foreach (string name in request.Controls.Keys.Where(name => !OptionName().IsMatch(name)))
        {
            yield return ("controls", $"'{name}' is no option of ffmpeg: expected its name without the dash, as {{f: x11grab, framerate: 30}}");
        }

        if (request.UserVariable is not null || request.PasswordVariable is not null)
        {
            yield return (request.UserVariable is not null ? "user_env" : "password_env", "an input of ffmpeg takes no user or password here");
        }
    }

    public ISource Create(CameraRequest request, HostClock clock)
    {
        string input = request.Device![Scheme.Length..];

        // With a format named, the input means what that format says (a display, a device, a filter); else it is a file, unless it says another protocol.
        bool isFile = !request.Controls.ContainsKey("f") && !input.Contains("://", StringComparison.Ordinal);
        return new FfmpegCameraSource(
            new FfmpegCameraSettings
            {
                Name = request.Name,
                Input = isFile ? Path.GetFullPath(input, Path.GetFullPath(request.Folder)) : input,
                Address = request.Device,
                Pace = request.Pace switch { "fast" => InputPace.Fast, "realtime" => InputPace.RealTime, _ => isFile ? InputPace.RealTime : InputPace.Live },
                Options = request.Controls,
                Format = request.Format ?? (request.KeepsRaw ? "mjpeg" : null),
                WidthPx = request.WidthPx,
                HeightPx = request.HeightPx,
                RateHz = request.RateHz,
                Latency = request.Latency,
            },
            clock);
    }

    [GeneratedRegex("://[^/]*@")]
    private static partial Regex Credentials();

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex OptionName();
}
