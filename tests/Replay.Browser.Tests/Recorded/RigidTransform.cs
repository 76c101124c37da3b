using System.Globalization;

namespace Replay.Browser.Tests.Recorded;

/// <summary>A rotation (3 × 3, row by row) and a position in metres.</summary>
internal sealed record RigidTransform(double[] Rotation, double[] Position)
{
    public static RigidTransform Identity { get; } = new([1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]);

    /// <summary>From a position and a quaternion x y z w.</summary>
    public static RigidTransform FromPose(double[] position, double[] q)
    {
        double x = q[0], y = q[1], z = q[2], w = q[3];
        return new(
            [1 - (2 * ((y * y) + (z * z))), 2 * ((x * y) - (z * w)), 2 * ((x * z) + (y * w)),
             2 * ((x * y) + (z * w)), 1 - (2 * ((x * x) + (z * z))), 2 * ((y * z) - (x * w)),
             2 * ((x * z) - (y * w)), 2 * ((y * z) + (x * w)), 1 - (2 * ((x * x) + (y * y)))],
            position);
    }

    /// <summary>A turn about an axis of length 1, by Rodrigues' formula; angle in rad.</summary>
    public static RigidTransform Turn(double[] axis, double angle)
    {
        double c = Math.Cos(angle), s = Math.Sin(angle), x = axis[0], y = axis[1], z = axis[2];
        return new(
            [c + (x * x * (1 - c)), (x * y * (1 - c)) - (z * s), (x * z * (1 - c)) + (y * s),
             (y * x * (1 - c)) + (z * s), c + (y * y * (1 - c)), (y * z * (1 - c)) - (x * s),
             (z * x * (1 - c)) - (y * s), (z * y * (1 - c)) + (x * s), c + (z * z * (1 - c))],
            [0, 0, 0]);
    }

    public static RigidTransform Shift(double[] by) => new(Identity.Rotation, by);

    /// <summary>First <paramref name="next"/>, in the frame of this one.</summary>
    public RigidTransform Then(RigidTransform next)
    {
        double[] rotation = new double[9], position = new double[3];
        for (int i = 0; i < 3; i++)
        {
            position[i] = Position[i];
            for (int k = 0; k < 3; k++)
            {
                position[i] += Rotation[(3 * i) + k] * next.Position[k];
                for (int j = 0; j < 3; j++)
                {
                    rotation[(3 * i) + j] += Rotation[(3 * i) + k] * next.Rotation[(3 * k) + j];
                }
            }
        }

        return new(rotation, position);
    }

    /// <summary>Metres.</summary>
    public double DistanceTo(RigidTransform other) => Math.Sqrt(Position.Zip(other.Position, (a, b) => (a - b) * (a - b)).Sum());

    /// <summary>The angle of the turn from one to the other, rad; by the norm of the difference, which is exact for small angles.</summary>
    public double AngleTo(RigidTransform other) => 2 * Math.Asin(Math.Min(1, Math.Sqrt(Rotation.Zip(other.Rotation, (a, b) => (a - b) * (a - b)).Sum() / 8)));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Position[0]:0.000} {Position[1]:0.000} {Position[2]:0.000}) m");
}
