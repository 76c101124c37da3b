using System.Globalization;
using Calibration.HandEye.ClosedForms;
using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.HandEye;

/// <summary>
/// When the pairs do not fit, tries the usual mistakes one by one: each is undone in a copy of the data, and the one after which the pairs fit far better is named. Nothing is corrected by itself.
/// </summary>
internal static class PairSuspicions
{
    private const double FineRotationRad = 0.5 * Math.PI / 180;
    private const double FarBetter = 0.3;
    private const double LeastScaleError = 0.004;

    // A factor that is less well known than this does not explain what is wrong.
    private const double LeastKnown = 0.05;

    // A length in another unit is known from its size: metres for millimetres, centimetres, inches.
    private static readonly (double Factor, string Unit)[] s_units = [(1000, "millimetres"), (100, "centimetres"), (39.37, "inches"), (0.001, "kilometres")];

    private static readonly (string Sentence, Func<Pose, Pose>? Robot, Func<Pose, Pose>? Target)[] s_mistakes =
    [
        ("the robot's poses are inverted (T_gripper_base instead of T_base_gripper), or --setup names the other arrangement of camera and target", p => p.Inverse(), null),
        ("the target's poses are inverted (T_target_camera instead of T_camera_target)", null, p => p.Inverse()),
        ("both the robot's and the target's poses are inverted", p => p.Inverse(), p => p.Inverse()),
        ("the robot's quaternions are written w first", WFirst, null),
        ("the target's quaternions are written w first", null, WFirst),
        ("all quaternions are written w first", WFirst, WFirst),
        ("the robot's rotations are the wrong way round (its quaternions are conjugated), while its positions fit", Conjugated, null),
        ("the target's rotations are the wrong way round (its quaternions are conjugated), while its positions fit", null, Conjugated),
    ];

    public static IReadOnlyList<string> Find(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, HandEyePoses solved)
    {
        PoseEquation[] asTold = PoseEquation.From(pairs, setup);
        double reach = HandEyeStart.Reach(asTold);
        double told = Rotations(asTold, solved);
        if (told > FineRotationRad * 2)
        {
            return Mistake(pairs, setup, told, reach) is { } sentence ? [sentence] : AnglesBroken(asTold) is { } broken ? [broken] : [];
        }

        return Scale(asTold, solved) is { } scale ? [scale] : MirroredAxis(pairs, setup, solved, reach) is { } axis ? [axis] : [];
    }

    // Positions with one axis turned round, rotations as they should be.
    private static string? MirroredAxis(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, HandEyePoses solved, double reach)
    {
        double told = Translations(PoseEquation.From(pairs, setup), solved);
        if (told < 0.03 * reach)
        {
            return null;
        }

        (Vector3d Signs, string Name)[] axes = [(new(-1, 1, 1), "x"), (new(1, -1, 1), "y"), (new(1, 1, -1), "z")];
        foreach ((Vector3d f, string name) in axes)
        {
            Pose Flip(Pose p) => p with { Translation = new(f.X * p.Translation.X, f.Y * p.Translation.Y, f.Z * p.Translation.Z) };
            foreach (bool robot in (bool[])[true, false])
            {
                PoseEquation[] mended = PoseEquation.From([.. pairs.Select(p => robot ? p with { Robot = Flip(p.Robot) } : p with { Target = Flip(p.Target) })], setup);
                if (Translations(mended, HandEyeStart.Find(mended)) < FarBetter * told)
                {
                    return $"it looks as if the {(robot ? "robot" : "target")}'s positions are left-handed while its rotations are not: {name} is mirrored";
                }
            }
        }

        return null;
    }

    private static string? Mistake(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, double told, double reach)
    {
        (string Sentence, double Rotation, double Translation)? best = null;
        foreach ((string sentence, Func<Pose, Pose>? robot, Func<Pose, Pose>? target) in s_mistakes)
        {
            PoseEquation[] mended = PoseEquation.From(
                [.. pairs.Select(p => p with { Robot = robot?.Invoke(p.Robot) ?? p.Robot, Target = target?.Invoke(p.Target) ?? p.Target })], setup);
            HandEyePoses poses = HandEyeStart.Find(mended);
            double rotation = Rotations(mended, poses);
            double translation = HandEyeStart.Median([.. mended.Select(e => HandEyeStart.Distance(e, poses).Translation)]) / reach;
            if (best is null || rotation + translation < best.Value.Rotation + best.Value.Translation)
            {
                best = (sentence, rotation, translation);
            }
        }

        return best is { } found && found.Rotation < FarBetter * told
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"it looks as if {found.Sentence}: with that undone the poses agree to {found.Rotation * 180 / Math.PI:0.0} degrees instead of {told * 180 / Math.PI:0}")
            : null;
    }

    private static double Rotations(PoseEquation[] equations, HandEyePoses poses) =>
        HandEyeStart.Median([.. equations.Select(e => HandEyeStart.Distance(e, poses).Rotation)]);

    private static double Translations(PoseEquation[] equations, HandEyePoses poses) =>
        HandEyeStart.Median([.. equations.Select(e => HandEyeStart.Distance(e, poses).Translation)]);

    private static Pose WFirst(Pose p)
    {
        // Written w x y z and read as x y z w: what was read as x is w.
        Rotation r = p.Rotation;
        return p with { Rotation = Rotation.FromQuaternion(r.Y, r.Z, r.W, r.X) };
    }

    private static Pose Conjugated(Pose p) => p with { Rotation = p.Rotation.Inverse() };

    /// <summary>
    /// By how much the target's distances are too long, from the rotations found: R_A t_X + t_A = R_Z t_C s + t_Z, linear in t_X, t_Z and s, with C = B⁻¹.
    /// </summary>
    private static string? Scale(PoseEquation[] equations, HandEyePoses poses)
    {
        const int N = 7;
        double[] normal = new double[N * N];
        double[] right = new double[N];
        double squares = 0;
        double[] row = new double[N];
        double Fit(bool accumulate, ReadOnlySpan<double> solution)
        {
            double left = 0;
            foreach (PoseEquation e in equations)
            {
                double[] a = e.A.Rotation.ToMatrix().ToRows();
                Vector3d c = poses.Z.Rotation * e.B.Inverse().Translation;
                double[] cs = [c.X, c.Y, c.Z];
                double[] ta = [e.A.Translation.X, e.A.Translation.Y, e.A.Translation.Z];
                for (int i = 0; i < 3; i++)
                {
                    Array.Clear(row);
                    a.AsSpan(3 * i, 3).CopyTo(row);
                    row[3 + i] = -1;
                    row[6] = -cs[i];
                    double value = -ta[i];
                    for (int r = 0; r < N && accumulate; r++)
                    {
                        right[r] += row[r] * value;
                        for (int k = 0; k < N; k++)
                        {
                            normal[(r * N) + k] += row[r] * row[k];
                        }
                    }

                    double error = value;
                    for (int r = 0; r < N && !accumulate; r++)
                    {
                        error -= row[r] * solution[r];
                    }

                    left += error * error;
                }
            }

            return left;
        }

        Fit(accumulate: true, []);
        if (SymmetricSystem.Inverse(normal, N) is not { } inverse)
        {
            return null;
        }

        double[] s = new double[N];
        for (int r = 0; r < N; r++)
        {
            for (int k = 0; k < N; k++)
            {
                s[r] += inverse[(r * N) + k] * right[k];
            }
        }

        squares = Fit(accumulate: false, s);
        int freedom = (3 * equations.Length) - N;
        double sigma = freedom > 0 ? Math.Sqrt(squares / freedom * inverse[(N * N) - 1]) : double.PositiveInfinity;
        double tooLong = 1 / s[6];
        if (!double.IsFinite(tooLong) || sigma > LeastKnown * Math.Abs(s[6]) || Math.Abs(s[6] - 1) < Math.Max(LeastScaleError, 5 * sigma))
        {
            return null;
        }

        // Mirroring an axis turns every rotation by the same half turns, which X and Z take up; what is left is that all distances are negative.
        if (s[6] < -5 * sigma)
        {
            return "it looks as if one of the two, robot or target, has left-handed poses: an axis is mirrored" + (Math.Abs(s[6] + 1) < 0.1 ? "" : ", and their lengths differ too");
        }

        foreach ((double factor, string unit) in s_units)
        {
            if (Math.Abs((tooLong / factor) - 1) < 0.1)
            {
                return $"it looks as if the target's positions are in {unit}, not metres (they are {tooLong.ToString("0.#", CultureInfo.InvariantCulture)} times the robot's)";
            }

            if (Math.Abs((tooLong * factor) - 1) < 0.1)
            {
                return $"it looks as if the robot's positions are in {unit}, not metres (they are {s[6].ToString("0.#", CultureInfo.InvariantCulture)} times the target's)";
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"the target's distances are {tooLong:0.0000} times those that the robot travelled (± {sigma * tooLong * tooLong:0.0000}): is the size of the target's squares or tags right? {1 / tooLong:0.0000} of the size given would fit");
    }

    /// <summary>
    /// Whether the robot's positions fit the target's poses while its rotations do not. p = R_Z (c − R_Bᵀ u) + t_Z needs no rotation of the robot; once R_Z is known,
    /// the robot's rotations should be R_Z R_Bᵀ R_Xᵀ, and one can look at what they are instead.
    /// </summary>
    private static string? AnglesBroken(PoseEquation[] equations)
    {
        // Eye to hand has A inverted: the robot's own position then needs its rotation, and nothing can be told apart.
        Vector3d u = default;
        Rotation rz = Rotation.Identity;
        Vector3d tz = default;
        double reach = HandEyeStart.Reach(equations);
        double spread = 0;
        for (int round = 0; round < 40; round++)
        {
            Vector3d[] seen = [.. equations.Select(e => e.B.Inverse() * u)];
            Vector3d seenMean = Mean(seen);
            Vector3d robotMean = Mean([.. equations.Select(e => e.A.Translation)]);
            if (ClosedFormSolver.Align(equations.Select((e, i) => (e.A.Translation - robotMean, seen[i] - seenMean))) is not { } r)
            {
                return null;
            }

            rz = r;
            tz = robotMean - (rz * seenMean);

            // u sits at the camera: where the gripper's origin is, seen by the camera. Each pair gives one; take the mean.
            u = Mean([.. equations.Select(e => e.B * (rz.Inverse() * (e.A.Translation - tz)))]);
            spread = HandEyeStart.Median([.. equations.Select(e => ((e.B * (rz.Inverse() * (e.A.Translation - tz))) - u).Length)]);
        }

        if (spread > 0.03 * reach)
        {
            return null;
        }

        // Axes: a rotation keeps its own axis, so R_Xᵀ carries the axis of R_A to that of (R_Z R_Bᵀ)ᵀ times it.
        Rotation[] expected = [.. equations.Select(e => rz * e.B.Rotation.Inverse())];
        Vector3d[] axes = [.. equations.Select(e => e.A.Rotation.ToRotationVector().Normalized())];
        string rotations = "the robot's positions fit the target's poses, but its rotations do not: they may have been made from degrees taken for radians, or from Euler angles in another order";
        if (ClosedFormSolver.Align(equations.Select((_, i) => (expected[i].Inverse() * axes[i], axes[i]))) is not { } xBack)
        {
            return rotations;
        }

        const double Degrees = 180 / Math.PI;
        double wrong = HandEyeStart.Median([.. equations.Select((e, i) =>
        {
            Vector3d v = (expected[i] * xBack).ToRotationVector();
            return (Rotation.FromRotationVector(v * Degrees) * e.A.Rotation.Inverse()).Angle;
        })]);
        return wrong < 0.5
            ? "it looks as if the robot's rotations were made from degrees taken for radians: its positions fit, and its angles are 57.3 times too large"
            : rotations;
    }

    private static Vector3d Mean(IReadOnlyList<Vector3d> vectors)
    {
        Vector3d sum = default;
        foreach (Vector3d v in vectors)
        {
            sum += v;
        }

        return sum / vectors.Count;
    }
}
