using Capture.Core.Time;
using Capture.Devices.Discovery;

namespace Capture.Devices.Cameras.V4l2;

/// <summary><c>device: "usb:…"</c> or <c>device: /dev/video0</c>: a camera of this host.</summary>
internal sealed class V4l2CameraKind : ICameraKind
{
    public string Example => "device: \"usb:046d:085e:1A2B3C\" (as `capture devices` lists it)";

    public bool Takes(CameraRequest request) => request.Device is not null;

    public IEnumerable<(string Key, string Problem)> Check(CameraRequest request)
    {
        if (LocalAddress.Parse(request.Device!, out string? problem) is null)
        {
            yield return ("device", $"'{request.Device}': {problem}");
        }

        string[] formats = [.. CameraFormat.Known.Select(f => f.Name).Distinct()];
        if (request.Format is { } format && !formats.Contains(format, StringComparer.Ordinal))
        {
            yield return ("format", $"'{format}' is not known here: expected one of {string.Join(", ", formats)}");
        }

        if (request.Pace is not null)
        {
            yield return ("pace", "a camera of this host has its own pace: it is for files that are played as one");
        }

        if (request.UserVariable is not null || request.PasswordVariable is not null)
        {
            yield return (request.UserVariable is not null ? "user_env" : "password_env", "a camera of this host takes no user or password");
        }
    }

    public ISource Create(CameraRequest request, HostClock clock) => new V4l2CameraSource(
        new V4l2CameraSettings
        {
            Name = request.Name,
            Address = LocalAddress.Parse(request.Device!, out string? problem) ?? throw new ArgumentException(problem, nameof(request)),
            Format = request.Format,
            WidthPx = request.WidthPx,
            HeightPx = request.HeightPx,
            RateHz = request.RateHz,
            Latency = request.Latency,
            Controls = request.Controls,
            KeepsRaw = request.KeepsRaw,
        },
        clock);
}
