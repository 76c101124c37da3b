using Capture.Simulation.Clocks;

namespace Capture.Simulation.Tests.Clocks;

public class LatencyModelTests
{
    private static readonly LatencySettings Bursty = new(1_000, JitterKind.Exponential, 500, 20_000, 0.05, 5_000);

    [Test]
    public void The_generator_gives_the_published_numbers()
    {
        // xoshiro256** seeded with splitmix64 from 0, computed independently (Python, from the algorithms' description).
        var random = new Xoshiro256(0);
        Assert.That(random.Next(), Is.EqualTo(0x99EC5F36CB75F2B4UL));
        Assert.That(random.Next(), Is.EqualTo(0xBF6E1F784956452AUL));
        Assert.That(random.Next(), Is.EqualTo(0x1A5F849D4933E6E0UL));
    }

    [Test]
    public void The_same_seed_gives_the_same_delays_and_another_seed_others()
    {
        long[] Draw(ulong seed)
        {
            var model = new LatencyModel(Bursty, seed, "a");
            return [.. Enumerable.Range(0, 100).Select(_ => model.Next())];
        }

        long[] once = Draw(1);
        long[] again = Draw(1);
        Assert.That(again, Is.EqualTo(once));
        Assert.That(Draw(2), Is.Not.EqualTo(once));
    }

    [Test]
    public void Delays_stay_within_their_bounds_and_reach_near_the_minimum()
    {
        var model = new LatencyModel(Bursty, 4, "a");
        long[] delays = [.. Enumerable.Range(0, 20_000).Select(_ => model.Next())];
        Assert.That(delays.Min(), Is.InRange(1_000, 1_010));
        Assert.That(delays.Max(), Is.InRange(15_000, 20_000));
        Assert.That(delays.Average(), Is.EqualTo(1_000 + 500 + (0.05 * 5_000)).Within(60));
    }

    [Test]
    public void Batching_moves_arrivals_up_to_the_next_poll()
    {
        var model = new LatencyModel(new LatencySettings(100, JitterKind.None, 0, 100, PollIntervalNs: 1_000), 1, "usb");
        Assert.That(model.ArrivalOf(850), Is.EqualTo(1_000));
        Assert.That(model.ArrivalOf(900), Is.EqualTo(1_000));
        Assert.That(model.ArrivalOf(901), Is.EqualTo(2_000));
    }
}
