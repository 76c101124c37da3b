using Capture.Simulation.Clocks;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Targets;

/// <summary>Where the target and the cameras are.</summary>
public enum TargetPlace
{
    /// <summary>The hand holds the target; two cameras stand in the room (eye to hand, and a rig of two).</summary>
    Hand,

    /// <summary>The target lies on the table; the second camera is on the hand (eye in hand), a fisheye.</summary>
    Table,
}

/// <summary>A camera of a calibration scene, as it truly is.</summary>
/// <param name="OnHand">Whether <paramref name="Pose"/> is T_gripper_camera; else T_base_camera.</param>
public sealed record TargetCamera(string Name, SimulatedLens Lens, bool OnHand, Pose Pose);

/// <summary>
/// A calibration scene: everything that calibration has to find, drawn from the seed around what a bench has. The gripper's frame is the arm's tool, the base's the scene's world.
/// </summary>
public sealed class TargetSetting
{
    public const int Columns = 9;
    public const int Rows = 6;
    private const double EdgePixels = 4;

    private TargetSetting(TargetPlace place, double squareMm, Pose targetPose, TargetCamera[] cameras, ulong seed)
    {
        (Place, SquareMm, TargetPose, Cameras) = (place, squareMm, targetPose, cameras);
        Printed = PrintedTarget.Chessboard(Columns, Rows, squareMm);
        Motion = new ViewMotion(seed, Draw);
    }

    public TargetPlace Place { get; }

    public double SquareMm { get; }

    /// <summary>The target as `calibrate --target` takes it.</summary>
    public string Target => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"chessboard:{Columns}x{Rows}:{SquareMm}mm");

    public PrintedTarget Printed { get; }

    /// <summary>T_gripper_target when the hand holds it, else T_base_target.</summary>
    public Pose TargetPose { get; }

    public IReadOnlyList<TargetCamera> Cameras { get; }

    public ViewMotion Motion { get; }

    public static TargetSetting Create(TargetPlace place, ulong seed)
    {
        Xoshiro256 random = Xoshiro256.For(seed, "target");
        Pose Near(Pose pose, double metres, double radians)
        {
            Vec3 axis = new Vec3(random.Between(-1, 1), random.Between(-1, 1), random.Between(-1, 1)).Normalized();
            return pose * new Pose(new Vec3(random.Between(-metres, metres), random.Between(-metres, metres), random.Between(-metres, metres)), Quat.About(axis, random.Between(0.3, 1) * radians));
        }

        SimulatedLens Narrow()
        {
            double f = random.Between(555, 575);
            return new SimulatedLens(
                "brown-conrady-5", 640, 480,
                [f, f + random.Between(-1, 1), random.Between(312, 328), random.Between(232, 248), random.Between(-0.24, -0.16), random.Between(0.04, 0.08), random.Between(-8e-4, 8e-4), random.Between(-8e-4, 8e-4), 0]);
        }

        const double Big = 25, Small = 20;
        if (place == TargetPlace.Hand)
        {
            // Held by its back: the hand points at who looks at it. Its middle is 3 cm before the fingertips.
            var facing = new Pose(new Vec3(0.03, 0, 0), Quat.FromAxes(new Vec3(0, 1, 0), new Vec3(0, 0, -1), new Vec3(-1, 0, 0)));
            Pose held = Near(facing * Middle(Big).Inverse(), 0.01, 0.12);
            return new TargetSetting(place, Big, held,
            [
                new TargetCamera("front", Narrow(), false, Near(Pose.LookAt(new Vec3(1.02, -0.17, 0.34), new Vec3(0.42, -0.02, 0.28)), 0.02, 0.06)),
                new TargetCamera("side", Narrow(), false, Near(Pose.LookAt(new Vec3(1.00, 0.19, 0.38), new Vec3(0.42, 0.02, 0.28)), 0.02, 0.06)),
            ], seed);
        }

        Pose lying = Near(new Pose(new Vec3(0.31, 0, 0), Quat.FromAxes(new Vec3(0, -1, 0), new Vec3(-1, 0, 0), new Vec3(0, 0, -1))) * Middle(Small).Inverse(), 0.01, 0.03);
        Quat alongFingers = Quat.FromAxes(new Vec3(0, -1, 0), new Vec3(0, 0, -1), new Vec3(1, 0, 0));
        var onHand = new Pose(new Vec3(-0.10, 0, 0.07), Quat.About(new Vec3(0, 1, 0), 0.2) * alongFingers);
        double wide = random.Between(395, 410);
        var fisheye = new SimulatedLens(
            "kannala-brandt", 640, 480, [wide, wide + random.Between(-1, 1), random.Between(312, 328), random.Between(232, 248), random.Between(-0.03, -0.01), random.Between(-0.01, 0.01), 0, 0]);
        return new TargetSetting(place, Small, lying,
        [
            new TargetCamera("front", Narrow(), false, Near(Pose.LookAt(new Vec3(0.75, -0.32, 0.48), new Vec3(0.31, 0, 0)), 0.02, 0.06)),
            new TargetCamera("wrist", fisheye, true, Near(onHand, 0.01, 0.08)),
        ], seed);
    }

    /// <summary>T_camera_target while the hand is at T_base_gripper.</summary>
    public Pose CameraFromTarget(TargetCamera camera, Pose hand)
    {
        Pose board = Place == TargetPlace.Hand ? hand * TargetPose : TargetPose;
        Pose eye = camera.OnHand ? hand * camera.Pose : camera.Pose;
        return eye.Inverse() * board;
    }

    // The middle of the corners in the board's frame.
    private static Pose Middle(double squareMm) => Pose.Translate((Columns - 1) * squareMm / 2e3, (Rows - 1) * squareMm / 2e3, 0);

    // A view that one of the cameras gets to see whole: distance, tilt and place in the picture at random. The cameras take turns.
    private JointState? Draw(Xoshiro256 random, long index)
    {
        TargetCamera camera = Place == TargetPlace.Hand ? Cameras[(int)(index % 2)] : Cameras[1];
        double distance = Place == TargetPlace.Hand ? random.Between(0.42, 0.70) : random.Between(0.20, 0.34);
        var place = new Vec3(random.Between(-0.55, 0.55) * distance, random.Between(-0.42, 0.42) * distance, distance);
        Quat turn = Quat.About(new Vec3(0, 0, 1), random.Between(-0.6, 0.6)) * Quat.About(new Vec3(1, 0, 0), random.Between(-0.6, 0.6)) * Quat.About(new Vec3(0, 1, 0), random.Between(-0.6, 0.6));
        Pose seen = new Pose(place, turn) * Middle(SquareMm).Inverse();
        foreach ((double x, double y) in ((double, double)[])[(Printed.LeftM, Printed.TopM), (Printed.RightM, Printed.TopM), (Printed.LeftM, Printed.BottomM), (Printed.RightM, Printed.BottomM)])
        {
            if (!camera.Lens.Project(seen.Transform(new Vec3(x, y, 0)), out double u, out double v)
                || u < EdgePixels || v < EdgePixels || u > camera.Lens.Width - 1 - EdgePixels || v > camera.Lens.Height - 1 - EdgePixels)
            {
                return null;
            }
        }

        Pose hand = Place == TargetPlace.Hand ? camera.Pose * seen * TargetPose.Inverse() : TargetPose * seen.Inverse() * camera.Pose.Inverse();
        return ArmInverse.Reach(hand, ArmGeometry.OpenM) is { } joints && IsComfortable(joints) ? joints : null;
    }

    private static bool IsComfortable(in JointState q) =>
        Math.Abs(q.Pan) < 1.4 && Math.Abs(q.Lift) < 2.2 && q.Elbow > 0.15 && Math.Abs(q.Forearm) < 1.5 && Math.Abs(q.Wrist) < 1.9 && Math.Abs(q.Roll) < 2.2;
}
