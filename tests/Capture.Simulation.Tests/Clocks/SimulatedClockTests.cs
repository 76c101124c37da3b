using Capture.Simulation.Clocks;

namespace Capture.Simulation.Tests.Clocks;

public class SimulatedClockTests
{
    private const long Second = 1_000_000_000;

    [Test]
    public void A_perfect_clock_counts_exactly()
    {
        var clock = new SimulatedClock(new ClockParameters("x", 5 * Second, 2 * Second, 0, 0, 0, 0, 1_000_000));
        Assert.That(clock.TicksAt(5 * Second), Is.EqualTo(2_000_000));
        Assert.That(clock.TicksAt((5 * Second) + 999), Is.EqualTo(2_000_000));
        Assert.That(clock.TicksAt((5 * Second) + 1_000), Is.EqualTo(2_000_001));
        Assert.That(clock.TicksAt((5 * Second) - 1), Is.EqualTo(1_999_999));
        Assert.That(clock.TrueTimeAt(2_000_001), Is.EqualTo((5 * Second) + 1_000));
    }

    [Test]
    public void Rate_and_wander_follow_the_formula()
    {
        var p = new ClockParameters("x", 0, 0, 40, 50_000, 80 * Second, 0.7, Second);
        var clock = new SimulatedClock(p);
        const long T = 1_234_567_890_123;
        double expected = T + (T * 40e-6) + (50_000 * (Math.Sin((2 * Math.PI * (T % (80 * Second)) / (80.0 * Second)) + 0.7) - Math.Sin(0.7)));
        Assert.That(clock.TicksAt(T), Is.EqualTo(expected).Within(1.0));
        Assert.That(clock.TicksAt(0), Is.Zero);
    }

    [Test]
    public void The_inverse_is_the_first_instant_that_shows_the_tick()
    {
        foreach (long hz in new[] { 1_000L, 48_000, 1_000_000, 10_000_000, 1_000_000_000 })
        {
            var random = new Xoshiro256(7);
            var clock = new SimulatedClock(ClockParameters.Draw(3, "c" + hz, 100 * Second, hz));
            for (int i = 0; i < 2_000; i++)
            {
                long ticks = clock.TicksAt((100 * Second) + (long)random.Between(-1e9, 4e12));
                long t = clock.TrueTimeAt(ticks);
                Assert.That(clock.TicksAt(t), Is.GreaterThanOrEqualTo(ticks), $"{hz} Hz");
                Assert.That(clock.TicksAt(t - 1), Is.LessThan(ticks), $"{hz} Hz");
            }
        }
    }

    [Test]
    public void It_never_runs_backwards_from_one_nanosecond_to_the_next()
    {
        var clock = new SimulatedClock(new ClockParameters("x", 0, 0, -200, 60_000, 60 * Second, 2, Second));
        long before = clock.DeviceNsAt(17 * Second);
        for (long t = (17 * Second) + 1; t < (17 * Second) + 200_000; t++)
        {
            long now = clock.DeviceNsAt(t);
            Assert.That(now, Is.GreaterThanOrEqualTo(before));
            before = now;
        }
    }

    [Test]
    public void Raw_ticks_wrap_at_their_width()
    {
        var clock = new SimulatedClock(new ClockParameters("servo", 0, 0, 0, 0, 0, 0, 1_000, 15));
        Assert.That(clock.RawTicksAt(32_767_000_000), Is.EqualTo(32_767UL));
        Assert.That(clock.RawTicksAt(32_768_000_000), Is.Zero);
        Assert.That(clock.TicksAt(32_768_000_000), Is.EqualTo(32_768));
    }

    [Test]
    public void After_a_restart_it_counts_from_zero_at_the_old_rate()
    {
        var clock = new SimulatedClock(ClockParameters.Draw(9, "board", 0, Second));
        SimulatedClock again = clock.RestartedAt(50 * Second);
        Assert.That(again.TicksAt(50 * Second), Is.Zero);
        Assert.That(again.TicksAt(70 * Second), Is.EqualTo(clock.TicksAt(70 * Second) - clock.TicksAt(50 * Second)).Within(2));
    }

    [Test]
    public void A_clock_that_could_run_backwards_is_refused() =>
        Assert.That(() => new SimulatedClock(new ClockParameters("x", 0, 0, 0, 1e9, Second, 0, 1_000)), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
