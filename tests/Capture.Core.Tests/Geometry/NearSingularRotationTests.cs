using Capture.Core.Geometry;

namespace Capture.Core.Tests.Geometry;

/// <summary>Rotations where formulas divide by little: near none at all, near a half turn, and a quaternion's other sign.</summary>
public sealed class NearSingularRotationTests
{
    private static readonly Vector3d Axis = new Vector3d(0.3, -0.5, 0.8).Normalized();

    [TestCase(0)]
    [TestCase(1e-300)]
    [TestCase(1e-12)]
    [TestCase(1e-8)]
    [TestCase(1e-5)]
    [TestCase(0.99999e-4)]
    [TestCase(1.00001e-4)]
    [TestCase(Math.PI - 1e-3)]
    [TestCase(Math.PI - 1e-8)]
    public void A_rotation_vector_comes_back(double angle)
    {
        Vector3d back = Rotation.FromRotationVector(Axis * angle).ToRotationVector();
        Assert.That((back - (Axis * angle)).Length, Is.LessThan(1e-14 + (1e-9 * angle)));
    }

    [Test]
    public void A_half_turn_comes_back_up_to_its_sign()
    {
        Vector3d back = Rotation.FromRotationVector(Axis * Math.PI).ToRotationVector();
        Assert.That(back.Length, Is.EqualTo(Math.PI).Within(1e-12));
        Assert.That(Vector3d.Cross(back, Axis).Length, Is.LessThan(1e-12));
    }

    [TestCase(1, 0, 0)]
    [TestCase(0, 1, 0)]
    [TestCase(0, 0, 1)]
    [TestCase(0.6, 0.8, 0)]
    [TestCase(-0.6, 0, 0.8)]
    public void A_matrix_of_a_half_turn_comes_back(double x, double y, double z)
    {
        Rotation turn = Rotation.FromRotationVector(new Vector3d(x, y, z) * (Math.PI - 1e-9));
        Rotation back = Rotation.FromMatrix(turn.ToMatrix());
        Assert.That((back * turn.Inverse()).Angle, Is.LessThan(1e-8));
    }

    [Test]
    public void Both_signs_of_a_quaternion_are_one_rotation()
    {
        Rotation a = Rotation.FromQuaternion(0.1, -0.2, 0.3, -0.5), b = Rotation.FromQuaternion(-0.1, 0.2, -0.3, 0.5);
        Assert.That((a * b.Inverse()).Angle, Is.LessThan(1e-12));
        Assert.That(a.Canonical().W, Is.Positive);
        Assert.That((a.ToRotationVector() - b.ToRotationVector()).Length, Is.LessThan(1e-15));
        Assert.That(Rotation.Slerp(a, b, 0.5).ToRotationVector().Length, Is.EqualTo(a.ToRotationVector().Length).Within(1e-12), "the short way round is no way at all");
    }

    [TestCase(1e-9)]
    [TestCase(0.9999e-3)]
    [TestCase(1.0001e-3)]
    public void The_left_Jacobian_is_smooth_where_its_series_takes_over(double angle)
    {
        Vector3d v = Axis * angle;
        Vector3d image = Rotation.LeftJacobian(v) * Vector3d.UnitX;
        Vector3d expected = Vector3d.UnitX + (Vector3d.Cross(v, Vector3d.UnitX) / 2) + (Vector3d.Cross(v, Vector3d.Cross(v, Vector3d.UnitX)) / 6);
        Assert.That((image - expected).Length, Is.LessThan(1e-10));
    }
}
