using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>imu.sample</c>: acceleration (gravity included) and angular velocity.</summary>
public static class ImuSchema
{
    public const string Acceleration = "acceleration";
    public const string AngularVelocity = "angular_velocity";

    public static ArrowSchema For(ImuStream stream, EpisodeIdentity episode) => new(
        [
            .. CommonColumns.Fields,
            CommonColumns.Vector(Acceleration, ArrowType.Float32, 3, "m/s^2"),
            CommonColumns.Vector(AngularVelocity, ArrowType.Float32, 3, "rad/s"),
        ],
        StreamInfo.Of(stream, episode).ToMetadata());
}

/// <summary>A batch of IMU samples.</summary>
public sealed class ImuRows : SampleRows
{
    private readonly FixedSizeListColumn _acceleration;
    private readonly FixedSizeListColumn _angularVelocity;

    public ImuRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _acceleration = builder.Column<FixedSizeListColumn>(ImuSchema.Acceleration);
        _angularVelocity = builder.Column<FixedSizeListColumn>(ImuSchema.AngularVelocity);
    }

    public void Append(in SampleStamp stamp, ReadOnlySpan<float> acceleration, ReadOnlySpan<float> angularVelocity)
    {
        AppendStamp(stamp);
        _acceleration.Append(acceleration);
        _angularVelocity.Append(angularVelocity);
        Builder.EndRow();
    }
}
