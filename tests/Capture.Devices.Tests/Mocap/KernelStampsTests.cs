using Capture.Core.Time;
using Capture.Devices.Mocap;

namespace Capture.Devices.Tests.Mocap;

/// <summary>Kernel stamps while somebody sets the wall clock. The clocks are scripted; that the kernel's REALTIME − MONOTONIC changes by steps alone is taken from its manual, not shown.</summary>
public sealed class KernelStampsTests
{
    private const long Us = 1_000;
    private const long Ms = 1_000_000;
    private const long Start = 1_000_000 * Ms;
    private const long Every = 8 * Ms;
    private const int Count = 200;

    private static readonly long[] s_steps = [-3_600_000 * Ms, -500 * Ms, -5 * Ms, 5 * Ms, 500 * Ms, 3_600_000 * Ms];

    // Where in the 8 ms from one stamp to the next the step comes: at once after the stamp, while the read returns, while the clocks are read, in the silence, just before the next stamp.
    private static readonly long[] s_places = [0, 20 * Us, 50 * Us, (50 * Us) + 100, (50 * Us) + 300, 4 * Ms, Every - 1];

    [Test]
    public void A_stamp_is_right_on_both_sides_of_a_step([ValueSource(nameof(s_steps))] long stepNs, [ValueSource(nameof(s_places))] long placeNs)
    {
        ScriptedClock clock = new(Start, (Start + (100 * Every) + placeNs, stepNs));
        KernelStamps stamps = new(clock);
        for (int i = 1; i <= Count; i++)
        {
            long truth = Start + (i * Every);
            long kernel = clock.Realtime(truth);
            clock.MoveTo(truth + (50 * Us));
            HostTime host = stamps.ToHost(kernel, clock.Now);
            Assert.That(host.Nanoseconds - truth, Is.InRange(-Us, Us), $"stamp {i}, error in ns");
        }
    }

    [Test]
    public void Stamps_that_waited_in_the_queue_are_right_or_too_late_by_less_than_they_waited([ValueSource(nameof(s_steps))] long stepNs, [Values(50 * Ms, 2_000 * Ms)] long waitNs)
    {
        // The reader stands still, the clock steps in the middle, and everything is read at once.
        long stall = Start + (100 * Every);
        ScriptedClock clock = new(Start, (stall + (waitNs / 2) + Us, stepNs));
        KernelStamps stamps = new(clock);
        int ambiguous = 0;
        for (int i = 1; i <= 400; i++)
        {
            long truth = Start + (i * Every);
            long kernel = clock.Realtime(truth);
            clock.MoveTo(truth > stall && truth < stall + waitNs ? stall + waitNs : truth + (50 * Us));
            HostTime returned = clock.Now;
            HostTime host = stamps.ToHost(kernel, returned);
            Assert.That(host, Is.LessThanOrEqualTo(returned), $"stamp {i}");
            Assert.That(host.Nanoseconds - truth, Is.InRange(-Us, Math.Abs(stepNs) + Us), $"stamp {i}, error in ns");
            ambiguous += host.Nanoseconds - truth > Us ? 1 : 0;
            if (Math.Abs(stepNs) > waitNs || truth < stall || truth > stall + waitNs)
            {
                Assert.That(host.Nanoseconds - truth, Is.InRange(-Us, Us), $"stamp {i}: nothing else is possible, error in ns");
            }
        }

        TestContext.Out.WriteLine(FormattableString.Invariant($"step {stepNs / 1e6} ms, {waitNs / 1e6} ms in the queue: {ambiguous} of {waitNs / Every} stamps may be of either side"));
    }

    [Test]
    public void Steps_that_follow_each_other_are_each_kept_apart()
    {
        ScriptedClock clock = new(Start, [.. s_steps.Select((size, i) => (Start + ((20 + (i * 25)) * Every) + (3 * Ms), size))]);
        KernelStamps stamps = new(clock);
        for (int i = 1; i <= Count; i++)
        {
            long truth = Start + (i * Every);
            long kernel = clock.Realtime(truth);
            clock.MoveTo(truth + (50 * Us));
            Assert.That(stamps.ToHost(kernel, clock.Now).Nanoseconds - truth, Is.InRange(-Us, Us), $"stamp {i}, error in ns");
        }
    }

    [Test]
    public void A_stamp_of_no_use_gives_way_to_the_moment_of_the_read()
    {
        ScriptedClock clock = new(Start);
        KernelStamps stamps = new(clock);
        clock.MoveTo(Start + Ms);
        HostTime returned = clock.Now;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stamps.ToHost(0, returned), Is.EqualTo(returned), "none");
            Assert.That(stamps.ToHost(clock.Realtime(Start + (2 * Ms)), returned), Is.EqualTo(returned), "after the read");
            Assert.That(stamps.ToHost(clock.Realtime(Start) - (60_000 * Ms), returned), Is.EqualTo(returned), "a minute ago");
            Assert.That(stamps.ToHost(long.MaxValue, returned), Is.EqualTo(returned));
            Assert.That(stamps.ToHost(long.MinValue, returned), Is.EqualTo(returned));
        }
    }

    [Test]
    public void The_kernels_own_clocks_agree()
    {
        KernelStamps stamps = new(HostClock.System);
        HostClockReading reading = HostClock.System.ReadAll();
        HostTime host = stamps.ToHost(reading.RealtimeNanoseconds, HostClock.System.Now);

        // The brackets are as wide as the machine is busy.
        Assert.That(host - reading.MonotonicBefore, Is.GreaterThan(-Duration.FromMilliseconds(20)));
        Assert.That(reading.MonotonicAfter - host, Is.GreaterThan(-Duration.FromMilliseconds(20)));
    }

    /// <summary>The host's clocks by a script. A reading takes 400 ns.</summary>
    private sealed class ScriptedClock(long startNs, params (long AtNs, long SizeNs)[] steps) : HostClock
    {
        private const long RealtimeAtZero = 1_767_225_600_000_000_000;

        private long now = startNs;

        public override HostTime Now => new(now);

        public void MoveTo(long ns) => now = Math.Max(now, ns);

        /// <summary>CLOCK_REALTIME when MONOTONIC is <paramref name="ns"/>.</summary>
        public long Realtime(long ns) => RealtimeAtZero + ns + steps.Where(s => s.AtNs <= ns).Sum(s => s.SizeNs);

        public override HostClockReading ReadAll()
        {
            long before = now;
            now += 400;
            return new HostClockReading(new HostTime(before), Realtime(before + 200), before + 200, new HostTime(now));
        }
    }
}
