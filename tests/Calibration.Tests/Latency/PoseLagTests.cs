using Calibration.HandEye;
using Calibration.Latency;
using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Tests.Latency;

/// <summary>Known lags, recovered. What this does not prove: that a real tracker's delay is constant; the halves of a recording are compared for that, and said when they differ.</summary>
internal sealed class PoseLagTests
{
    [Test]
    public void Shifts_are_found([Values(37, -37, 1500, -1500, 0)] int lagMs, [Values(1, 2)] int seed, [Values] bool slowIsB)
    {
        var motion = new SimulatedMotion(seed);
        PoseStream a = motion.Seen("a", slowIsB ? 120 : 30, 20);
        PoseStream b = motion.Seen("b", slowIsB ? 30 : 120, 20, lagS: lagMs / 1000.0, otherPlace: true);
        LagEstimate found = PoseLagSolver.Solve(a, b);
        TestContext.Out.WriteLine($"{found.LagNs / 1e6:0.00} ± {found.SigmaNs / 1e6:0.00} ms, rate {found.RatePpm:0} ± {found.RateSigmaPpm:0} ppm");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.LagNs / 1e6, Is.EqualTo(lagMs).Within(Math.Max(0.3, 5 * found.SigmaNs / 1e6)));
            Assert.That(found.SigmaNs, Is.LessThan(2e6));
            Assert.That(found.Suspicions, Is.Empty);
            Assert.That(found.Judgement, Is.EqualTo(Judgement.Good), string.Join("; ", found.Reasons));
        }
    }

    [Test]
    public void Equal_slow_rates_do_not_pull_the_lag_towards_half_a_frame([Range(1, 5)] int seed)
    {
        var motion = new SimulatedMotion(seed) { RotationNoiseRad = 0.01, PositionNoiseM = 0.004 };
        LagEstimate found = PoseLagSolver.Solve(motion.Seen("a", 30, 40), motion.Seen("b", 30, 40, lagS: 0.010, otherPlace: true));
        Assert.That(found.LagNs / 1e6, Is.EqualTo(10).Within(Math.Max(1, 4 * found.SigmaNs / 1e6)));
    }

    [Test]
    public void A_fast_clock_is_told_by_its_rate([Values(-300, 300)] int ppm)
    {
        var motion = new SimulatedMotion(4);
        LagEstimate found = PoseLagSolver.Solve(motion.Seen("a", 100, 60), motion.Seen("b", 30, 60, lagS: 0.05, ratePpm: ppm, otherPlace: true));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.RatePpm!.Value, Is.EqualTo(ppm).Within(Math.Max(20, 4 * found.RateSigmaPpm!.Value)));
            Assert.That(found.LagNs / 1e6, Is.EqualTo(50).Within(1));
        }
    }

    [Test]
    public void Poses_that_are_inverted_give_the_same_lag()
    {
        var motion = new SimulatedMotion(5);
        PoseStream b = motion.Seen("b", 30, 20, lagS: 0.037, otherPlace: true);
        LagEstimate found = PoseLagSolver.Solve(motion.Seen("a", 120, 20), b with { Poses = [.. b.Poses.Select(p => p.Inverse())] });
        Assert.That(found.LagNs / 1e6, Is.EqualTo(37).Within(1));
    }

    [Test]
    public void Translation_alone_gives_a_lag_too()
    {
        var motion = new SimulatedMotion(6, turnRad: 0) { RotationNoiseRad = 0.001 };
        LagEstimate found = PoseLagSolver.Solve(motion.Seen("a", 120, 20), motion.Seen("b", 30, 20, lagS: 0.037, otherPlace: true));
        Assert.That(found.LagNs / 1e6, Is.EqualTo(37).Within(1));
    }

    [Test]
    public void Gaps_and_unlike_lengths_do_no_harm()
    {
        var motion = new SimulatedMotion(7);
        PoseStream a = motion.Seen("a", 120, 40);
        PoseStream b = motion.Seen("b", 30, 25, lagS: 0.2, otherPlace: true, startS: 8, jitterS: 0.005);
        bool Kept(long t) => ((t / 1_000_000_000) % 7) is not (2 or 3);
        int[] kept = [.. Enumerable.Range(0, a.Count).Where(i => Kept(a.TimesNs[i]))];
        LagEstimate found = PoseLagSolver.Solve(a with { TimesNs = [.. kept.Select(i => a.TimesNs[i])], Poses = [.. kept.Select(i => a.Poses[i])] }, b);
        Assert.That(found.LagNs / 1e6, Is.EqualTo(200).Within(1.5));
    }

    [Test]
    public void Clocks_of_different_epochs_are_refused_and_then_counted_from_their_start()
    {
        var motion = new SimulatedMotion(8);
        PoseStream a = motion.Seen("a", 120, 20);
        PoseStream b = motion.Seen("b", 30, 20, lagS: 5_000, otherPlace: true);
        Assert.That(() => PoseLagSolver.Solve(a, b), Throws.TypeOf<NoLagException>().With.Message.Contains("no time in common").And.Message.Contains("--from-start"));
        LagEstimate found = PoseLagSolver.Solve(a, b, new LagOptions(FromStart: true));
        Assert.That(found.LagNs / 1e9, Is.EqualTo(5_000).Within(0.002));
    }

    [Test]
    public void A_body_at_rest_is_refused()
    {
        var motion = new SimulatedMotion(9, turnRad: 0, wayM: 0) { RotationNoiseRad = 0.0005, PositionNoiseM = 0.0002 };
        Assert.That(() => PoseLagSolver.Solve(motion.Seen("a", 120, 20), motion.Seen("b", 30, 20, otherPlace: true)), Throws.TypeOf<NoLagException>().With.Message.Contains("hardly moves"));
    }

    [Test]
    public void Different_motions_are_refused() =>
        Assert.That(() => PoseLagSolver.Solve(new SimulatedMotion(10).Seen("a", 120, 60), new SimulatedMotion(11).Seen("b", 30, 60, otherPlace: true)), Throws.TypeOf<NoLagException>());

    [TestCase("degrees", "degrees taken for radians")]
    [TestCase("millimetres", "millimetres")]
    [TestCase("left-handed", "left-handed poses")]
    [TestCase("conjugated", "the wrong way round")]
    [TestCase("w first", "quaternions of b are written w first")]
    public void Mistakes_are_named(string mistake, string named)
    {
        var motion = new SimulatedMotion(12, turnRad: mistake == "degrees" ? 0.08 : 0.25);
        PoseStream b = motion.Seen("b", 60, 30, lagS: 0.037, otherPlace: true);
        Pose Spoil(Pose p) => mistake switch
        {
            "left-handed" => new Pose(Rotation.FromQuaternion(-p.Rotation.X, p.Rotation.Y, -p.Rotation.Z, p.Rotation.W), p.Translation with { Y = -p.Translation.Y }),
            "conjugated" => p with { Rotation = p.Rotation.Inverse() },
            "w first" => p with { Rotation = Rotation.FromQuaternion(p.Rotation.W, p.Rotation.X, p.Rotation.Y, p.Rotation.Z) },
            "degrees" => p with { Rotation = Rotation.FromRotationVector(p.Rotation.ToRotationVector() * (180 / Math.PI)) },
            _ => p with { Translation = p.Translation * 1000 },
        };
        LagEstimate found = PoseLagSolver.Solve(motion.Seen("a", 120, 30), b with { Poses = [.. b.Poses.Select(Spoil)] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Suspicions, Has.Some.Contains(named));
            Assert.That(found.LagNs / 1e6, Is.EqualTo(37).Within(3));
        }
    }
}
