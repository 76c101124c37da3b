using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>The noise that the residuals show, one standard deviation a coordinate.</summary>
/// <param name="TranslationM">Of the target's place and the robot's place together.</param>
/// <param name="TargetRotationRad">Of the target's orientation as the camera saw it.</param>
/// <param name="RobotRotationRad">Of the robot's orientation. It is told from the target's because it also moves the target's place, over the arm between gripper and target.</param>
public sealed record PoseNoise(double TranslationM, double TargetRotationRad, double RobotRotationRad)
{
    /// <summary>Of the residual's rotation as a whole.</summary>
    public double RotationRad => Math.Sqrt((TargetRotationRad * TargetRotationRad) + (RobotRotationRad * RobotRotationRad));
}

/// <summary>
/// Covariances of the residuals and their estimation by restricted maximum likelihood, so that the unknowns that were fitted do not make the noise look smaller than it is.
/// Source: Patterson and Thompson (1971); Harville (1977).
/// </summary>
/// <remarks>With covariances from pixels, these stand in place of the target's rotation noise, and the translation noise is what comes on top of them.</remarks>
internal sealed class PoseNoiseFit(IReadOnlyList<PoseEquation> equations, IReadOnlyList<double[]?> targetCovariances, HandEyeSetup setup)
{
    private const int Size = HandEyeResiduals.Size;
    private const int Unknowns = 12;
    private const int AtMost = 400;
    private static readonly double s_leastLog = Math.Log(1e-8);

    /// <summary>The lower factor of each residual's covariance.</summary>
    public double[][] Factors(PoseNoise noise, in HandEyePoses state)
    {
        double[][] factors = new double[equations.Count][];
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i] = Factor(i, noise, Arm(i, state));
        }

        return factors;
    }

    /// <summary>The most likely noise around a state.</summary>
    public PoseNoise Estimate(PoseNoise start, in HandEyePoses state)
    {
        int step = Math.Max(1, equations.Count / AtMost);
        int[] chosen = [.. Enumerable.Range(0, equations.Count).Where(i => i % step == 0)];
        var problem = new HandEyeResiduals(equations, null);
        double[][] residuals = new double[chosen.Length][];
        double[][] jacobians = new double[chosen.Length][];
        var arms = new Vector3d[chosen.Length];
        for (int i = 0; i < chosen.Length; i++)
        {
            residuals[i] = new double[Size];
            jacobians[i] = new double[Size * Unknowns];
            problem.Evaluate(state, chosen[i], residuals[i], jacobians[i]);
            arms[i] = Arm(chosen[i], state);
        }

        double[] r = new double[Size];
        double[] j = new double[Size * Unknowns];
        double[] normal = new double[Unknowns * Unknowns];
        double[] right = new double[Unknowns];
        double MinusLikelihood(ReadOnlySpan<double> logs)
        {
            PoseNoise noise = FromLogs(logs);
            Array.Clear(normal);
            Array.Clear(right);
            double sum = 0;
            for (int i = 0; i < chosen.Length; i++)
            {
                double[] factor = Factor(chosen[i], noise, arms[i]);
                residuals[i].CopyTo(r, 0);
                jacobians[i].CopyTo(j, 0);
                SymmetricSystem.SolveLower(factor, Size, r);
                for (int c = 0; c < Unknowns; c++)
                {
                    SymmetricSystem.SolveLower(factor, Size, j, Unknowns, c);
                }

                sum += SymmetricSystem.LogDeterminant(factor, Size);
                for (int k = 0; k < Size; k++)
                {
                    sum += r[k] * r[k];
                    for (int a = 0; a < Unknowns; a++)
                    {
                        double v = j[(k * Unknowns) + a];
                        right[a] += v * r[k];
                        for (int b = 0; b <= a; b++)
                        {
                            normal[(a * Unknowns) + b] += v * j[(k * Unknowns) + b];
                        }
                    }
                }
            }

            if (!SymmetricSystem.Factor(normal, Unknowns))
            {
                return double.PositiveInfinity;
            }

            sum += SymmetricSystem.LogDeterminant(normal, Unknowns);
            SymmetricSystem.SolveLower(normal, Unknowns, right);
            foreach (double v in right)
            {
                sum -= v * v;
            }

            return sum;
        }

        double[] best = DownhillSimplex.Minimize(MinusLikelihood, [Log(start.TranslationM), Log(start.TargetRotationRad), Log(Math.Max(start.RobotRotationRad, start.TargetRotationRad / 3))], 0.7, 120);
        return FromLogs(best);
    }

    private static double Log(double sigma) => Math.Log(Math.Max(sigma, 1e-7));

    private static PoseNoise FromLogs(ReadOnlySpan<double> logs) => new(Exp(logs[0]), Exp(logs[1]), Exp(logs[2]));

    private static double Exp(double log) => Math.Exp(Math.Clamp(log, s_leastLog, 3));

    /// <summary>From the gripper's origin to the target's, along the camera's axes: the arm over which a turn of the robot moves the target.</summary>
    private Vector3d Arm(int i, in HandEyePoses state)
    {
        Pose a = equations[i].A;
        Vector3d arm = setup == HandEyeSetup.EyeInHand ? a.Inverse() * state.Z.Translation : a.Rotation.Inverse() * state.Z.Translation;
        return state.X.Rotation.Inverse() * arm;
    }

    private double[] Factor(int i, PoseNoise noise, Vector3d arm)
    {
        double[] c = new double[Size * Size];
        double robot = noise.RobotRotationRad * noise.RobotRotationRad;
        double translation = noise.TranslationM * noise.TranslationM;
        double[]? given = targetCovariances[i];
        double rotation = given is null ? noise.TargetRotationRad * noise.TargetRotationRad : 0;

        // A turn δ of the robot shifts the target by δ × arm = −[arm] δ.
        double l2 = Vector3d.Dot(arm, arm);
        double[] l = [arm.X, arm.Y, arm.Z];
        double[] skew = Matrix3d.Skew(arm).ToRows();
        for (int r = 0; r < 3; r++)
        {
            for (int k = 0; k < 3; k++)
            {
                c[(r * Size) + k] = robot * ((r == k ? l2 : 0) - (l[r] * l[k]));
                c[((r + 3) * Size) + k] = robot * skew[(3 * r) + k];
                c[(r * Size) + k + 3] = robot * skew[(3 * k) + r];
            }

            c[(r * Size) + r] += translation;
            c[((r + 3) * Size) + r + 3] = robot + rotation;
        }

        if (given is not null)
        {
            for (int k = 0; k < c.Length; k++)
            {
                c[k] += given[k];
            }
        }

        // Rounding only: the parts are sums of squares.
        for (int k = 0; k < Size; k++)
        {
            c[(k * Size) + k] = (c[(k * Size) + k] * (1 + 1e-9)) + 1e-20;
        }

        SymmetricSystem.Factor(c, Size);
        return c;
    }
}
