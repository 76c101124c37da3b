using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Calibration.HandEye.ClosedForms;

/// <summary>X and Z at once from A · X = Z · C with C = B⁻¹.</summary>
internal static class RobotWorld
{
    // A linear system of 12 rows a pose; more poses than this add nothing to a start.
    private const int AtMost = 250;

    /// <summary>M. Shah, "Solving the robot-world/hand-eye calibration problem using the Kronecker product" (2013).</summary>
    public static HandEyePoses? Shah(IReadOnlyList<PoseEquation> equations)
    {
        var sum = new DenseMatrix(9, 9);
        foreach (PoseEquation e in equations)
        {
            sum += (DenseMatrix)ClosedFormSolver.Dense(e.B.Rotation.Inverse().ToMatrix()).KroneckerProduct(ClosedFormSolver.Dense(e.A.Rotation.ToMatrix()));
        }

        if (sum.Exists(v => !double.IsFinite(v)))
        {
            return null;
        }

        MathNet.Numerics.LinearAlgebra.Factorization.Svd<double> svd = sum.Svd();
        Matrix<double> rx = DenseMatrix.OfColumnMajor(3, 3, [.. svd.VT.Row(0)]);
        Matrix<double> rz = DenseMatrix.OfColumnMajor(3, 3, [.. svd.U.Column(0)]);
        if (ClosedFormSolver.Nearest(rx) is not { } x || ClosedFormSolver.Nearest(rz) is not { } z)
        {
            return null;
        }

        // [R_A, −I] [t_X; t_Z] = R_Z t_C − t_A.
        var normal = new DenseMatrix(6, 6);
        var right = new DenseVector(6);
        foreach (PoseEquation e in equations)
        {
            DenseMatrix a = ClosedFormSolver.Dense(e.A.Rotation.ToMatrix());
            DenseMatrix rows = (DenseMatrix)a.Append(-1 * DenseMatrix.CreateIdentity(3));
            Vector3d value = (z * e.B.Inverse().Translation) - e.A.Translation;
            normal += (DenseMatrix)rows.TransposeThisAndMultiply(rows);
            right += (DenseVector)rows.TransposeThisAndMultiply(DenseVector.OfArray([value.X, value.Y, value.Z]));
        }

        Vector<double> t = normal.Svd().Solve(right);
        return new HandEyePoses(new Pose(x, new Vector3d(t[0], t[1], t[2])), new Pose(z, new Vector3d(t[3], t[4], t[5])));
    }

    /// <summary>A. Li, L. Wang, D. Wu, "Simultaneous robot-world and hand-eye calibration using dual-quaternions and Kronecker product" (2010), the Kronecker form.</summary>
    public static HandEyePoses? Li(IReadOnlyList<PoseEquation> equations)
    {
        int step = Math.Max(1, equations.Count / AtMost);
        PoseEquation[] chosen = [.. equations.Where((_, i) => i % step == 0)];
        var rows = new DenseMatrix(12 * chosen.Length, 24);
        var right = new DenseVector(12 * chosen.Length);
        for (int n = 0; n < chosen.Length; n++)
        {
            // Unknown: vec R_X, vec R_Z (by columns), t_X, t_Z.
            Pose a = chosen[n].A;
            Pose c = chosen[n].B.Inverse();
            DenseMatrix ra = ClosedFormSolver.Dense(a.Rotation.ToMatrix());
            DenseMatrix rc = ClosedFormSolver.Dense(c.Rotation.ToMatrix());
            double[] tc = [c.Translation.X, c.Translation.Y, c.Translation.Z];
            double[] ta = [a.Translation.X, a.Translation.Y, a.Translation.Z];
            int at = 12 * n;
            for (int block = 0; block < 3; block++)
            {
                for (int i = 0; i < 3; i++)
                {
                    for (int k = 0; k < 3; k++)
                    {
                        rows[at + (3 * block) + i, (3 * block) + k] = ra[i, k];
                        rows[at + (3 * block) + i, 9 + (3 * k) + i] = -rc[k, block];
                    }

                    rows[at + 9 + i, 9 + (3 * block) + i] = tc[block];
                    rows[at + 9 + i, 18 + block] = -ra[i, block];
                }
            }

            for (int i = 0; i < 3; i++)
            {
                rows[at + 9 + i, 21 + i] = 1;
                right[at + 9 + i] = ta[i];
            }
        }

        if (rows.Exists(v => !double.IsFinite(v)) || rows.RowCount < 24)
        {
            return null;
        }

        Vector<double> s = rows.TransposeThisAndMultiply(rows).Svd().Solve(rows.TransposeThisAndMultiply(right));
        return ClosedFormSolver.Nearest(DenseMatrix.OfColumnMajor(3, 3, [.. s.Take(9)])) is { } x
            && ClosedFormSolver.Nearest(DenseMatrix.OfColumnMajor(3, 3, [.. s.Skip(9).Take(9)])) is { } z
            ? new HandEyePoses(new Pose(x, new Vector3d(s[18], s[19], s[20])), new Pose(z, new Vector3d(s[21], s[22], s[23])))
            : null;
    }
}
