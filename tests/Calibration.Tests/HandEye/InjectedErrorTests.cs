using Calibration.HandEye;
using Capture.Core.Geometry;

namespace Calibration.Tests.HandEye;

/// <summary>
/// Mistakes that people make, put into good data: found and named. What this does not prove: that two mistakes at once are taken apart, or that a mistake which is consistent in itself
/// (both columns mirrored) can be seen at all.
/// </summary>
internal sealed class InjectedErrorTests
{
    private static readonly (string Name, Func<PosePair, PosePair> Spoil, string Named)[] s_mistakes =
    [
        ("Millimetres_of_the_target", p => p with { Target = Scaled(p.Target, 1000) }, "target's positions are in millimetres"),
        ("Millimetres_of_the_robot", p => p with { Robot = Scaled(p.Robot, 1000) }, "robot's positions are in millimetres"),
        ("Squares_too_large", p => p with { Target = Scaled(p.Target, 1.04) }, "size of the target's squares"),
        ("Robot_inverted", p => p with { Robot = p.Robot.Inverse() }, "robot's poses are inverted"),
        ("Target_inverted", p => p with { Target = p.Target.Inverse() }, "target's poses are inverted"),
        ("Robot_w_first", p => p with { Robot = WFirst(p.Robot) }, "robot's quaternions are written w first"),
        ("Target_w_first", p => p with { Target = WFirst(p.Target) }, "target's quaternions are written w first"),
        ("Target_left_handed", p => p with { Target = LeftHanded(p.Target) }, "left-handed"),
        ("Robot_left_handed", p => p with { Robot = LeftHanded(p.Robot) }, "left-handed"),
        ("Target_y_mirrored_in_positions_only", p => p with { Target = p.Target with { Translation = LeftHanded(p.Target).Translation } }, "y is mirrored"),
        ("Robot_conjugated", p => p with { Robot = p.Robot with { Rotation = p.Robot.Rotation.Inverse() } }, "robot's rotations are the wrong way round"),
    ];

    private static IEnumerable<TestCaseData> Mistakes() =>
        from m in s_mistakes
        from setup in Enum.GetValues<HandEyeSetup>()
        select new TestCaseData(m.Spoil, m.Named, setup).SetName($"{m.Name}_{setup}_is_named");

    [TestCaseSource(nameof(Mistakes))]
    public void Is_named(Func<PosePair, PosePair> spoil, string named, HandEyeSetup setup)
    {
        foreach (int seed in (int[])[1, 2, 3])
        {
            var hand = new SimulatedHand(seed, setup) { RobotRotationRad = 0.001 };
            HandEyeResult result = HandEyeSolver.Solve([.. hand.Pairs(30).Select(spoil)], setup);
            Assert.That(result.Suspicions, Has.Some.Contains(named), $"seed {seed}");
            Assert.That(result.Judgement, Is.EqualTo(Judgement.Bad));
        }
    }

    [Test]
    public void Degrees_taken_for_radians_are_named([Range(1, 3)] int seed)
    {
        var hand = new SimulatedHand(seed, HandEyeSetup.EyeInHand);
        PosePair[] spoiled = [.. hand.Pairs(30).Select(p => p with
        {
            Robot = p.Robot with { Rotation = Rotation.FromRotationVector(p.Robot.Rotation.ToRotationVector() * (180 / Math.PI)) },
        })];
        HandEyeResult result = HandEyeSolver.Solve(spoiled, HandEyeSetup.EyeInHand);
        Assert.That(result.Suspicions, Has.Some.Contains("degrees taken for radians"));
        Assert.That(result.Judgement, Is.EqualTo(Judgement.Bad));
    }

    [Test]
    public void Good_data_raise_no_suspicion([Values] HandEyeSetup setup, [Range(1, 20)] int seed)
    {
        var hand = new SimulatedHand(seed, setup) { RobotRotationRad = 0.001, RobotTranslationM = 0.0005 };
        HandEyeResult result = HandEyeSolver.Solve(hand.Pairs(20), setup);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Suspicions, Is.Empty);
            Assert.That(result.Outliers, Is.Empty);
            Assert.That(result.Judgement, Is.EqualTo(Judgement.Good), string.Join("; ", result.Reasons));
        }
    }

    [Test]
    public void A_pose_off_by_20_degrees_is_named_and_left_out([Values] HandEyeSetup setup, [Range(1, 10)] int seed, [Values(1, 4)] int count)
    {
        var hand = new SimulatedHand(seed, setup) { RobotRotationRad = 0.001 };
        PosePair[] pairs = hand.Pairs(40);
        int[] wild = [.. Enumerable.Range(0, count).Select(k => (seed + (9 * k)) % 40).Order()];
        foreach (int i in wild)
        {
            pairs[i] = pairs[i] with { Target = pairs[i].Target with { Rotation = Rotation.FromRotationVector(hand.Jitter(1).Normalized() * (20 * Math.PI / 180)) * pairs[i].Target.Rotation } };
        }

        HandEyeResult result = HandEyeSolver.Solve(pairs, setup);
        double[] sigma = result.Sigma;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Outliers.Select(o => o.Index), Is.EqualTo(wild));
            Assert.That(result.Outliers.Select(o => o.RotationRad * 180 / Math.PI), Is.All.EqualTo(20).Within(2));
            Assert.That((result.Poses.X.Translation - hand.Truth.X.Translation).Length, Is.LessThan(6 * sigma.Take(3).Max()));
        }
    }

    private static Pose Scaled(Pose p, double factor) => p with { Translation = p.Translation * factor };

    private static Pose WFirst(Pose p) => p with { Rotation = Rotation.FromQuaternion(p.Rotation.W, p.Rotation.X, p.Rotation.Y, p.Rotation.Z) };

    // y mirrored, as an engine with a left-handed frame would say it.
    private static Pose LeftHanded(Pose p) =>
        new(Rotation.FromQuaternion(-p.Rotation.X, p.Rotation.Y, -p.Rotation.Z, p.Rotation.W), new Vector3d(p.Translation.X, -p.Translation.Y, p.Translation.Z));
}
