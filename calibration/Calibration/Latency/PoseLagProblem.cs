using Calibration.HandEye;
using Calibration.Solving;
using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Latency;

/// <summary>Unknowns of a lag between two pose streams of one rigid body.</summary>
/// <param name="ShiftS">Seconds to add to the slower stream's stamps at the middle of the recording.</param>
/// <param name="Rate">How much longer a second of the slower stream is on the faster stream's clock, as a fraction.</param>
/// <param name="Body">Rotation from the slower stream's body axes to the faster one's.</param>
/// <param name="World">Rotation from the slower stream's world to the faster one's.</param>
/// <param name="Arm">From the slower stream's point of the body to the faster one's, along the slower one's body axes, m.</param>
internal readonly record struct PoseLagState(double ShiftS, double Rate, Rotation Body, Rotation World, Vector3d Arm);

/// <summary>
/// Turn and way between two samples of the slower stream, taken as they are, against the faster stream at the same two instants. Turns and ways over short windows forget how the two worlds drift
/// against each other, which a comparison of whole trajectories would not.
/// </summary>
internal sealed class PoseLagProblem(PoseStream slow, PoseSampler fast, Window[] windows, long middleNs, double rotationSigma, double translationSigma, bool estimateRate) : BlockProblem<PoseLagState>
{
    public const int Count = 11;

    public override int Unknowns => Count;

    public override int Blocks => windows.Length;

    public override int BlockSize => 6;

    public override bool Evaluate(in PoseLagState state, int block, Span<double> residuals, Span<double> jacobian)
    {
        Window w = windows[block];
        double s0 = (slow.TimesNs[w.From] - middleNs) * 1e-9;
        double s1 = (slow.TimesNs[w.To] - middleNs) * 1e-9;
        if (!fast.TrySample(middleNs + ((s0 + state.ShiftS + (state.Rate * s0)) * 1e9), out MovingPose f0)
            || !fast.TrySample(middleNs + ((s1 + state.ShiftS + (state.Rate * s1)) * 1e9), out MovingPose f1))
        {
            return false;
        }

        Pose a = slow.Poses[w.From];
        Pose b = slow.Poses[w.To];
        Rotation back = f0.Pose.Rotation.Inverse();
        Vector3d fastTurn = (back * f1.Pose.Rotation).ToRotationVector();
        Vector3d slowTurn = state.Body * (a.Rotation.Inverse() * b.Rotation).ToRotationVector();
        Vector3d lever = (b.Rotation * state.Arm) - (a.Rotation * state.Arm);
        Vector3d slowWay = state.World * (b.Translation - a.Translation + lever);
        Vector3d turn = (fastTurn - slowTurn) / rotationSigma;
        Vector3d way = (f1.Pose.Translation - f0.Pose.Translation - slowWay) / translationSigma;
        (residuals[0], residuals[1], residuals[2], residuals[3], residuals[4], residuals[5]) = (turn.X, turn.Y, turn.Z, way.X, way.Y, way.Z);
        if (jacobian.IsEmpty)
        {
            return true;
        }

        jacobian.Clear();
        Vector3d late = HandEyeResiduals.RightJacobianInverse(fastTurn) * (f1.Pose.Rotation.Inverse() * f1.AngularVelocity);
        Vector3d early = HandEyeResiduals.RightJacobianInverse(-fastTurn) * (back * f0.AngularVelocity);
        double r = 1 / rotationSigma;
        double t = 1 / translationSigma;
        Column(jacobian, 0, 0, (late - early) * r);
        Column(jacobian, 3, 0, (f1.Velocity - f0.Velocity) * t);
        if (estimateRate)
        {
            Column(jacobian, 0, 1, ((late * s1) - (early * s0)) * r);
            Column(jacobian, 3, 1, ((f1.Velocity * s1) - (f0.Velocity * s0)) * t);
        }

        Block(jacobian, 0, 2, Matrix3d.Skew(slowTurn) * r);
        Block(jacobian, 3, 5, Matrix3d.Skew(slowWay) * t);
        Matrix3d world = state.World.ToMatrix();
        Block(jacobian, 3, 8, world * (b.Rotation.ToMatrix() + (a.Rotation.ToMatrix() * -1)) * -t);
        return true;
    }

    /// <summary>Of a residual the turn, rad.</summary>
    public Vector3d Turn(ReadOnlySpan<double> r) => new Vector3d(r[0], r[1], r[2]) * rotationSigma;

    /// <summary>Of a residual the way, m.</summary>
    public Vector3d Way(ReadOnlySpan<double> r) => new Vector3d(r[3], r[4], r[5]) * translationSigma;

    public override PoseLagState Moved(in PoseLagState state, ReadOnlySpan<double> change) => new(
        state.ShiftS + change[0],
        state.Rate + change[1],
        Rotation.FromRotationVector(new Vector3d(change[2], change[3], change[4])) * state.Body,
        Rotation.FromRotationVector(new Vector3d(change[5], change[6], change[7])) * state.World,
        state.Arm + new Vector3d(change[8], change[9], change[10]));

    private static void Column(Span<double> jacobian, int row, int column, Vector3d v)
    {
        jacobian[(row * Count) + column] = v.X;
        jacobian[((row + 1) * Count) + column] = v.Y;
        jacobian[((row + 2) * Count) + column] = v.Z;
    }

    private static void Block(Span<double> jacobian, int row, int column, Matrix3d m)
    {
        Column(jacobian, row, column, m.Column(0));
        Column(jacobian, row, column + 1, m.Column(1));
        Column(jacobian, row, column + 2, m.Column(2));
    }
}
