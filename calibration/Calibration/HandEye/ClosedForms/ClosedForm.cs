using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Calibration.HandEye.ClosedForms;

/// <summary>The closed forms in the literature. None is safe on all data, so all are run and ranked by what they leave over.</summary>
public enum ClosedForm
{
    /// <summary>Tsai and Lenz 1989: modified Rodrigues vectors, then translation.</summary>
    Tsai,

    /// <summary>Park and Martin 1994: logarithms, then translation.</summary>
    Park,

    /// <summary>Horaud and Dornaika 1995: quaternions, then translation.</summary>
    Horaud,

    /// <summary>Andreff, Horaud and Espiau 1999: one linear system in matrix entries.</summary>
    Andreff,

    /// <summary>Daniilidis 1999: dual quaternions.</summary>
    Daniilidis,

    /// <summary>Shah 2013: robot-world and hand-eye by the Kronecker product, rotation first.</summary>
    Shah,

    /// <summary>Li, Wang and Wu 2010: robot-world and hand-eye as one linear system.</summary>
    Li,
}

/// <summary>Runs one closed form.</summary>
internal static class ClosedFormSolver
{
    public static IReadOnlyList<ClosedForm> All { get; } = Enum.GetValues<ClosedForm>();

    /// <summary>X and Z by one method; null where the data are degenerate for it.</summary>
    public static HandEyePoses? Solve(ClosedForm method, IReadOnlyList<PoseEquation> equations, IReadOnlyList<Motion> motions)
    {
        HandEyePoses? poses = method switch
        {
            ClosedForm.Tsai => FromRotation(RotationFirst.Tsai(motions), motions, equations),
            ClosedForm.Park => FromRotation(RotationFirst.Park(motions), motions, equations),
            ClosedForm.Horaud => FromRotation(RotationFirst.Horaud(motions), motions, equations),
            ClosedForm.Andreff => WithZ(RotationAndTranslation.Andreff(motions), equations),
            ClosedForm.Daniilidis => WithZ(RotationAndTranslation.Daniilidis(motions), equations),
            ClosedForm.Shah => RobotWorld.Shah(equations),
            _ => RobotWorld.Li(equations),
        };
        return poses is { X.IsFinite: true, Z.IsFinite: true } ? poses : null;
    }

    /// <summary>The rotation nearest to a 3 × 3 matrix, whatever its scale; null where it has no rotation in it.</summary>
    internal static Rotation? Nearest(Matrix<double> m)
    {
        if (m.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        double sign = m.Determinant() < 0 ? -1 : 1;
        MathNet.Numerics.LinearAlgebra.Factorization.Svd<double> svd = (sign * m).Svd();
        if (svd.S[0] <= 0)
        {
            return null;
        }

        Matrix<double> r = svd.U * svd.VT;
        if (r.Determinant() < 0)
        {
            var flip = DenseMatrix.CreateIdentity(3);
            flip[2, 2] = -1;
            r = svd.U * flip * svd.VT;
        }

        return Rotation.FromMatrix(new Matrix3d(r[0, 0], r[0, 1], r[0, 2], r[1, 0], r[1, 1], r[1, 2], r[2, 0], r[2, 1], r[2, 2]));
    }

    internal static DenseMatrix Dense(Matrix3d m) => (DenseMatrix)Matrix<double>.Build.DenseOfRowMajor(3, 3, m.ToRows());

    /// <summary>The rotation R that minimises Σ |α − R β|² (Wahba's problem).</summary>
    internal static Rotation? Align(IEnumerable<(Vector3d Alpha, Vector3d Beta)> vectors)
    {
        var h = new DenseMatrix(3, 3);
        foreach ((Vector3d a, Vector3d b) in vectors)
        {
            double[] x = [a.X, a.Y, a.Z];
            double[] y = [b.X, b.Y, b.Z];
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    h[i, j] += x[i] * y[j];
                }
            }
        }

        if (h.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        // Not Nearest: here a reflection must be turned into the best rotation, not into its opposite.
        MathNet.Numerics.LinearAlgebra.Factorization.Svd<double> svd = h.Svd();
        var flip = DenseMatrix.CreateIdentity(3);
        flip[2, 2] = (svd.U * svd.VT).Determinant() < 0 ? -1 : 1;
        Matrix<double> r = svd.U * flip * svd.VT;
        return Rotation.FromMatrix(new Matrix3d(r[0, 0], r[0, 1], r[0, 2], r[1, 0], r[1, 1], r[1, 2], r[2, 0], r[2, 1], r[2, 2]));
    }

    /// <summary>Z as the mean of A · X · B.</summary>
    internal static HandEyePoses? WithZ(Pose? x, IReadOnlyList<PoseEquation> equations)
    {
        if (x is not { IsFinite: true } pose)
        {
            return null;
        }

        var sum = new DenseMatrix(4, 4);
        Vector3d translation = default;
        foreach (PoseEquation e in equations)
        {
            Pose z = e.A * pose * e.B;
            double[] q = [z.Rotation.X, z.Rotation.Y, z.Rotation.Z, z.Rotation.W];
            for (int i = 0; i < 4; i++)
            {
                for (int j = 0; j < 4; j++)
                {
                    sum[i, j] += q[i] * q[j];
                }
            }

            translation += z.Translation;
        }

        // The mean rotation: the largest eigenvector of Σ q qᵀ (Markley 2007).
        Vector<double> mean = sum.Evd(Symmetricity.Symmetric).EigenVectors.Column(3);
        return new HandEyePoses(pose, new Pose(Rotation.FromQuaternion(mean[0], mean[1], mean[2], mean[3]), translation / equations.Count));
    }

    /// <summary>Translation by (R_A − I) t = R_X t_B − t_A over all motions.</summary>
    internal static Pose? WithTranslation(Rotation rotation, IReadOnlyList<Motion> motions)
    {
        var normal = new DenseMatrix(3, 3);
        var right = new DenseVector(3);
        foreach (Motion m in motions)
        {
            DenseMatrix left = Dense(m.A.Rotation.ToMatrix());
            for (int i = 0; i < 3; i++)
            {
                left[i, i] -= 1;
            }

            Vector3d b = (rotation * m.B.Translation) - m.A.Translation;
            normal += (DenseMatrix)left.TransposeThisAndMultiply(left);
            right += (DenseVector)left.TransposeThisAndMultiply(DenseVector.OfArray([b.X, b.Y, b.Z]));
        }

        Vector<double> t = normal.Svd().Solve(right);
        return new Pose(rotation, new Vector3d(t[0], t[1], t[2]));
    }

    private static HandEyePoses? FromRotation(Rotation? rotation, IReadOnlyList<Motion> motions, IReadOnlyList<PoseEquation> equations) =>
        rotation is { } r ? WithZ(WithTranslation(r, motions), equations) : null;
}
