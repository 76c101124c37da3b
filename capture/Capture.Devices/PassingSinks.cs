using Capture.Episodes.Schema;

namespace Capture.Devices;

/// <summary>Sinks in front of others: every stream goes straight on, but for the kinds that whoever derives from this takes for itself.</summary>
/// <param name="inner">The sinks behind.</param>
public abstract class PassingSinks(ISinkFactory inner) : ISinkFactory
{
    /// <summary>The sinks behind.</summary>
    protected ISinkFactory Inner { get; } = inner;

    public virtual ICameraFrameSink Open(CameraFrameStream stream) => Inner.Open(stream);

    public virtual IAudioPeriodSink Open(AudioPeriodStream stream) => Inner.Open(stream);

    public virtual IMocapFrameSink Open(MocapFrameStream stream) => Inner.Open(stream);

    public virtual IJointStateSink Open(JointStateStream stream) => Inner.Open(stream);

    public virtual IJointCommandSink Open(JointCommandStream stream) => Inner.Open(stream);

    public virtual IImuSink Open(ImuStream stream) => Inner.Open(stream);

    public virtual ITriggerEdgeSink Open(TriggerEdgeStream stream) => Inner.Open(stream);

    public virtual IClockExchangeSink Open(ClockExchangeStream stream) => Inner.Open(stream);

    public virtual IClockReportSink Open(ClockReportStream stream) => Inner.Open(stream);
}
