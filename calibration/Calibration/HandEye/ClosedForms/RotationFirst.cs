using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Calibration.HandEye.ClosedForms;

/// <summary>The rotation of X from A · X = X · B, by its rotations alone.</summary>
internal static class RotationFirst
{
    /// <summary>R. Tsai, R. Lenz, "A new technique for fully autonomous and efficient 3D robotics hand/eye calibration" (1989).</summary>
    public static Rotation? Tsai(IReadOnlyList<Motion> motions)
    {
        var normal = new DenseMatrix(3, 3);
        var right = new DenseVector(3);
        foreach (Motion m in motions)
        {
            Vector3d a = Rodrigues(m.A.Rotation);
            Vector3d b = Rodrigues(m.B.Rotation);
            DenseMatrix skew = ClosedFormSolver.Dense(Matrix3d.Skew(a + b));
            Vector3d d = b - a;
            normal += (DenseMatrix)skew.TransposeThisAndMultiply(skew);
            right += (DenseVector)skew.TransposeThisAndMultiply(DenseVector.OfArray([d.X, d.Y, d.Z]));
        }

        // The vector found is tan(θ/2) · axis of X. Near half a turn it runs away: the method's own weakness.
        Vector<double> p = normal.Svd().Solve(right);
        Vector3d v = new(p[0], p[1], p[2]);
        return v.IsFinite ? Rotation.FromQuaternion(v.X, v.Y, v.Z, 1) : null;
    }

    /// <summary>F. Park, B. Martin, "Robot sensor calibration: solving AX = XB on the Euclidean group" (1994).</summary>
    public static Rotation? Park(IReadOnlyList<Motion> motions) =>
        ClosedFormSolver.Align(motions.Select(m => (m.A.Rotation.ToRotationVector(), m.B.Rotation.ToRotationVector())));

    /// <summary>R. Horaud, F. Dornaika, "Hand-eye calibration" (1995), the closed form: Σ |q_A ∘ q − q ∘ q_B|² is least for an eigenvector.</summary>
    public static Rotation? Horaud(IReadOnlyList<Motion> motions)
    {
        var sum = new DenseMatrix(4, 4);
        foreach (Motion m in motions)
        {
            Rotation a = m.A.Rotation.Canonical();
            Rotation b = m.B.Rotation.Canonical();
            DenseMatrix d = Left(a) - Right(b);
            sum += (DenseMatrix)d.TransposeThisAndMultiply(d);
        }

        if (sum.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        Vector<double> q = sum.Evd(Symmetricity.Symmetric).EigenVectors.Column(0);
        return Rotation.FromQuaternion(q[0], q[1], q[2], q[3]);
    }

    // 2 sin(θ/2) · axis.
    private static Vector3d Rodrigues(Rotation r)
    {
        Rotation c = r.Canonical();
        return 2 * new Vector3d(c.X, c.Y, c.Z);
    }

    /// <summary>The matrix of q ↦ a ∘ q on (x, y, z, w).</summary>
    private static DenseMatrix Left(Rotation a) => (DenseMatrix)Matrix<double>.Build.DenseOfRowMajor(4, 4, (double[])[
        a.W, -a.Z, a.Y, a.X,
        a.Z, a.W, -a.X, a.Y,
        -a.Y, a.X, a.W, a.Z,
        -a.X, -a.Y, -a.Z, a.W]);

    /// <summary>The matrix of q ↦ q ∘ b on (x, y, z, w).</summary>
    private static DenseMatrix Right(Rotation b) => (DenseMatrix)Matrix<double>.Build.DenseOfRowMajor(4, 4, (double[])[
        b.W, b.Z, -b.Y, b.X,
        -b.Z, b.W, b.X, b.Y,
        b.Y, -b.X, b.W, b.Z,
        -b.X, -b.Y, -b.Z, b.W]);
}
