using Calibration.HandEye;
using Capture.Core.Geometry;

namespace Calibration.Tests.HandEye;

/// <summary>A robot with a camera on its hand (or beside it), with known truth and noise on the robot's and the target's poses.</summary>
internal sealed class SimulatedHand
{
    private readonly Random _random;

    public SimulatedHand(int seed, HandEyeSetup setup)
    {
        _random = new Random(seed);
        Setup = setup;
        Truth = setup == HandEyeSetup.EyeInHand
            ? new HandEyePoses(new Pose(Turn(3), new Vector3d(0.03, -0.05, 0.08) + Jitter(0.03)), new Pose(Turn(3), new Vector3d(0.6, 0.1, 0.02) + Jitter(0.1)))
            : new HandEyePoses(new Pose(Turn(3), new Vector3d(1.1, -0.4, 0.6) + Jitter(0.2)), new Pose(Turn(3), new Vector3d(0.02, 0.01, 0.12) + Jitter(0.03)));
    }

    public HandEyeSetup Setup { get; }

    public HandEyePoses Truth { get; }

    public double RobotRotationRad { get; init; }

    public double RobotTranslationM { get; init; }

    public double TargetRotationRad { get; init; } = 0.002;

    public double TargetTranslationM { get; init; } = 0.0005;

    /// <summary>Spread of the hand's turns about its three axes, rad.</summary>
    public Vector3d TurnRad { get; init; } = new(0.5, 0.5, 0.5);

    /// <summary>Pairs as a calibration sees them; the target stays in reach of the camera.</summary>
    public PosePair[] Pairs(int count) => [.. Enumerable.Range(0, count).Select(Pair)];

    public Vector3d Jitter(double sigma) => new(Normal() * sigma, Normal() * sigma, Normal() * sigma);

    public Rotation Turn(double spread) => Rotation.FromRotationVector(Jitter(spread));

    public double Normal()
    {
        double u = 1 - _random.NextDouble();
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * _random.NextDouble());
    }

    private PosePair Pair(int index)
    {
        Vector3d n = Jitter(1);
        Rotation turn = Rotation.FromRotationVector(new Vector3d(n.X * TurnRad.X, n.Y * TurnRad.Y, n.Z * TurnRad.Z));
        var robot = new Pose(Rotation.FromRotationVector(new Vector3d(0.3, 2.6, 0.2)) * turn, new Vector3d(0.5, 0, 0.4) + Jitter(0.12));
        Pose a = Setup == HandEyeSetup.EyeInHand ? robot : robot.Inverse();
        Pose target = new PoseEquation(a, default).Predicted(Truth.X, Truth.Z);
        var seen = new Pose(Turn(TargetRotationRad) * target.Rotation, target.Translation + Jitter(TargetTranslationM));
        var told = new Pose(Turn(RobotRotationRad) * robot.Rotation, robot.Translation + Jitter(RobotTranslationM));
        return new PosePair(told, seen, $"pose {index}");
    }
}
