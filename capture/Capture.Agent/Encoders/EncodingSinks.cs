using System.Globalization;
using Capture.Core.Time;
using Capture.Devices;
using Capture.Episodes.Schema;
using Capture.Media;
using Capture.Media.Jpeg;
using Capture.Media.Video;

namespace Capture.Agent.Encoders;

/// <summary>Sinks in front of others: what a camera with <c>encode</c> sends goes through an encoder, everything else goes straight on.</summary>
/// <param name="options">Camera stream → how it is encoded.</param>
internal sealed class EncodingSinks(ISinkFactory inner, IReadOnlyDictionary<string, EncodeOptions> options, HostClock clock) : PassingSinks(inner), IDisposable
{
    /// <summary>How long the end of a recording waits for what the encoders still hold.</summary>
    public static readonly Duration DrainLimit = Duration.FromSeconds(2);

    private static readonly Duration TrialPatience = Duration.FromSeconds(20);
    private readonly List<EncodedCamera> _cameras = [];

    /// <summary>What the operator should know of an encoder; null where all run. Any thread; allocates nothing.</summary>
    public string? Trouble
    {
        get
        {
            foreach (EncodedCamera camera in _cameras)
            {
                if (camera.Trouble is { } trouble)
                {
                    return trouble;
                }
            }

            return null;
        }
    }

    public IReadOnlyList<EncodedCamera> Cameras => _cameras;

    /// <exception cref="DeviceException">The encoder is missing, or the camera's pictures cannot be encoded.</exception>
    public override ICameraFrameSink Open(CameraFrameStream stream)
    {
        if (!options.TryGetValue(stream.Name, out EncodeOptions? encode))
        {
            return Inner.Open(stream);
        }

        EncoderInput input = InputOf(stream);
        if (_cameras.Count == 0)
        {
            Try(encode, stream.Name);
        }

        var camera = new EncodedCamera(stream, input, encode, Inner, clock);
        _cameras.Add(camera);
        return camera;
    }

    /// <summary>No picture follows: waits until the encoders are empty, for <see cref="DrainLimit"/> at most; what is left then is booked. Called before the sinks behind are closed.</summary>
    public void Drain()
    {
        HostTime deadline = clock.Now + DrainLimit;
        foreach (EncodedCamera camera in _cameras)
        {
            camera.EndInput(deadline);
        }

        foreach (EncodedCamera camera in _cameras)
        {
            camera.Join();
        }
    }

    public void Dispose()
    {
        Drain();
        foreach (EncodedCamera camera in _cameras)
        {
            camera.Dispose();
        }
    }

    private static EncoderInput InputOf(CameraFrameStream stream)
    {
        RawPixels? raw = stream.Encoding switch
        {
            "mjpeg" => null,
            "yuyv" => RawPixels.Yuyv,
            "nv12" => RawPixels.Nv12,
            "rgb24" => RawPixels.Rgb24,
            "bgr24" => RawPixels.Bgr24,
            "grey" => RawPixels.Grey,
            _ => throw new DeviceException(DeviceTrouble.Unsupported, $"its pictures are {stream.Encoding}, which is not encoded again", stream.Name, "Leave encode out for this camera: they are stored as they come."),
        };
        if (stream.WidthPx % 2 != 0 || stream.HeightPx % 2 != 0)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, string.Create(CultureInfo.InvariantCulture, $"its pictures are {stream.WidthPx}x{stream.HeightPx}, and H.264 takes even sizes only"), stream.Name, "Set another size, or leave encode out.");
        }

        return new EncoderInput(raw, stream.WidthPx, stream.HeightPx, stream.RateHz ?? 30);
    }

    private void Try(EncodeOptions encode, string stream)
    {
        try
        {
            H264Encoder.Try(encode.Video, clock, TrialPatience);
        }
        catch (MediaException e)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, "it cannot be encoded here", stream, e.Message, e);
        }
    }
}
