namespace Capture.Simulation.Scene;

/// <summary>Angles of the six joints in rad and the opening between the fingers in metres.</summary>
public readonly record struct JointState(double Pan, double Lift, double Elbow, double Forearm, double Wrist, double Roll, double OpeningM)
{
    public const int Count = 7;

    /// <summary>0 … 5 the joints in rad, 6 the opening in m.</summary>
    public double this[int index] => index switch
    {
        0 => Pan, 1 => Lift, 2 => Elbow, 3 => Forearm, 4 => Wrist, 5 => Roll, 6 => OpeningM,
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary>From a to b, s in 0 … 1.</summary>
    public static JointState Mix(JointState a, JointState b, double s) => new(
        a.Pan + (s * (b.Pan - a.Pan)), a.Lift + (s * (b.Lift - a.Lift)), a.Elbow + (s * (b.Elbow - a.Elbow)), a.Forearm + (s * (b.Forearm - a.Forearm)),
        a.Wrist + (s * (b.Wrist - a.Wrist)), a.Roll + (s * (b.Roll - a.Roll)), a.OpeningM + (s * (b.OpeningM - a.OpeningM)));
}

/// <summary>
/// The arm: base at the origin, z up, x forward; all joints at 0 stretch it horizontally along +x. Pitch joints turn about +y, so a positive angle points down.
/// <code>T_world_tool = Tz(0.12) Rz(pan) · Ry(lift) Tx(0.25) · Ry(elbow) Tx(0.12) · Rx(forearm) Tx(0.12) · Ry(wrist) Tx(0.06) · Rx(roll) Tx(0.08)</code>
/// The tool frame lies between the fingertips: x out of the hand, y from finger to finger.
/// </summary>
public static class ArmGeometry
{
    public const double ShoulderHeightM = 0.12;
    public const double UpperArmM = 0.25;
    public const double ForearmNearM = 0.12;
    public const double ForearmFarM = 0.12;
    public const double WristM = 0.06;
    public const double HandM = 0.08;
    public const double OpenM = 0.07;

    public static readonly string[] JointNames = ["shoulder_pan", "shoulder_lift", "elbow_flex", "forearm_roll", "wrist_flex", "wrist_roll", "gripper"];

    private static readonly Vec3 AxisX = new(1, 0, 0);
    private static readonly Vec3 AxisY = new(0, 1, 0);
    private static readonly Vec3 AxisZ = new(0, 0, 1);

    /// <summary>Number of moving frames that <see cref="Forward"/> gives.</summary>
    public const int FrameCount = 7;

    /// <summary>
    /// The frames at joints: 0 shoulder (turns with pan), 1 upper arm, 2 forearm near, 3 forearm far, 4 wrist, 5 hand, 6 tool. <paramref name="frames"/> holds at least 7.
    /// </summary>
    public static void Forward(in JointState q, Span<Pose> frames)
    {
        frames[0] = new Pose(new Vec3(0, 0, ShoulderHeightM), Quat.About(AxisZ, q.Pan));
        frames[1] = frames[0] * new Pose(default, Quat.About(AxisY, q.Lift));
        frames[2] = frames[1] * new Pose(new Vec3(UpperArmM, 0, 0), Quat.About(AxisY, q.Elbow));
        frames[3] = frames[2] * new Pose(new Vec3(ForearmNearM, 0, 0), Quat.About(AxisX, q.Forearm));
        frames[4] = frames[3] * new Pose(new Vec3(ForearmFarM, 0, 0), Quat.About(AxisY, q.Wrist));
        frames[5] = frames[4] * new Pose(new Vec3(WristM, 0, 0), Quat.About(AxisX, q.Roll));
        frames[6] = frames[5] * Pose.Translate(HandM, 0, 0);
    }

    public static Pose Tool(in JointState q)
    {
        Span<Pose> frames = stackalloc Pose[FrameCount];
        Forward(q, frames);
        return frames[6];
    }

    /// <summary>Joints that hold the tool at a point, pointing straight down, with its y axis turned by <paramref name="yawRad"/> about the vertical; elbow up.</summary>
    public static JointState PointingDown(Vec3 tool, double yawRad, double openingM)
    {
        double pan = Math.Atan2(tool.Y, tool.X);
        double r = Math.Sqrt((tool.X * tool.X) + (tool.Y * tool.Y));
        double h = tool.Z + WristM + HandM - ShoulderHeightM;
        const double A = UpperArmM;
        const double B = ForearmNearM + ForearmFarM;
        double cosine = ((r * r) + (h * h) - (A * A) - (B * B)) / (2 * A * B);
        if (cosine is < -1 or > 1)
        {
            throw new ArgumentOutOfRangeException(nameof(tool), tool, "The arm does not reach this point.");
        }

        // Angles are measured downwards: the line to the wrist points down by atan2(-h, r).
        double elbow = Math.Acos(cosine);
        double lift = Math.Atan2(-h, r) - Math.Atan2(B * Math.Sin(elbow), A + (B * Math.Cos(elbow)));
        double wrist = (Math.PI / 2) - lift - elbow;
        return new JointState(pan, lift, elbow, 0, wrist, pan - yawRad, openingM);
    }
}
