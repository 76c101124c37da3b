using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Latency;

/// <summary>A pose with its speed at one instant.</summary>
/// <param name="Velocity">m/s along the world's axes.</param>
/// <param name="AngularVelocity">rad/s along the world's axes.</param>
internal readonly record struct MovingPose(Pose Pose, Vector3d Velocity, Vector3d AngularVelocity);

/// <summary>
/// The faster stream between its samples: a parabola fitted to the samples around an instant (local regression, Cleveland 1979). A straight line between two noisy samples has less noise half way
/// than at the samples, and that pulls an offset towards half a period; the fit's noise hardly depends on where between the samples the instant lies.
/// </summary>
internal sealed class PoseSampler
{
    private const double ReachPeriods = 3;
    private readonly PoseStream _stream;
    private readonly LocalFit _fit;

    public PoseSampler(PoseStream stream)
    {
        _stream = stream;
        _fit = new LocalFit(stream.TimesNs, ReachPeriods * 1e9 / stream.RateHz);
    }

    /// <param name="atNs">Instant on the stream's clock; fractions of nanoseconds are kept so that derivatives hold.</param>
    /// <returns>False outside the stream and in its gaps.</returns>
    public bool TrySample(double atNs, out MovingPose sample)
    {
        sample = default;
        Span<double> value = stackalloc double[LocalFit.Most];
        Span<double> slope = stackalloc double[LocalFit.Most];
        if (!_fit.TryWeights(atNs, value, slope, out int first, out int count))
        {
            return false;
        }

        Pose near = _stream.Poses[first + (count / 2)];
        Rotation back = near.Rotation.Inverse();
        Vector3d position = default, velocity = default, turn = default, rate = default;
        for (int i = 0; i < count; i++)
        {
            Pose p = _stream.Poses[first + i];
            Vector3d v = (p.Rotation * back).ToRotationVector();
            Vector3d d = p.Translation - near.Translation;
            position += d * value[i];
            velocity += d * slope[i];
            turn += v * value[i];
            rate += v * slope[i];
        }

        sample = new MovingPose(
            new Pose(Rotation.FromRotationVector(turn) * near.Rotation, near.Translation + position),
            velocity * 1e9,
            Rotation.LeftJacobian(turn) * rate * 1e9);
        return true;
    }
}
