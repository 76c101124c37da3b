using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>
/// Residuals of the poses in the camera's frame: the change (translation, rotation) that leads from where the target should be to where it was seen. Unknowns: change of X, change of Z,
/// six numbers each.
/// </summary>
/// <param name="whitening">Per pair the lower factor L of the residual's covariance (6 × 6); the residual is L⁻¹ r. Null: as it is.</param>
internal sealed class HandEyeResiduals(IReadOnlyList<PoseEquation> equations, double[][]? whitening) : BlockProblem<HandEyePoses>
{
    public const int Size = 6;

    public override int Unknowns => 12;

    public override int Blocks => equations.Count;

    public override int BlockSize => Size;

    public override bool Evaluate(in HandEyePoses state, int block, Span<double> residuals, Span<double> jacobian)
    {
        Pose a = equations[block].A;
        Pose b = equations[block].B;
        Pose x = state.X;
        Pose z = state.Z;
        Rotation xBack = x.Rotation.Inverse();
        Rotation aBack = a.Rotation.Inverse();

        // From X's parent to the target, along the parent's axes.
        Vector3d way = (aBack * (z.Translation - a.Translation)) - x.Translation;
        Rotation predicted = xBack * aBack * z.Rotation;
        Vector3d shift = b.Translation - (xBack * way);
        Vector3d turn = (b.Rotation * predicted.Inverse()).ToRotationVector();
        Write(residuals, shift, turn);
        if (!jacobian.IsEmpty)
        {
            jacobian.Clear();
            Matrix3d toCamera = xBack.ToMatrix();
            Matrix3d zToCamera = (xBack * aBack).ToMatrix();
            Matrix3d rightInverse = RightJacobianInverse(turn);
            Put(jacobian, 0, 0, toCamera);
            Put(jacobian, 0, 3, toCamera * Matrix3d.Skew(way) * -1);
            Put(jacobian, 0, 6, zToCamera * -1);
            Put(jacobian, 3, 3, rightInverse * toCamera);
            Put(jacobian, 3, 9, rightInverse * zToCamera * -1);
        }

        if (whitening is not null)
        {
            SymmetricSystem.SolveLower(whitening[block], Size, residuals);
            for (int column = 0; !jacobian.IsEmpty && column < Unknowns; column++)
            {
                SymmetricSystem.SolveLower(whitening[block], Size, jacobian, Unknowns, column);
            }
        }

        return true;
    }

    public override HandEyePoses Moved(in HandEyePoses state, ReadOnlySpan<double> change) => new(state.X.Moved(change[..6]), state.Z.Moved(change[6..]));

    /// <summary>J⁻¹ with log(exp(v) · exp(δ)) ≈ v + J⁻¹ δ.</summary>
    internal static Matrix3d RightJacobianInverse(Vector3d v)
    {
        double angle2 = Vector3d.Dot(v, v);
        double angle = Math.Sqrt(angle2);
        double c = angle < 1e-3 ? (1.0 / 12) + (angle2 / 720)
            : angle > Math.PI - 1e-6 ? 1 / angle2
            : (1 / angle2) - ((1 + Math.Cos(angle)) / (2 * angle * Math.Sin(angle)));
        Matrix3d skew = Matrix3d.Skew(v);
        return Matrix3d.Identity + (skew * 0.5) + (skew * skew * c);
    }

    private static void Write(Span<double> r, Vector3d shift, Vector3d turn) =>
        (r[0], r[1], r[2], r[3], r[4], r[5]) = (shift.X, shift.Y, shift.Z, turn.X, turn.Y, turn.Z);

    private static void Put(Span<double> jacobian, int row, int column, Matrix3d m)
    {
        ReadOnlySpan<double> values = m.ToRows();
        for (int i = 0; i < 3; i++)
        {
            values.Slice(3 * i, 3).CopyTo(jacobian[(((row + i) * 12) + column)..]);
        }
    }
}
