using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Calibration.HandEye.ClosedForms;

/// <summary>X from A · X = X · B, rotation and translation at once.</summary>
internal static class RotationAndTranslation
{
    /// <summary>N. Andreff, R. Horaud, B. Espiau, "On-line hand-eye calibration" (1999): linear in the entries of R_X and t_X; R_X is then made a rotation and t_X solved anew.</summary>
    public static Pose? Andreff(IReadOnlyList<Motion> motions)
    {
        var normal = new DenseMatrix(12, 12);
        var right = new DenseVector(12);
        var rows = new DenseMatrix(12, 12);
        foreach (Motion m in motions)
        {
            // vec() by columns: (I ⊗ R_A − R_Bᵀ ⊗ I) vec R = 0 and (t_Bᵀ ⊗ I) vec R + (I − R_A) t = t_A.
            rows.Clear();
            DenseMatrix a = ClosedFormSolver.Dense(m.A.Rotation.ToMatrix());
            DenseMatrix b = ClosedFormSolver.Dense(m.B.Rotation.ToMatrix());
            double[] tb = [m.B.Translation.X, m.B.Translation.Y, m.B.Translation.Z];
            for (int block = 0; block < 3; block++)
            {
                for (int i = 0; i < 3; i++)
                {
                    for (int k = 0; k < 3; k++)
                    {
                        rows[(3 * block) + i, (3 * block) + k] += a[i, k];
                        rows[(3 * block) + i, (3 * k) + i] -= b[k, block];
                    }

                    rows[9 + i, (3 * block) + i] = tb[block];
                    rows[9 + i, 9 + block] = (i == block ? 1 : 0) - a[i, block];
                }
            }

            double[] values = new double[12];
            (values[9], values[10], values[11]) = (m.A.Translation.X, m.A.Translation.Y, m.A.Translation.Z);
            normal += (DenseMatrix)rows.TransposeThisAndMultiply(rows);
            right += (DenseVector)rows.TransposeThisAndMultiply(DenseVector.OfArray(values));
        }

        if (normal.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        Vector<double> solution = normal.Svd().Solve(right);
        return ClosedFormSolver.Nearest(DenseMatrix.OfColumnMajor(3, 3, [.. solution.Take(9)])) is { } rotation
            ? ClosedFormSolver.WithTranslation(rotation, motions)
            : null;
    }

    /// <summary>K. Daniilidis, "Hand-eye calibration using dual quaternions" (1999).</summary>
    public static Pose? Daniilidis(IReadOnlyList<Motion> motions)
    {
        var sum = new DenseMatrix(8, 8);
        var rows = new DenseMatrix(6, 8);
        foreach (Motion m in motions)
        {
            (Vector3d a, Vector3d aDual) = Dual(m.A);
            (Vector3d b, Vector3d bDual) = Dual(m.B);
            rows.Clear();
            Fill(rows, 0, 0, a, b);
            Fill(rows, 3, 0, aDual, bDual);
            Fill(rows, 3, 4, a, b);
            sum += (DenseMatrix)rows.TransposeThisAndMultiply(rows);
        }

        if (sum.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        Matrix<double> vectors = sum.Evd(Symmetricity.Symmetric).EigenVectors;
        Vector<double> v7 = vectors.Column(0);
        Vector<double> v8 = vectors.Column(1);
        Vector<double> u1 = v7.SubVector(0, 4);
        Vector<double> w1 = v7.SubVector(4, 4);
        Vector<double> u2 = v8.SubVector(0, 4);
        Vector<double> w2 = v8.SubVector(4, 4);

        // λ₁ v7 + λ₂ v8 must be a unit dual quaternion: real part of length 1, dual part at a right angle to it.
        double alpha = u1 * w1;
        double beta = (u1 * w2) + (u2 * w1);
        double gamma = u2 * w2;
        if (Math.Abs(alpha) < 1e-300)
        {
            return null;
        }

        double root = Math.Sqrt(Math.Max(0, (beta * beta) - (4 * alpha * gamma)));
        double s = (-beta + root) / (2 * alpha);
        double other = (-beta - root) / (2 * alpha);
        double Length(double ratio) => (ratio * ratio * (u1 * u1)) + (2 * ratio * (u1 * u2)) + (u2 * u2);
        s = Length(s) >= Length(other) ? s : other;
        double lambda2 = 1 / Math.Sqrt(Length(s));
        Vector<double> real = (s * lambda2 * u1) + (lambda2 * u2);
        Vector<double> dual = (s * lambda2 * w1) + (lambda2 * w2);
        if (real.Exists(v => !double.IsFinite(v)) || dual.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        // Order here: (w, x, y, z). t = 2 q' q*.
        Vector3d vector = new(real[1], real[2], real[3]);
        Vector3d dualVector = new(dual[1], dual[2], dual[3]);
        Vector3d t = 2 * ((real[0] * dualVector) - (dual[0] * vector) + Vector3d.Cross(vector, dualVector));
        return new Pose(Rotation.FromQuaternion(real[1], real[2], real[3], real[0]), t);
    }

    // Vector parts of the real and the dual quaternion of a pose: q and ½ t q, with w ≥ 0.
    private static (Vector3d Real, Vector3d Dual) Dual(Pose p)
    {
        Rotation q = p.Rotation.Canonical();
        Vector3d v = new(q.X, q.Y, q.Z);
        return (v, 0.5 * ((q.W * p.Translation) + Vector3d.Cross(p.Translation, v)));
    }

    // [a − b, [a + b]×] at a place of the system.
    private static void Fill(DenseMatrix rows, int row, int column, Vector3d a, Vector3d b)
    {
        Vector3d d = a - b;
        Matrix3d skew = Matrix3d.Skew(a + b);
        double[] difference = [d.X, d.Y, d.Z];
        double[] entries = skew.ToRows();
        for (int i = 0; i < 3; i++)
        {
            rows[row + i, column] = difference[i];
            for (int j = 0; j < 3; j++)
            {
                rows[row + i, column + 1 + j] = entries[(3 * i) + j];
            }
        }
    }
}
