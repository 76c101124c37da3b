namespace Capture.Simulation.Scene;

/// <summary>What an ideal IMU in the hand feels, in the tool's frame.</summary>
/// <param name="Acceleration">Specific force, m/s²: +9.80665 upwards at rest.</param>
/// <param name="AngularRate">rad/s.</param>
public readonly record struct ImuReading(Vec3 Acceleration, Vec3 AngularRate);

/// <summary>
/// The tabletop: a pure function of (seed, time since the start of the scene in ns). Before 0 everything stands as at 0. World frame: origin at the arm's foot on
/// the table, x forward, z up, metres.
/// </summary>
/// <param name="calibration">Instead of picking, the arm moves from view to view of a target; the cube stays, and there are no contacts.</param>
public sealed class BenchScene(ulong seed, ViewMotion? calibration = null)
{
    public const double CubeM = PickCycle.CubeM;
    public const double GravityMps2 = 9.80665;

    /// <summary>The follower does at t what the leader did this long before.</summary>
    public const long FollowerLagNs = 45_000_000;

    /// <summary>The follower's goal position is the leader's position this long before.</summary>
    public const long GoalLagNs = 10_000_000;

    /// <summary>Three contacts in every cycle.</summary>
    public const int ContactsPerCycle = 3;

    private readonly PickCycle?[] _cycles = new PickCycle?[8];

    public ulong Seed => seed;

    /// <summary>The arm that holds the cube (the follower).</summary>
    public JointState FollowerJoints(long sceneNs) => calibration is null ? Cycle(ref sceneNs).Joints(sceneNs) : calibration.Joints(sceneNs);

    /// <summary>The arm in the operator's hand: ahead of the follower.</summary>
    public JointState LeaderJoints(long sceneNs) => FollowerJoints(sceneNs + FollowerLagNs);

    /// <summary>What the follower was last told.</summary>
    public JointState FollowerGoal(long sceneNs) => LeaderJoints(sceneNs - GoalLagNs);

    /// <summary>T_world_tool of the follower: the body "gripper" of the motion capture.</summary>
    public Pose Gripper(long sceneNs) => ArmGeometry.Tool(FollowerJoints(sceneNs));

    /// <summary>T_world_cube, origin at the cube's centre.</summary>
    public Pose Cube(long sceneNs)
    {
        PickCycle cycle = Cycle(ref sceneNs);
        if (calibration is not null)
        {
            return CycleAt(0).Cube(0, default);
        }

        return cycle.Cube(sceneNs, ArmGeometry.Tool(cycle.Joints(sceneNs)));
    }

    public Contact Contact(long number) => calibration is not null ? new Contact(long.MaxValue, ContactKind.Release) : CycleAt(number / ContactsPerCycle).ContactAt((int)(number % ContactsPerCycle));

    /// <summary>The number of the first contact at or after a time.</summary>
    public long FirstContactFrom(long sceneNs)
    {
        long number = calibration is null ? Math.Max(0, sceneNs / PickCycle.LengthNs) * ContactsPerCycle : 0;
        while (Contact(number).SceneNs < sceneNs)
        {
            number++;
        }

        return number;
    }

    /// <summary>Sum of the joint speeds, rad/s: what the motors' hum follows.</summary>
    public double JointSpeed(long sceneNs)
    {
        const long Half = 1_000_000;
        JointState a = FollowerJoints(sceneNs - Half);
        JointState b = FollowerJoints(sceneNs + Half);
        double sum = 0;
        for (int i = 0; i < 6; i++)
        {
            sum += Math.Abs(b[i] - a[i]);
        }

        return sum / (2e-9 * Half);
    }

    public ImuReading Imu(long sceneNs)
    {
        const long Step = 1_000_000;
        const double H = Step * 1e-9;
        Pose before = Gripper(sceneNs - Step);
        Pose now = Gripper(sceneNs);
        Pose after = Gripper(sceneNs + Step);
        Vec3 acceleration = (1 / (H * H)) * (after.Position - (2 * now.Position) + before.Position);
        Vec3 force = now.Rotation.Inverse().Rotate(acceleration + new Vec3(0, 0, GravityMps2));
        Quat turn = before.Rotation.Inverse() * after.Rotation;
        double sign = turn.W < 0 ? -1 : 1;
        // For the small turn of 2 ms, angle · axis = 2 · vector part to within 1e-6 of itself.
        Vec3 rate = (sign * 2 / (2 * H)) * new Vec3(turn.X, turn.Y, turn.Z);
        return new ImuReading(force, rate);
    }

    private PickCycle Cycle(ref long sceneNs)
    {
        sceneNs = Math.Max(0, sceneNs);
        long index = sceneNs / PickCycle.LengthNs;
        sceneNs -= index * PickCycle.LengthNs;
        return CycleAt(index);
    }

    private PickCycle CycleAt(long index)
    {
        // A slot is a reference: read and written whole. Two threads may build the same cycle once each, which is harmless.
        ref PickCycle? slot = ref _cycles[index & 7];
        PickCycle? cycle = Volatile.Read(ref slot);
        if (cycle is null || cycle.Index != index)
        {
            cycle = new PickCycle(seed, index);
            Volatile.Write(ref slot, cycle);
        }

        return cycle;
    }
}
