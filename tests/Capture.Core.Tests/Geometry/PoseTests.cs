using Capture.Core.Geometry;

namespace Capture.Core.Tests.Geometry;

/// <summary>Rotations and poses in ordinary positions; those near a singularity are in <see cref="NearSingularRotationTests"/>.</summary>
public sealed class PoseTests
{
    private static readonly Pose A = new(Rotation.FromRotationVector(new(0.3, -0.7, 1.1)), new(1, 2, 3));
    private static readonly Pose B = new(Rotation.FromRotationVector(new(-1.2, 0.4, 0.2)), new(-0.5, 0.1, 0.7));

    [Test]
    public void The_default_pose_is_the_identity() => Assert.That(default(Pose) * new Vector3d(1, 2, 3), Is.EqualTo(new Vector3d(1, 2, 3)));

    [Test]
    public void Names_chain()
    {
        Vector3d p = new(0.2, -0.3, 0.9);
        Assert.That((((A * B) * p) - (A * (B * p))).Length, Is.LessThan(1e-14));
        Assert.That(((A.Inverse() * (A * p)) - p).Length, Is.LessThan(1e-14));
    }

    [Test]
    public void A_quarter_turn_about_z_takes_x_to_y()
    {
        Rotation quarter = Rotation.FromQuaternion(0, 0, Math.Sqrt(0.5), Math.Sqrt(0.5));
        Assert.That(((quarter * Vector3d.UnitX) - Vector3d.UnitY).Length, Is.LessThan(1e-15));
        Assert.That(((quarter.ToMatrix() * Vector3d.UnitX) - Vector3d.UnitY).Length, Is.LessThan(1e-15));
    }

    [Test]
    public void A_change_leads_back()
    {
        double[] change = new double[6];
        A.ChangeTo(B, change);
        Pose moved = A.Moved(change);
        Assert.That((moved.Translation - B.Translation).Length, Is.LessThan(1e-14));
        Assert.That((moved.Rotation * B.Rotation.Inverse()).Angle, Is.LessThan(1e-14));
    }

    [Test]
    public void The_left_Jacobian_agrees_with_differences()
    {
        Vector3d v = new(0.4, -0.9, 0.6);
        Matrix3d j = Rotation.LeftJacobian(v);
        Vector3d[] axes = [Vector3d.UnitX, Vector3d.UnitY, Vector3d.UnitZ];
        for (int i = 0; i < 3; i++)
        {
            Vector3d step = axes[i] * 1e-6;
            Vector3d difference = (Rotation.FromRotationVector(v + step) * Rotation.FromRotationVector(v - step).Inverse()).ToRotationVector() / 2e-6;
            Assert.That((difference - j.Column(i)).Length, Is.LessThan(1e-8));
        }
    }

    [Test]
    public void Halfway_is_halfway()
    {
        Pose middle = Pose.Interpolate(A, B, 0.5);
        Assert.That((middle.Rotation * A.Rotation.Inverse()).Angle, Is.EqualTo((B.Rotation * middle.Rotation.Inverse()).Angle).Within(1e-13));
    }

    [Test]
    public void Refuses_a_quaternion_of_no_length() => Assert.That(() => Rotation.FromQuaternion(0, 0, 0, 0), Throws.ArgumentException);
}
