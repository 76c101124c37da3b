using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>The corners behind a target's pose.</summary>
/// <param name="Camera">Its lens is taken as known.</param>
/// <param name="Points">In the target's frame, metres.</param>
/// <param name="Uv">u, v per point, pixels.</param>
public sealed record TargetPixels(CameraModel Camera, IReadOnlyList<Vector3d> Points, double[] Uv);

/// <summary>
/// The refinement on pixels. The sum that is minimised holds every corner and, per pose, what the robot may be off by; the robot's part is eliminated pose by pose. Around the target's likeliest pose
/// (between what its corners say and where the robot puts it) the corners are one measurement of six numbers with its covariance; solved again around the new answer until it rests, that is Gauss and
/// Newton's step on the whole sum.
/// </summary>
internal static class PixelPoses
{
    private const int Rounds = 3;

    // A pose that explains the corners this well is as good as the best one: small or distant planes have two.
    private const double AsGood = 1.1;
    private const double AsGoodPixels = 0.02;

    /// <summary>Poses and covariances by the corners alone, for pairs that have corners.</summary>
    /// <returns>The pairs, and σ of a corner per coordinate as all of them show it; NaN where no pair has corners.</returns>
    public static (PosePair[] Pairs, double CornerSigma) Prepare(IReadOnlyList<PosePair> pairs)
    {
        PosePair[] made = [.. pairs];
        double squares = 0, freedom = 0;
        for (int i = 0; i < made.Length; i++)
        {
            if (made[i].Pixels is { } seen && Best(seen, made[i].Target) is { } best)
            {
                made[i] = made[i] with { Target = best.Pose };
                squares += best.Rms * best.Rms * seen.Points.Count;
                freedom += (2 * seen.Points.Count) - 6;
            }
        }

        double sigma = freedom > 0 ? Math.Sqrt(squares / freedom) : double.NaN;
        return ([.. made.Select(p => p.Pixels is null ? p : Linearised(p, p.Target, sigma))], sigma);
    }

    /// <summary>Of two poses that explain a flat target's corners alike, the one that the robot speaks for.</summary>
    public static PosePair[] NearPredicted(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, in HandEyePoses poses, double sigma)
    {
        PoseEquation[] equations = PoseEquation.From(pairs, setup);
        PosePair[] made = [.. pairs];
        for (int i = 0; i < made.Length; i++)
        {
            if (made[i].Pixels is { } seen)
            {
                (Pose other, double rms) = Refine(seen, equations[i].Predicted(poses.X, poses.Z));
                (_, double own) = Refine(seen, made[i].Target);
                made[i] = rms <= (AsGood * own) + AsGoodPixels ? Linearised(made[i], other, sigma) : made[i];
            }
        }

        return made;
    }

    /// <summary>The corners as measurements around the likeliest poses at an answer.</summary>
    public static PosePair[] Around(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, in HandEyePoses poses, PoseNoise noise, double sigma)
    {
        PosePair[] made = [.. pairs];
        double[] change = new double[6], weighted = new double[6], step = new double[6];
        for (int round = 0; round < Rounds; round++)
        {
            PoseEquation[] equations = PoseEquation.From(made, setup);
            double[][] factors = new PoseNoiseFit(equations, [.. made.Select(p => p.TargetCovariance)], setup).Factors(noise, poses);
            for (int i = 0; i < made.Length; i++)
            {
                if (made[i].Pixels is null)
                {
                    continue;
                }

                // From the corners' pose towards the robot's: C (C + P)⁻¹ of the way between, C the corners' covariance and P the robot's.
                equations[i].Predicted(poses.X, poses.Z).ChangeTo(made[i].Target, change);
                change.CopyTo(weighted, 0);
                SymmetricSystem.Solve(factors[i], 6, weighted);
                double[] c = made[i].TargetCovariance!;
                for (int r = 0; r < 6; r++)
                {
                    step[r] = 0;
                    for (int k = 0; k < 6; k++)
                    {
                        step[r] -= c[(r * 6) + k] * weighted[k];
                    }
                }

                made[i] = Linearised(made[i], made[i].Target.Moved(step), sigma);
            }
        }

        return made;
    }

    private static PosePair Linearised(PosePair pair, Pose near, double sigma)
    {
        TargetPixels seen = pair.Pixels!;
        double[] normal = new double[36], gradient = new double[6];
        PlanarPose.Accumulate(seen.Camera.Lens, seen.Camera.Parameters, seen.Points, seen.Uv, near, normal, gradient);
        if (SymmetricSystem.Inverse(normal, 6) is not { } inverse)
        {
            return pair;
        }

        double[] step = new double[6];
        for (int r = 0; r < 6; r++)
        {
            for (int k = 0; k < 6; k++)
            {
                step[r] += inverse[(r * 6) + k] * gradient[k];
            }
        }

        return pair with { Target = near.Moved(step), TargetCovariance = [.. inverse.Select(v => v * sigma * sigma)] };
    }

    private static (Pose Pose, double Rms)? Best(TargetPixels seen, Pose start)
    {
        (Pose Pose, double Rms) near = Refine(seen, start);
        return PlanarPose.Solve(seen.Camera.Lens, seen.Camera.Parameters, seen.Points, seen.Uv) is { } own && !(own.Rms > near.Rms) ? own : double.IsFinite(near.Rms) ? near : null;
    }

    private static (Pose Pose, double Rms) Refine(TargetPixels seen, Pose start) => PlanarPose.Refine(seen.Camera.Lens, seen.Camera.Parameters, seen.Points, seen.Uv, start);
}
