using Capture.Core.Time;

namespace Capture.Devices.Cameras;

/// <summary>An MJPEG camera behind HTTP: <c>kind: camera</c> with <c>url</c>.</summary>
public sealed record HttpCameraSettings
{
    public required string Name { get; init; }

    /// <summary><c>http://host[:port]/path[?query]</c>, without credentials.</summary>
    public required Uri Url { get; init; }

    /// <summary>Expected picture width; null takes what the camera sends.</summary>
    public int? WidthPx { get; init; }

    /// <summary>Expected picture height; null takes what the camera sends.</summary>
    public int? HeightPx { get; init; }

    /// <summary>Nominal pictures a second; null where unknown.</summary>
    public double? RateHz { get; init; }

    /// <summary>Declared latency from the exposure to the first byte's arrival; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    /// <summary>Environment variable that holds the user name for HTTP basic authentication; null for none.</summary>
    public string? UserVariable { get; init; }

    /// <summary>Environment variable that holds the password; null for none.</summary>
    public string? PasswordVariable { get; init; }

    /// <summary>Longest wait for the connection, the answer and the first picture.</summary>
    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>A camera silent for so long is lost, and connected anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>Largest picture kept; bounds the receive buffer and the row.</summary>
    public int MaxPictureBytes { get; init; } = 4 * 1024 * 1024;
}
