using Capture.Core.Time;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary><c>url: "rtsp://…"</c>: H.264 over RTSP.</summary>
internal sealed class RtspCameraKind : ICameraKind
{
    public string Example => "url: \"rtsp://host:port/path\"";

    public bool Takes(CameraRequest request) => request.Url?.Scheme == "rtsp";

    public IEnumerable<(string Key, string Problem)> Check(CameraRequest request)
    {
        if (request.Format is not (null or "h264"))
        {
            yield return ("format", $"'{request.Format}' is not known here: of a camera behind rtsp, h264 is read");
        }

        if (request.Controls.Count > 0)
        {
            yield return ("controls", "a camera behind rtsp has no controls here: set them in its own pages");
        }
    }

    public ISource Create(CameraRequest request, HostClock clock) => new RtspCameraSource(
        new RtspCameraSettings
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
