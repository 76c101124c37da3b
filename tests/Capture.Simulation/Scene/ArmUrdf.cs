using System.Globalization;
using System.Text;

namespace Capture.Simulation.Scene;

/// <summary>The arm as URDF (boxes), with the joint names of the robot streams; the gripper is one prismatic finger mimicked by the other.</summary>
public static class ArmUrdf
{
    public static string Write()
    {
        var text = new StringBuilder();
        text.Append("<?xml version=\"1.0\"?>\n<robot name=\"bench\">\n");
        Link(text, "base", 0, 0, ArmGeometry.ShoulderHeightM / 2, 0.10, 0.10, ArmGeometry.ShoulderHeightM);
        Link(text, "shoulder", 0, 0, 0, 0.07, 0.07, 0.06);
        Link(text, "upper_arm", ArmGeometry.UpperArmM / 2, 0, 0, ArmGeometry.UpperArmM, 0.05, 0.05);
        Link(text, "forearm_near", ArmGeometry.ForearmNearM / 2, 0, 0, ArmGeometry.ForearmNearM, 0.045, 0.045);
        Link(text, "forearm_far", ArmGeometry.ForearmFarM / 2, 0, 0, ArmGeometry.ForearmFarM, 0.04, 0.04);
        Link(text, "wrist", ArmGeometry.WristM / 2, 0, 0, ArmGeometry.WristM, 0.035, 0.035);
        Link(text, "hand", 0.02, 0, 0, 0.03, 0.10, 0.03);
        Link(text, "finger_left", -0.02, 0.005, 0, 0.05, 0.01, 0.02);
        Link(text, "finger_right", -0.02, -0.005, 0, 0.05, 0.01, 0.02);
        text.Append("  <link name=\"tool\"/>\n");
        Revolute(text, "shoulder_pan", "base", "shoulder", 0, ArmGeometry.ShoulderHeightM, "0 0 1");
        Revolute(text, "shoulder_lift", "shoulder", "upper_arm", 0, 0, "0 1 0");
        Revolute(text, "elbow_flex", "upper_arm", "forearm_near", ArmGeometry.UpperArmM, 0, "0 1 0");
        Revolute(text, "forearm_roll", "forearm_near", "forearm_far", ArmGeometry.ForearmNearM, 0, "1 0 0");
        Revolute(text, "wrist_flex", "forearm_far", "wrist", ArmGeometry.ForearmFarM, 0, "0 1 0");
        Revolute(text, "wrist_roll", "wrist", "hand", ArmGeometry.WristM, 0, "1 0 0");
        text.Append(CultureInfo.InvariantCulture, $"  <joint name=\"tool\" type=\"fixed\"><parent link=\"hand\"/><child link=\"tool\"/><origin xyz=\"{ArmGeometry.HandM} 0 0\"/></joint>\n");
        // The joint value "gripper" is the whole opening; each finger travels half of it.
        text.Append("  <link name=\"opening\"/>\n");
        text.Append("  <joint name=\"gripper\" type=\"prismatic\"><parent link=\"tool\"/><child link=\"opening\"/><axis xyz=\"0 1 0\"/><limit lower=\"0\" upper=\"0.08\" effort=\"10\" velocity=\"1\"/></joint>\n");
        text.Append("  <joint name=\"finger_left\" type=\"prismatic\"><parent link=\"tool\"/><child link=\"finger_left\"/><axis xyz=\"0 1 0\"/><limit lower=\"0\" upper=\"0.04\" effort=\"10\" velocity=\"1\"/><mimic joint=\"gripper\" multiplier=\"0.5\"/></joint>\n");
        text.Append("  <joint name=\"finger_right\" type=\"prismatic\"><parent link=\"tool\"/><child link=\"finger_right\"/><axis xyz=\"0 -1 0\"/><limit lower=\"0\" upper=\"0.04\" effort=\"10\" velocity=\"1\"/><mimic joint=\"gripper\" multiplier=\"0.5\"/></joint>\n");
        return text.Append("</robot>\n").ToString();
    }

    private static void Link(StringBuilder text, string name, double x, double y, double z, double sizeX, double sizeY, double sizeZ) =>
        text.Append(CultureInfo.InvariantCulture, $"  <link name=\"{name}\"><visual><origin xyz=\"{x} {y} {z}\"/><geometry><box size=\"{sizeX} {sizeY} {sizeZ}\"/></geometry></visual></link>\n");

    private static void Revolute(StringBuilder text, string name, string parent, string child, double x, double z, string axis) =>
        text.Append(CultureInfo.InvariantCulture, $"  <joint name=\"{name}\" type=\"revolute\"><parent link=\"{parent}\"/><child link=\"{child}\"/><origin xyz=\"{x} 0 {z}\"/><axis xyz=\"{axis}\"/><limit lower=\"-3.1416\" upper=\"3.1416\" effort=\"20\" velocity=\"6\"/></joint>\n");
}
