using Capture.Core.Time;

namespace Capture.Devices.Cameras;

/// <summary><c>url: "SCHEME://…"</c>: a camera of the network, by the scheme of its address.</summary>
/// <param name="format">The one encoding that it sends.</param>
/// <param name="sends">That in words, for who asks for another.</param>
internal sealed class NetworkCameraKind(string scheme, string format, string sends, Func<NetworkCameraSettings, HostClock, ISource> create) : ICameraKind
{
    public string Example => $"url: \"{scheme}://host:port/path\"";

    public bool Takes(CameraRequest request) => request.Url?.Scheme == scheme;

    public IEnumerable<(string Key, string Problem)> Check(CameraRequest request)
    {
        if (request.Format is { } asked && asked != format)
        {
            yield return ("format", $"'{asked}' is not known here: {sends}");
        }

        if (request.Pace is not null)
        {
            yield return ("pace", "a camera of the network has its own pace: it is for files that are played as one");
        }

        if (request.KeepsRaw && format != "mjpeg")
        {
            yield return ("encode", $"its pictures are {format} already: leave it out");
        }

        if (request.Controls.Count > 0)
        {
            yield return ("controls", $"a camera behind {scheme} has no controls here: set them in its own pages");
        }
    }

    public ISource Create(CameraRequest request, HostClock clock) => create(
        new NetworkCameraSettings
        {
            Name = request.Name,
            Url = request.Url!,
            WidthPx = request.WidthPx,
            HeightPx = request.HeightPx,
            RateHz = request.RateHz,
            Latency = request.Latency,
            UserVariable = request.UserVariable,
            PasswordVariable = request.PasswordVariable,
        },
        clock);
}
