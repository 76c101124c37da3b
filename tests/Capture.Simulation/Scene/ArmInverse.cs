namespace Capture.Simulation.Scene;

/// <summary>Joints for a pose of the tool: the last three axes of <see cref="ArmGeometry"/> meet in the wrist, so place and turn come apart.</summary>
public static class ArmInverse
{
    /// <param name="tool">T_base_tool.</param>
    /// <returns>Elbow up, the forearm turned as little as possible; null out of reach.</returns>
    public static JointState? Reach(Pose tool, double openingM)
    {
        const double A = ArmGeometry.UpperArmM;
        const double B = ArmGeometry.ForearmNearM + ArmGeometry.ForearmFarM;
        Vec3 wrist = tool.Transform(new Vec3(-(ArmGeometry.WristM + ArmGeometry.HandM), 0, 0));
        double pan = Math.Atan2(wrist.Y, wrist.X);
        double r = Math.Sqrt((wrist.X * wrist.X) + (wrist.Y * wrist.Y)), h = wrist.Z - ArmGeometry.ShoulderHeightM;
        double cosine = ((r * r) + (h * h) - (A * A) - (B * B)) / (2 * A * B);
        if (cosine is < -1 or > 1)
        {
            return null;
        }

        double elbow = Math.Acos(cosine);
        double lift = Math.Atan2(-h, r) - Math.Atan2(B * Math.Sin(elbow), A + (B * Math.Cos(elbow)));

        // What is left is Rx(forearm) Ry(flex) Rx(roll).
        Quat forearm = Quat.About(new Vec3(0, 0, 1), pan) * Quat.About(new Vec3(0, 1, 0), lift + elbow);
        Quat rest = forearm.Inverse() * tool.Rotation;
        Vec3 x = rest.Rotate(new Vec3(1, 0, 0));
        double flex = Math.Acos(Math.Clamp(x.X, -1, 1));
        double turn = Math.Atan2(x.Y, -x.Z);
        double roll = Math.Atan2(rest.Rotate(new Vec3(0, 1, 0)).X, rest.Rotate(new Vec3(0, 0, 1)).X);
        if (Math.Abs(turn) > Math.PI / 2)
        {
            (turn, flex, roll) = (turn - (Math.Sign(turn) * Math.PI), -flex, roll - (Math.Sign(roll) * Math.PI));
        }

        return new JointState(pan, lift, elbow, turn, flex, roll, openingM);
    }
}
