using Capture.Core.Geometry;

namespace Calibration.Results;

/// <summary>A written transform and a pose, either way.</summary>
public static class RigPose
{
    public static Pose Of(TransformResult transform) => new(
        Rotation.FromQuaternion(transform.Quaternion[0], transform.Quaternion[1], transform.Quaternion[2], transform.Quaternion[3]),
        new(transform.Translation[0], transform.Translation[1], transform.Translation[2]));

    /// <param name="covariance">36 numbers, or null.</param>
    public static TransformResult Write(string parent, string child, Pose pose, double[]? covariance)
    {
        Rotation r = pose.Rotation.Canonical();
        Vector3d t = pose.Translation;
        return new(parent, child, [t.X, t.Y, t.Z], [r.X, r.Y, r.Z, r.W], covariance);
    }
}
