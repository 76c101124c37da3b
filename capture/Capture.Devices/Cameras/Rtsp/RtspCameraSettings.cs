using Capture.Core.Time;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>A network camera that sends H.264 over RTSP: <c>kind: camera</c> with <c>url: rtsp://…</c>.</summary>
public sealed record RtspCameraSettings
{
    public required string Name { get; init; }

    /// <summary><c>rtsp://host[:port]/path</c>, without credentials.</summary>
    public required Uri Url { get; init; }

    /// <summary>Expected picture width; null takes what the camera sends.</summary>
    public int? WidthPx { get; init; }

    /// <summary>Expected picture height; null takes what the camera sends.</summary>
    public int? HeightPx { get; init; }

    /// <summary>Nominal pictures a second; null takes what the description declares.</summary>
    public double? RateHz { get; init; }

    /// <summary>Declared latency from mid-exposure to the arrival of the picture's first packet; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    /// <summary>Environment variable that holds the user name; null for none.</summary>
    public string? UserVariable { get; init; }

    /// <summary>Environment variable that holds the password; null for none.</summary>
    public string? PasswordVariable { get; init; }

    /// <summary>Longest wait for each answer, and for the first picture.</summary>
    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>A camera silent for so long is lost, and connected anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>Largest access unit kept; bounds the row.</summary>
    public int MaxUnitBytes { get; init; } = 4 * 1024 * 1024;
}
