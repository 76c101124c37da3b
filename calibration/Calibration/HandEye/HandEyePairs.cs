using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>Where the camera is.</summary>
public enum HandEyeSetup
{
    /// <summary>The camera is on the gripper, the target stands in the room. Sought: T_gripper_camera; beside it T_base_target.</summary>
    EyeInHand,

    /// <summary>The camera stands in the room, the target is on the gripper. Sought: T_base_camera; beside it T_gripper_target.</summary>
    EyeToHand,
}

/// <summary>One moment at which the robot stood still and the target was seen.</summary>
/// <param name="Robot">T_base_gripper.</param>
/// <param name="Target">T_camera_target.</param>
/// <param name="Label">How people find it again: a row, a picture's name.</param>
/// <param name="TargetCovariance">Covariance of <paramref name="Target"/> (6 × 6, translation then rotation, along the camera's axes) where its pixels gave one; null where unknown.</param>
public sealed record PosePair(Pose Robot, Pose Target, string Label, double[]? TargetCovariance = null)
{
    /// <summary>The corners that <see cref="Target"/> comes from; with them the refinement runs on pixels. Null: on poses.</summary>
    public TargetPixels? Pixels { get; init; }
}

/// <summary>
/// The equation behind both set-ups: <c>A · X · B = Z</c>, X and Z constant. Eye in hand: A = T_base_gripper, X = T_gripper_camera, B = T_camera_target, Z = T_base_target.
/// Eye to hand: A = T_gripper_base, X = T_base_camera, B = T_camera_target, Z = T_gripper_target.
/// </summary>
internal readonly record struct PoseEquation(Pose A, Pose B)
{
    public static PoseEquation[] From(IReadOnlyList<PosePair> pairs, HandEyeSetup setup) =>
        [.. pairs.Select(p => new PoseEquation(setup == HandEyeSetup.EyeInHand ? p.Robot : p.Robot.Inverse(), p.Target))];

    /// <summary>What B should be.</summary>
    public Pose Predicted(Pose x, Pose z) => x.Inverse() * A.Inverse() * z;
}

/// <summary>The two unknown poses.</summary>
/// <param name="X">T_gripper_camera (eye in hand) or T_base_camera (eye to hand).</param>
/// <param name="Z">T_base_target (eye in hand) or T_gripper_target (eye to hand).</param>
public readonly record struct HandEyePoses(Pose X, Pose Z);
