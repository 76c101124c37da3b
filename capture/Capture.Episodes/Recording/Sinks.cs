using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recording;

/// <summary>Pictures into batches.</summary>
internal sealed class CameraFrameSink(CameraFrameStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), ICameraFrameSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => CameraFrameSchema.For(stream, episode);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> picture, bool keyFrame)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (Current() is not CameraFrameRows rows)
        {
            return Lost(now, stamp.Sequence);
        }

        if (picture.Length > rows.MaxPictureBytes)
        {
            return Refuse(now, LossStage.Pool, LossReason.TooLarge, stamp.Sequence);
        }

        if (!rows.HasRoom(picture.Length))
        {
            if (Next() is not CameraFrameRows next)
            {
                return Lost(now, stamp.Sequence);
            }

            rows = next;
        }

        rows.Append(stamp, picture, keyFrame);
        return Kept(rows, stamp.Sequence, stamp.HostTime, picture.Length, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new CameraFrameRows(builder, anchor);
}

/// <summary>Periods of sound into batches.</summary>
internal sealed class AudioPeriodSink(AudioPeriodStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), IAudioPeriodSink
{
    public override int CountPerRow => stream.PeriodFrames;

    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => AudioPeriodSchema.For(stream, episode);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<byte> interleaved)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (Current() is not AudioPeriodRows rows)
        {
            return Lost(now, stamp.Sequence);
        }

        if (interleaved.Length != rows.PeriodBytes)
        {
            return Refuse(now, LossStage.Parser, LossReason.Corrupt, stamp.Sequence);
        }

        rows.Append(stamp, interleaved);
        return Kept(rows, stamp.Sequence, stamp.HostTime, interleaved.Length, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new AudioPeriodRows(builder, anchor, stream.Format);
}

/// <summary>Mocap frames into batches.</summary>
internal sealed class MocapFrameSink(MocapFrameStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), IMocapFrameSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => MocapFrameSchema.For(stream, episode);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<MocapBody?> bodies, ReadOnlySpan<MocapMarker> markers)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (Current() is not MocapFrameRows rows)
        {
            return Lost(now, stamp.Sequence);
        }

        if (bodies.Length != stream.Bodies.Count || markers.Length > stream.MaxMarkers)
        {
            return Refuse(now, LossStage.Parser, LossReason.Corrupt, stamp.Sequence);
        }

        if (!rows.HasRoom(markers.Length))
        {
            if (Next() is not MocapFrameRows next)
            {
                return Lost(now, stamp.Sequence);
            }

            rows = next;
        }

        rows.Append(stamp, bodies, markers);
        return Kept(rows, stamp.Sequence, stamp.HostTime, (stream.Bodies.Count * 33) + (markers.Length * 25), now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new MocapFrameRows(builder, anchor, stream.Bodies);
}

/// <summary>What one exchange with an arm says of its joints, into batches.</summary>
/// <param name="joints">Joints of the arm; a sample of another number is refused.</param>
/// <param name="bytesOf">Bytes that a row brings, for the operator's table.</param>
internal abstract class JointSink<TJoint>(StreamDescriptor stream, int joints, int bytesOf, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer)
{
    public bool Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<TJoint> values)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (values.Length != joints)
        {
            return Refuse(now, LossStage.Parser, LossReason.Corrupt, stamp.Sequence);
        }

        if (Current() is not JointRows<TJoint> rows)
        {
            return Lost(now, stamp.Sequence);
        }

        rows.Append(stamp, request, reply, values);
        return Kept(rows, stamp.Sequence, stamp.HostTime, bytesOf, now);
    }
}

/// <summary>Joint states into batches.</summary>
internal sealed class JointStateSink(JointStateStream stream, EpisodeSettings settings, WakeUp writer)
    : JointSink<JointReading>(stream, stream.Joints.Count, stream.Joints.Count * 20, settings, writer), IJointStateSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => JointStateSchema.For(stream, episode);

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new JointStateRows(builder, anchor);
}

/// <summary>Joint commands into batches.</summary>
internal sealed class JointCommandSink(JointCommandStream stream, EpisodeSettings settings, WakeUp writer)
    : JointSink<double>(stream, stream.Joints.Count, 16 + (stream.Joints.Count * 8), settings, writer), IJointCommandSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => JointCommandSchema.For(stream, episode);

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new JointCommandRows(builder, anchor);
}

/// <summary>IMU samples into batches.</summary>
internal sealed class ImuSink(ImuStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), IImuSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => ImuSchema.For(stream, episode);

    public bool Append(in SampleStamp stamp, ReadOnlySpan<float> acceleration, ReadOnlySpan<float> angularVelocity)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (acceleration.Length != 3 || angularVelocity.Length != 3)
        {
            return Refuse(now, LossStage.Parser, LossReason.Corrupt, stamp.Sequence);
        }

        if (Current() is not ImuRows rows)
        {
            return Lost(now, stamp.Sequence);
        }

        rows.Append(stamp, acceleration, angularVelocity);
        return Kept(rows, stamp.Sequence, stamp.HostTime, 24, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new ImuRows(builder, anchor);
}

/// <summary>Trigger edges into batches.</summary>
internal sealed class TriggerEdgeSink(TriggerEdgeStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), ITriggerEdgeSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => TriggerEdgeSchema.For(stream, episode);

    public bool Append(in SampleStamp stamp, int channel, long edge, bool rising)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (channel is < short.MinValue or > short.MaxValue)
        {
            return Refuse(now, LossStage.Parser, LossReason.Corrupt, stamp.Sequence);
        }

        if (Current() is not TriggerEdgeRows rows)
        {
            return Lost(now, stamp.Sequence);
        }

        rows.Append(stamp, channel, edge, rising);
        return Kept(rows, stamp.Sequence, stamp.HostTime, 11, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new TriggerEdgeRows(builder, anchor);
}

/// <summary>Clock exchanges into batches.</summary>
internal sealed class ClockExchangeSink(ClockExchangeStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), IClockExchangeSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => ClockExchangeSchema.For(stream, episode);

    public bool Append(long sequence, in ClockExchange exchange)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (Current() is not ClockExchangeRows rows)
        {
            return Lost(now, sequence);
        }

        rows.Append(sequence, exchange);
        return Kept(rows, sequence, exchange.HostReceive, 44, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new ClockExchangeRows(builder);
}

/// <summary>Marks into batches.</summary>
internal sealed class MarkSink(MarkStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), IMarkSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => MarkSchema.For(stream, episode);

    public bool Append(long sequence, ReadOnlySpan<byte> streamUtf8, in Mark mark)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (Current() is not MarkRows rows)
        {
            return Lost(now, sequence);
        }

        rows.Append(sequence, streamUtf8, mark);
        return Kept(rows, sequence, mark.Found, streamUtf8.Length + 37, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new MarkRows(builder);
}

/// <summary>Clock reports into batches.</summary>
internal sealed class ClockReportSink(ClockReportStream stream, EpisodeSettings settings, WakeUp writer) : StreamRecorder(stream, settings, writer), IClockReportSink
{
    public override ArrowSchema SchemaFor(EpisodeIdentity episode) => ClockReportSchema.For(stream, episode);

    public bool Append(long sequence, in ClockReport report)
    {
        if (!Begin(out HostTime now))
        {
            return false;
        }

        if (Current() is not ClockReportRows rows)
        {
            return Lost(now, sequence);
        }

        rows.Append(sequence, report);
        return Kept(rows, sequence, report.Arrival, 36, now);
    }

    protected override StreamRows CreateRows(BatchBuilder builder, EpisodeAnchor anchor) => new ClockReportRows(builder);
}
