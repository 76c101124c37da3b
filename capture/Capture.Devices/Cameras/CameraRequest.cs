using Capture.Core.Time;
using Capture.Devices.Cameras.Http;

namespace Capture.Devices.Cameras;

/// <summary>A camera as rig.yaml asks for it (<c>kind: camera</c>), whatever way it is reached.</summary>
public sealed record CameraRequest
{
    public required string Name { get; init; }

    /// <summary><c>device</c>: a camera of this host; null where <see cref="Url"/> is given.</summary>
    public string? Device { get; init; }

    /// <summary><c>url</c>: a camera of the network, without credentials.</summary>
    public Uri? Url { get; init; }

    /// <summary><c>format</c>: name of a pixel format; null takes what is best.</summary>
    public string? Format { get; init; }

    public int? WidthPx { get; init; }

    public int? HeightPx { get; init; }

    /// <summary><c>fps</c>: pictures a second.</summary>
    public double? RateHz { get; init; }

    /// <summary><c>latency_ms</c>: from mid-exposure to the stamp; null where unknown.</summary>
    public LatencyRange? Latency { get; init; }

    /// <summary><c>controls</c>: name → value, in the file's order.</summary>
    public IReadOnlyDictionary<string, string> Controls { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary><c>user_env</c>: the environment variable that holds the user name; likewise <see cref="PasswordVariable"/>.</summary>
    public string? UserVariable { get; init; }

    public string? PasswordVariable { get; init; }

    /// <summary><c>pace</c> of something recorded that is played as a camera: <c>realtime</c> or <c>fast</c>; null where it is not said.</summary>
    public string? Pace { get; init; }

    /// <summary>The folder that relative paths are of.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>An encoder follows: raw pictures are delivered raw, rows without padding, under the name of their format.</summary>
    public bool KeepsRaw { get; init; }
}

/// <summary>One way to reach a camera: what it takes, what it refuses, and the source that reads it. A kind is a folder here and a line in <see cref="CameraKinds"/>.</summary>
public interface ICameraKind
{
    /// <summary>What rig.yaml says for this kind, as an example for messages.</summary>
    string Example { get; }

    /// <summary>Whether a request is meant for this kind, by its device or url alone.</summary>
    bool Takes(CameraRequest request);

    /// <summary>What this kind cannot do of a request that it takes: key of rig.yaml and sentence. Touches no device.</summary>
    IEnumerable<(string Key, string Problem)> Check(CameraRequest request);

    /// <summary>The source for a request that <see cref="Check"/> found nothing wrong with. Touches no device.</summary>
    ISource Create(CameraRequest request, HostClock clock);
}

/// <summary>Every way to reach a camera that this version knows.</summary>
public static class CameraKinds
{
    private static readonly ICameraKind[] s_all =
    [
        new Ffmpeg.FfmpegCameraKind(),
        new V4l2.V4l2CameraKind(),
        new NetworkCameraKind("http", "mjpeg", "a camera behind http sends mjpeg", (settings, clock) => new HttpCameraSource(settings, clock)),
        new NetworkCameraKind("rtsp", "h264", "of a camera behind rtsp, h264 is read", (settings, clock) => new Rtsp.RtspCameraSource(settings, clock)),
    ];

    /// <summary>The kind that a request is meant for; null where none is.</summary>
    public static ICameraKind? For(CameraRequest request) => s_all.FirstOrDefault(k => k.Takes(request));

    /// <summary>What rig.yaml may say, for messages.</summary>
    public static string Examples => string.Join(" or ", s_all.Select(k => k.Example));
}
