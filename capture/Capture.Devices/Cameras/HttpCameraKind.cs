using Capture.Core.Time;

namespace Capture.Devices.Cameras;

/// <summary><c>url: "http://…"</c>: Motion JPEG over HTTP.</summary>
internal sealed class HttpCameraKind : ICameraKind
{
    public string Example => "url: \"http://host:port/path\"";

    public bool Takes(CameraRequest request) => request.Url?.Scheme == Uri.UriSchemeHttp;

    public IEnumerable<(string Key, string Problem)> Check(CameraRequest request)
    {
        if (request.Format is not (null or "mjpeg"))
        {
            yield return ("format", $"'{request.Format}' is not known here: a camera behind http sends mjpeg");
        }

        if (request.Controls.Count > 0)
        {
            yield return ("controls", "a camera behind http has no controls here: set them in its own pages");
        }
    }

    public ISource Create(CameraRequest request, HostClock clock) => new HttpCameraSource(
        new HttpCameraSettings
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
