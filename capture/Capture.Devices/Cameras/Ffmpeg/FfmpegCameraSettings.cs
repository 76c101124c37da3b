using Capture.Core.Time;

namespace Capture.Devices.Cameras.Ffmpeg;

/// <summary>What time means for an input.</summary>
public enum InputPace
{
    /// <summary>It happens now: a screen, a device, a stream. Only arrivals are known.</summary>
    Live,

    /// <summary>It was recorded, and plays in real time: its own times are a device's clock.</summary>
    RealTime,

    /// <summary>It was recorded, and plays as fast as it goes: its own times are all there is.</summary>
    Fast,
}

/// <summary>Whatever ffmpeg reads, as a camera: <c>device: "ffmpeg:INPUT"</c>.</summary>
public sealed record FfmpegCameraSettings
{
    public required string Name { get; init; }

    /// <summary>As ffmpeg takes it behind <c>-i</c>; a file with its full path.</summary>
    public required string Input { get; init; }

    /// <summary>As rig.yaml says it.</summary>
    public required string Address { get; init; }

    public required InputPace Pace { get; init; }

    /// <summary>ffmpeg's options for the input, as <c>f: x11grab</c>.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary><c>h264</c> or <c>mjpeg</c>; null: as it is where it can be stored so.</summary>
    public string? Format { get; init; }

    /// <summary>Expected picture width; null takes what comes.</summary>
    public int? WidthPx { get; init; }

    public int? HeightPx { get; init; }

    /// <summary>Nominal pictures a second; null takes what the input says.</summary>
    public double? RateHz { get; init; }

    /// <summary>Declared latency from mid-exposure to the read from ffmpeg; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    public string Program { get; init; } = "ffmpeg";

    /// <summary>Longest wait for the first picture.</summary>
    public Duration OpenTimeout { get; init; } = Duration.FromSeconds(20);

    /// <summary>A live input that is silent for so long is opened anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>Largest picture kept.</summary>
    public int MaxPictureBytes { get; init; } = 8 * 1024 * 1024;
}
