using System.Globalization;
using System.Text;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Arms;

/// <summary>How one joint is read from its servo: value = sign · (counts − zero) · 2π / countsPerTurn · scale, in the joint's unit.</summary>
public sealed record BenchJoint(string Name, byte Id, int Zero, int Sign, string Unit, double Scale);

/// <summary>Both arms of the rig: seven X-series servos with ids 1 … 7 in the order of <see cref="ArmGeometry.JointNames"/>.</summary>
public static class BenchArmModel
{
    public const int CountsPerTurn = 4096;

    /// <summary>Opening between the fingers per angle of the gripper's servo, m/rad.</summary>
    public const double GripperMPerRad = 0.02;

    public static readonly BenchJoint[] Joints =
    [
        new("shoulder_pan", 1, 2048, 1, "rad", 1),
        new("shoulder_lift", 2, 2048, -1, "rad", 1),
        new("elbow_flex", 3, 1024, 1, "rad", 1),
        new("forearm_roll", 4, 2048, 1, "rad", 1),
        new("wrist_flex", 5, 2048, -1, "rad", 1),
        new("wrist_roll", 6, 2048, 1, "rad", 1),
        new("gripper", 7, 1024, 1, "m", GripperMPerRad),
    ];

    /// <summary>Counts (not rounded) that stand for a joint's value.</summary>
    public static double Counts(int joint, in JointState state)
    {
        BenchJoint j = Joints[joint];
        return j.Zero + (j.Sign * (state[joint] / j.Scale) * CountsPerTurn / (2 * Math.PI));
    }

    /// <summary>The value that counts stand for, rad or m.</summary>
    public static double Value(int joint, double counts)
    {
        BenchJoint j = Joints[joint];
        return j.Sign * (counts - j.Zero) * (2 * Math.PI / CountsPerTurn) * j.Scale;
    }

    /// <summary>The model file of the robot streams.</summary>
    public static string Yaml()
    {
        var text = new StringBuilder();
        text.Append("# value = sign * (counts - zero) * 2*pi / counts_per_turn * scale, in the unit of the joint (scale: 1 when left out; m per rad for the gripper's opening)\n");
        text.Append("arm: bench\nurdf: ../arm.urdf\njoints:\n");
        foreach (BenchJoint j in Joints)
        {
            string scale = j.Unit == "rad" ? "" : string.Create(CultureInfo.InvariantCulture, $", scale: {j.Scale}");
            text.Append(CultureInfo.InvariantCulture, $"  - {{name: {j.Name}, id: {j.Id}, zero: {j.Zero}, sign: {j.Sign}, counts_per_turn: {CountsPerTurn}, unit: {j.Unit}{scale}}}\n");
        }

        return text.ToString();
    }
}
