using System.Globalization;
using Capture.Core.Time;

namespace Capture.Devices.Cameras;

/// <summary>A camera of the network: <c>kind: camera</c> with <c>url</c>.</summary>
public sealed record NetworkCameraSettings
{
    public required string Name { get; init; }

    /// <summary><c>scheme://host[:port]/path[?query]</c>, without credentials.</summary>
    public required Uri Url { get; init; }

    /// <summary>Expected picture width; null takes what the camera sends.</summary>
    public int? WidthPx { get; init; }

    /// <summary>Expected picture height; null takes what the camera sends.</summary>
    public int? HeightPx { get; init; }

    /// <summary>Nominal pictures a second; null where unknown: then what the camera declares is taken, if it does.</summary>
    public double? RateHz { get; init; }

    /// <summary>Declared latency from mid-exposure to the arrival of the picture's first byte; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    /// <summary>Environment variable that holds the user name; null for none.</summary>
    public string? UserVariable { get; init; }

    /// <summary>Environment variable that holds the password; null for none.</summary>
    public string? PasswordVariable { get; init; }

    /// <summary>Longest wait for the connection, for an answer, and for the first picture.</summary>
    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>A camera silent for so long is lost, and connected anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>Largest encoded picture kept; bounds buffers and the row.</summary>
    public int MaxPictureBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Refuses pictures of another size than was set.</summary>
    /// <exception cref="DeviceException">The sizes differ.</exception>
    internal void RequireSize(int widthPx, int heightPx, string where)
    {
        if ((WidthPx is { } w && w != widthPx) || (HeightPx is { } h && h != heightPx))
        {
            string size = string.Create(CultureInfo.InvariantCulture, $"{widthPx}x{heightPx}");
            throw new DeviceException(DeviceTrouble.WrongFormat, $"its pictures are {size}, but {WidthPx}x{HeightPx} is set", where, $"Set size: {size} in rig.yaml, or set the camera to the wanted size.");
        }
    }
}
