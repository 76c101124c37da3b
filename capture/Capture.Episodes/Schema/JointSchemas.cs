using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>joint.state</c>: what an arm's servos reported in one exchange.</summary>
public static class JointStateSchema
{
    public const string RequestTime = "request_time_ns";
    public const string ReplyTime = "reply_time_ns";
    public const string Position = "position";
    public const string Velocity = "velocity";
    public const string Current = "current";

    public static ArrowSchema For(JointStateStream stream, EpisodeIdentity episode)
    {
        int n = stream.Joints.Count;
        return new ArrowSchema(
            [
                .. CommonColumns.Fields,
                CommonColumns.Nanoseconds(RequestTime),
                CommonColumns.Nanoseconds(ReplyTime),
                CommonColumns.Vector(Position, ArrowType.Float64, n, "rad", nullableItems: true),
                CommonColumns.Vector(Velocity, ArrowType.Float64, n, "rad/s", nullableItems: true),
                CommonColumns.Vector(Current, ArrowType.Float32, n, "A", nullableItems: true),
            ],
            StreamInfo.Of(stream, episode).ToMetadata((MetadataKeys.Joints, string.Join(',', stream.Joints))));
    }
}

/// <summary>Kind <c>joint.command</c>: what an arm's servos were told; joined to the state by <c>sequence</c>.</summary>
public static class JointCommandSchema
{
    public const string Position = "position";

    public static ArrowSchema For(JointCommandStream stream, EpisodeIdentity episode) => new(
        [
            .. CommonColumns.Fields,
            CommonColumns.Nanoseconds(JointStateSchema.RequestTime),
            CommonColumns.Nanoseconds(JointStateSchema.ReplyTime),
            CommonColumns.Vector(Position, ArrowType.Float64, stream.Joints.Count, "rad", nullableItems: true),
        ],
        StreamInfo.Of(stream, episode).ToMetadata((MetadataKeys.Joints, string.Join(',', stream.Joints))));
}

/// <summary>A batch of what one exchange with an arm says of each of its joints: the stamp, when it was asked, when the reply ended, and the joints.</summary>
/// <typeparam name="TJoint">What is said of one joint.</typeparam>
public abstract class JointRows<TJoint> : SampleRows
{
    private readonly Int64Column _request;
    private readonly Int64Column _reply;

    private protected JointRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _request = builder.Column<Int64Column>(JointStateSchema.RequestTime);
        _reply = builder.Column<Int64Column>(JointStateSchema.ReplyTime);
    }

    public void Append(in SampleStamp stamp, HostTime request, HostTime reply, ReadOnlySpan<TJoint> joints)
    {
        AppendStamp(stamp);
        _request.Append(request.Nanoseconds);
        _reply.Append(reply.Nanoseconds);
        AppendJoints(joints);
        Builder.EndRow();
    }

    private protected abstract void AppendJoints(ReadOnlySpan<TJoint> joints);
}

/// <summary>A batch of joint states.</summary>
public sealed class JointStateRows : JointRows<JointReading>
{
    private readonly FixedSizeListColumn _position;
    private readonly FixedSizeListColumn _velocity;
    private readonly FixedSizeListColumn _current;
    private readonly Float64Column _positions;
    private readonly Float64Column _velocities;
    private readonly Float32Column _currents;

    public JointStateRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _position = builder.Column<FixedSizeListColumn>(JointStateSchema.Position);
        _velocity = builder.Column<FixedSizeListColumn>(JointStateSchema.Velocity);
        _current = builder.Column<FixedSizeListColumn>(JointStateSchema.Current);
        _positions = (Float64Column)_position.Item;
        _velocities = (Float64Column)_velocity.Item;
        _currents = (Float32Column)_current.Item;
    }

    private protected override void AppendJoints(ReadOnlySpan<JointReading> joints)
    {
        _position.Begin();
        _velocity.Begin();
        _current.Begin();
        foreach (ref readonly JointReading joint in joints)
        {
            if (joint.Present)
            {
                _positions.Append(joint.Position);
                _velocities.Append(joint.Velocity);
                _currents.Append(joint.CurrentA);
            }
            else
            {
                _positions.AppendNull();
                _velocities.AppendNull();
                _currents.AppendNull();
            }
        }

        _position.End();
        _velocity.End();
        _current.End();
    }
}

/// <summary>A batch of joint commands; NaN stands for a joint that was told nothing.</summary>
public sealed class JointCommandRows : JointRows<double>
{
    private readonly FixedSizeListColumn _position;
    private readonly Float64Column _positions;

    public JointCommandRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _position = builder.Column<FixedSizeListColumn>(JointCommandSchema.Position);
        _positions = (Float64Column)_position.Item;
    }

    private protected override void AppendJoints(ReadOnlySpan<double> joints)
    {
        _position.Begin();
        foreach (double position in joints)
        {
            if (double.IsNaN(position))
            {
                _positions.AppendNull();
            }
            else
            {
                _positions.Append(position);
            }
        }

        _position.End();
    }
}
