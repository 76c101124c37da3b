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

/// <summary>A batch of IMU samples. They are the most frequent rows of a rig, and written in place.</summary>
public sealed class ImuRows : SampleRows
{
    private const int Axes = 3;

    private readonly StampSlots _stamp;
    private readonly ColumnSlots<float> _acceleration;
    private readonly ColumnSlots<float> _angularVelocity;

    public ImuRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _stamp = new StampSlots(builder, anchor);
        _acceleration = ((Float32Column)builder.Column<FixedSizeListColumn>(ImuSchema.Acceleration).Item).Slots;
        _angularVelocity = ((Float32Column)builder.Column<FixedSizeListColumn>(ImuSchema.AngularVelocity).Item).Slots;
    }

    /// <summary>Appends a sample: x, y, z of each vector.</summary>
    /// <exception cref="ArgumentException">A vector has not three components.</exception>
    public void Append(in SampleStamp stamp, ReadOnlySpan<float> acceleration, ReadOnlySpan<float> angularVelocity)
    {
        if (acceleration.Length != Axes || angularVelocity.Length != Axes)
        {
            throw new ArgumentException($"An IMU's sample has two vectors of {Axes}, not of {acceleration.Length} and {angularVelocity.Length}.", nameof(acceleration));
        }

        int row = Builder.Rows;
        _stamp.Set(row, stamp);
        _acceleration.Set(row * Axes, acceleration[..Axes]);
        _angularVelocity.Set(row * Axes, angularVelocity[..Axes]);
        Builder.EndRowInPlace();
    }
}
