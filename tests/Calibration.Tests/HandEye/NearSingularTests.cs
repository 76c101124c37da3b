using Calibration.HandEye;
using Capture.Core.Geometry;

namespace Calibration.Tests.HandEye;

/// <summary>
/// Motions that determine the answer badly or not at all. What this does not prove: where exactly "badly" begins; between refused and good the σ has to tell, and the last test shows that it does.
/// </summary>
internal sealed class NearSingularTests
{
    [Test]
    public void Refuses_fewer_than_three_poses([Values(0, 1, 2)] int count, [Values] HandEyeSetup setup) =>
        Assert.That(() => HandEyeSolver.Solve(new SimulatedHand(1, setup).Pairs(count), setup), Throws.TypeOf<UndeterminedMotionException>().With.Message.Contains("at least 3"));

    [Test]
    public void Refuses_translation_only_and_asks_for_turns([Values] HandEyeSetup setup, [Range(1, 5)] int seed)
    {
        var hand = new SimulatedHand(seed, setup) { TurnRad = default };
        Assert.That(() => HandEyeSolver.Solve(hand.Pairs(30), setup), Throws.TypeOf<UndeterminedMotionException>().With.Message.Contains("did not turn"));
    }

    [Test]
    public void Refuses_parallel_axes_and_names_the_axis([Values] HandEyeSetup setup, [Range(1, 5)] int seed)
    {
        var hand = new SimulatedHand(seed, setup) { TurnRad = new Vector3d(0, 0, 0.7) };
        UndeterminedMotionException? e = Assert.Throws<UndeterminedMotionException>(() => HandEyeSolver.Solve(hand.Pairs(30), setup));
        Assert.That(e!.Message, Does.Contain("one axis").And.Contain("at a right angle"));
        if (setup == HandEyeSetup.EyeInHand)
        {
            Assert.That(e.Message, Does.Match(@"\(-?0\.00, -?0\.00, 1\.00\)"));
        }
    }

    [Test]
    public void Turns_close_to_half_a_turn_do_not_break_it([Values] HandEyeSetup setup, [Range(1, 5)] int seed)
    {
        var hand = new SimulatedHand(seed, setup) { TurnRad = new Vector3d(2.5, 2.5, 2.5) };
        HandEyeResult result = HandEyeSolver.Solve(hand.Pairs(30), setup);
        Assert.That((result.Poses.X.Translation - hand.Truth.X.Translation).Length, Is.LessThan(0.005));
    }

    [Test]
    public void With_a_small_second_turn_the_sigma_grows_and_still_holds([Values] HandEyeSetup setup, [Range(1, 20)] int seed)
    {
        var strong = new SimulatedHand(seed, setup);
        var weak = new SimulatedHand(seed, setup) { TurnRad = new Vector3d(0.03, 0.03, 0.6) };
        HandEyeResult good = HandEyeSolver.Solve(strong.Pairs(30), setup);
        HandEyeResult poor = HandEyeSolver.Solve(weak.Pairs(30), setup);
        double error = (poor.Poses.X.Translation - weak.Truth.X.Translation).Length;
        double sigma = Math.Sqrt(poor.Sigma.Take(3).Sum(s => s * s));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sigma, Is.GreaterThan(3 * Math.Sqrt(good.Sigma.Take(3).Sum(s => s * s))));
            Assert.That(error, Is.LessThan(4 * sigma));
        }
    }
}
