using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>A sink that looks at what passes through it. All calls go on to the recorder's sink as they came.</summary>
internal abstract class WatchedSink(IStreamSink inner)
{
    public StreamDescriptor Stream => inner.Stream;

    public MarkEdges Edges { get; } = new();

    public void Tick(HostTime now) => inner.Tick(now);

    public void Book(in Loss loss) => inner.Book(loss);

    public void ReportClockSigma(Duration? sigma) => inner.ReportClockSigma(sigma);
}

/// <summary>Pictures: each is compared with the one before it; twice a second one is put aside for a look at its light.</summary>
internal sealed class WatchedCamera : WatchedSink, ICameraFrameSink
{
    private readonly ICameraFrameSink inner;
    private readonly RepeatWatch? repeats;

    public WatchedCamera(ICameraFrameSink inner, CameraFrameStream stream, WatchLimits limits)
        : base(inner)
    {
        this.inner = inner;
        repeats = limits.FrozenAfter > Duration.Zero ? new RepeatWatch(limits.FrozenAfter, Edges) : null;
        if (stream.Encoding == "mjpeg" && limits.DarkAfter > Duration.Zero)
        {
            Slot = new PictureSlot(stream.MaxRowBytes);
            Light = new PictureLight(limits, stream.WidthPx, stream.HeightPx);
            Dark = new LightWatch(limits.DarkAfter);
        }
    }

    /// <summary>Null where pictures are not looked at: switched off, or not JPEG.</summary>
    public PictureSlot? Slot { get; }

    public PictureLight? Light { get; }

    public LightWatch? Dark { get; }

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> picture, bool keyFrame)
    {
        repeats?.Add(stamp, picture);
        Slot?.Offer(stamp, picture);
        return inner.Append(stamp, picture, keyFrame);
    }
}

/// <summary>Sound: each period is measured.</summary>
internal sealed class WatchedMicrophone : WatchedSink, IAudioPeriodSink
{
    private readonly IAudioPeriodSink inner;
    private readonly SoundWatch sound;

    public WatchedMicrophone(IAudioPeriodSink inner, AudioPeriodStream stream, WatchLimits limits)
        : base(inner)
    {
        this.inner = inner;
        sound = new SoundWatch(stream, limits, Edges);
    }

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> interleaved)
    {
        sound.Add(stamp, interleaved);
        return inner.Append(stamp, interleaved);
    }
}
