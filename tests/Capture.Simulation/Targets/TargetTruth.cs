using System.Text.Json;
using Capture.Simulation.Scene;

namespace Capture.Simulation.Targets;

/// <summary>Writes what a calibration scene hides from the one who calibrates: <c>truth/calibration.json</c>.</summary>
public static class TargetTruth
{
    /// <summary>Poses are x y z (m), quaternion x y z w; T_a_b takes coordinates in b to a.</summary>
    public static void Write(string path, TargetSetting setting)
    {
        var truth = new
        {
            target = setting.Target,
            place = setting.Place == TargetPlace.Hand ? "hand" : "table",
            target_pose = new { name = setting.Place == TargetPlace.Hand ? "T_gripper_target" : "T_base_target", pose = Numbers(setting.TargetPose) },
            cameras = setting.Cameras.Select(c => new
            {
                name = c.Name,
                width = c.Lens.Width,
                height = c.Lens.Height,
                model = c.Lens.Model,
                parameters = c.Lens.Parameters,
                pose_name = c.OnHand ? "T_gripper_camera" : "T_base_camera",
                pose = Numbers(c.Pose),
            }),
        };
        File.WriteAllText(path, JsonSerializer.Serialize(truth, s_indented) + "\n");
    }

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private static double[] Numbers(Pose pose) => [pose.Position.X, pose.Position.Y, pose.Position.Z, pose.Rotation.X, pose.Rotation.Y, pose.Rotation.Z, pose.Rotation.W];
}
