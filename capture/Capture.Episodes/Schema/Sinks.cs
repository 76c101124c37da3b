using Capture.Core.Streams;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>
/// Where a source puts its samples. One sink belongs to one thread, the source's own; no call blocks, locks or allocates.
/// Append returns false when the sample could not be kept: the sink has then already booked it in the ledger.
/// </summary>
public interface IStreamSink
{
    StreamDescriptor Stream { get; }

    /// <summary>Hands over a batch that is due. A source calls it at least every 50 ms, with or without samples.</summary>
    void Tick(HostTime now);

    /// <summary>Books a loss or an event of the device. Counts are added to the stream's balance.</summary>
    void Book(in Loss loss);

    /// <summary>The online clock's current sigma, for the operator's table.</summary>
    void ReportClockSigma(Duration? sigma);

    /// <summary>True while most of the stream's buffers wait to be written: a source that can wait (a file) does so instead of losing samples.</summary>
    bool IsPressed => false;
}

public interface ICameraFrameSink : IStreamSink
{
    /// <param name="picture">One whole encoded picture, as the camera sent it.</param>
    bool Append(in SampleStamp stamp, ReadOnlySpan<byte> picture, bool keyFrame);
}

public interface IAudioPeriodSink : IStreamSink
{
    /// <param name="interleaved">PeriodFrames × Channels samples in the stream's format, host byte order.</param>
    bool Append(in SampleStamp stamp, ReadOnlySpan<byte> interleaved);
}

/// <summary>Pose of a rigid body in the mocap's frame.</summary>
/// <param name="Tracked">False where the server lists the body without having seen it.</param>
/// <param name="MeanErrorM">Mean marker error, metres.</param>
public readonly record struct MocapBody(bool Tracked, float X, float Y, float Z, float QX, float QY, float QZ, float QW, float MeanErrorM);

/// <summary>A labelled marker; metres.</summary>
/// <param name="Id">As the server numbers it (NatNet: model × 65536 + marker).</param>
public readonly record struct MocapMarker(int Id, float X, float Y, float Z, float SizeM, float ResidualM, bool Occluded);

public interface IMocapFrameSink : IStreamSink
{
    /// <param name="bodies">One per declared body, in their order; null where the frame does not hold it.</param>
    bool Append(in SampleStamp stamp, ReadOnlySpan<MocapBody?> bodies, ReadOnlySpan<MocapMarker> markers);
}

/// <summary>What one servo reported.</summary>
/// <param name="Present">False where the servo did not answer: its values are stored as nulls.</param>
/// <param name="Position">rad (or m for a linear gripper, as the arm's file says).</param>
/// <param name="Velocity">rad/s (or m/s).</param>
/// <param name="CurrentA">A.</param>
public readonly record struct JointReading(bool Present, double Position, double Velocity, float CurrentA);

public interface IJointStateSink : IStreamSink
{
    /// <param name="request">When the last byte of the request was handed to the kernel.</param>
    /// <param name="reply">When the reply's last byte was read.</param>
    /// <param name="joints">One per declared joint.</param>
    bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<JointReading> joints);
}

public interface IJointCommandSink : IStreamSink
{
    /// <param name="request">As the state's of the same sequence; likewise <paramref name="reply"/>.</param>
    /// <param name="positions">Goal per declared joint, units as the state's; NaN where the servo did not answer (stored as null).</param>
    bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<double> positions);
}

public interface IImuSink : IStreamSink
{
    /// <param name="acceleration">x, y, z in m/s², gravity included.</param>
    /// <param name="angularVelocity">x, y, z in rad/s.</param>
    bool Append(in SampleStamp stamp, ReadOnlySpan<float> acceleration, ReadOnlySpan<float> angularVelocity);
}

public interface ITriggerEdgeSink : IStreamSink
{
    /// <param name="edge">The channel's own edge counter.</param>
    bool Append(in SampleStamp stamp, int channel, long edge, bool rising);
}

public interface IClockExchangeSink : IStreamSink
{
    bool Append(long sequence, in ClockExchange exchange);
}

/// <summary>A device's word on its own clock.</summary>
/// <param name="Ticks">What it counted when it sent the report, unwrapped.</param>
/// <param name="Arrival">When the report's first byte was read.</param>
/// <param name="SenderUtcNs">The same instant by the device's clock of the day, ns since 1970; null where it has none. Recorded beside, never trusted.</param>
public readonly record struct ClockReport(DeviceTicks Ticks, HostTime Arrival, long? SenderUtcNs, int Segment);

public interface IClockReportSink : IStreamSink
{
    bool Append(long sequence, in ClockReport report);
}

public interface IMarkSink : IStreamSink
{
    /// <param name="streamUtf8">Name of the stream that is marked, in UTF-8.</param>
    bool Append(long sequence, ReadOnlySpan<byte> streamUtf8, in Mark mark);
}

/// <summary>Gives a source its sinks, once, after it has declared its streams and before its thread starts.</summary>
public interface ISinkFactory
{
    ICameraFrameSink Open(CameraFrameStream stream);

    IAudioPeriodSink Open(AudioPeriodStream stream);

    IMocapFrameSink Open(MocapFrameStream stream);

    IJointStateSink Open(JointStateStream stream);

    IJointCommandSink Open(JointCommandStream stream);

    IImuSink Open(ImuStream stream);

    ITriggerEdgeSink Open(TriggerEdgeStream stream);

    IClockExchangeSink Open(ClockExchangeStream stream);

    IClockReportSink Open(ClockReportStream stream);
}
