using Capture.Core.Time;
using Capture.Devices.Discovery;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>A camera of this host: <c>kind: camera</c> with <c>device</c>.</summary>
public sealed record V4l2CameraSettings
{
    public required string Name { get; init; }

    public required LocalAddress Address { get; init; }

    /// <summary>Name of a pixel format (mjpeg, h264, nv12, yuyv, rgb24, bgr24, grey, z16); null takes the first that the camera has, compressed ones first.</summary>
    public string? Format { get; init; }

    /// <summary>Picture width; null takes the usual one. Given together with <see cref="HeightPx"/>.</summary>
    public int? WidthPx { get; init; }

    public int? HeightPx { get; init; }

    /// <summary>Pictures a second; null takes the fastest up to 30.</summary>
    public double? RateHz { get; init; }

    /// <summary>Controls to set and to hold: <c>exposure_us</c> in microseconds, and every other by its name in lower case with underscores, as v4l2-ctl shows it.</summary>
    public IReadOnlyDictionary<string, string> Controls { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Declared latency from mid-exposure to the kernel's stamp; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    /// <summary>How long the program may be held up before the driver runs out of buffers.</summary>
    public Duration BufferLength { get; init; } = Duration.FromMilliseconds(600);

    /// <summary>A camera silent for so long is opened anew.</summary>
    public Duration SilenceTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>Quality of pictures that are compressed here, 1 to 100.</summary>
    public int JpegQuality { get; init; } = 90;

    /// <summary>Raw pictures are delivered raw, rows without padding: an encoder follows. Depth is compressed all the same.</summary>
    public bool KeepsRaw { get; init; }
}
