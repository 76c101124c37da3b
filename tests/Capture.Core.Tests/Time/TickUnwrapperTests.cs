using Capture.Core.Time;

namespace Capture.Core.Tests.Time;

[TestFixture]
public sealed class TickUnwrapperTests
{
    [TestCase(11, 1_000, 0.9)]
    [TestCase(15, 1_000, 10)]
    [TestCase(16, 31_250, 0.9)]
    [TestCase(24, 1_000_000, 7)]
    [TestCase(32, 1_000_000, 1500)]
    [TestCase(32, 84_000_000, 20)]
    [TestCase(64, 1_000_000_000, 100)]
    public void Follows_a_counter_over_many_wraps(int width, int rate, double longestPause)
    {
        Random random = new(width);
        TickUnwrapper unwrapper = new(width, rate);
        long truth = (1L << (width - 1)) - 5;
        HostTime host = new(5_000_000_000);
        unwrapper.Unwrap(Wrap(truth, width), host, out DeviceTicks first);
        long offset = first.Value - truth;
        for (int i = 0; i < 2_000; i++)
        {
            long step = (long)(random.NextDouble() * longestPause * rate);
            truth += step;
            host += new Duration((long)(step * (1e9 / rate)));
            Duration late = Duration.FromMilliseconds(random.Next(0, 40));
            Assert.That(unwrapper.Unwrap(Wrap(truth, width), host + late, out DeviceTicks ticks), Is.EqualTo(UnwrapStatus.Forward), $"reading {i}");
            Assert.That(ticks.Value - offset, Is.EqualTo(truth), $"reading {i}");
        }
    }

    [Test]
    public void Counts_whole_turns_by_the_host_clock()
    {
        TickUnwrapper unwrapper = new(15, 1_000);
        unwrapper.Unwrap(100, new HostTime(0), out _);
        UnwrapStatus status = unwrapper.Unwrap(100 + 7, new HostTime((3 * 32_768_000_000L) + 7_000_000), out DeviceTicks ticks);
        Assert.That(status, Is.EqualTo(UnwrapStatus.Forward));
        Assert.That(ticks.Value, Is.EqualTo(100 + 7 + (3 * 32_768)));
    }

    [Test]
    public void Tolerates_a_small_reorder()
    {
        TickUnwrapper unwrapper = new(16, 1_000);
        unwrapper.Unwrap(65_530, new HostTime(0), out DeviceTicks a);
        unwrapper.Unwrap(4, new HostTime(10_000_000), out DeviceTicks b);
        Assert.That(b - a, Is.EqualTo(10));
        Assert.That(unwrapper.Unwrap(65_534, new HostTime(11_000_000), out DeviceTicks c), Is.EqualTo(UnwrapStatus.Reordered));
        Assert.That(c - a, Is.EqualTo(4));
        Assert.That(unwrapper.Newest, Is.EqualTo(b));
        Assert.That(unwrapper.Unwrap(5, new HostTime(11_500_000), out DeviceTicks d), Is.EqualTo(UnwrapStatus.Forward));
        Assert.That(d - a, Is.EqualTo(11));
    }

    [Test]
    public void Reports_a_pause_that_leaves_the_turns_open()
    {
        // 11 bits of milliseconds turn in 2.048 s. After 1,500 s a clock within 0.1 % may be 1.5 s off: two answers fit.
        TickUnwrapper unwrapper = new(11, 1_000);
        unwrapper.Unwrap(0, new HostTime(0), out _);
        Assert.That(unwrapper.Unwrap(0, new HostTime(1_500_000_000_000), out _), Is.EqualTo(UnwrapStatus.Ambiguous));
        unwrapper.Reset();
        Assert.That(unwrapper.Unwrap(9, new HostTime(1_500_000_000_000), out DeviceTicks ticks), Is.EqualTo(UnwrapStatus.First));
        Assert.That(ticks.Value, Is.EqualTo(9));
    }

    [Test]
    public void Reports_a_counter_that_began_again()
    {
        TickUnwrapper unwrapper = new(32, 1_000_000);
        unwrapper.Unwrap(3_000_000_000, new HostTime(0), out _);
        Assert.That(unwrapper.Unwrap(1_000, new HostTime(500_000_000), out _), Is.EqualTo(UnwrapStatus.Ambiguous));
    }

    [Test]
    public void Refuses_more_bits_than_the_counter_has()
    {
        TickUnwrapper unwrapper = new(15, 1_000);
        Assert.That(unwrapper.Unwrap(32_768, new HostTime(0), out _), Is.EqualTo(UnwrapStatus.OutOfRange));
        Assert.That(() => new TickUnwrapper(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new TickUnwrapper(65), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Without_a_rate_takes_the_nearest_difference()
    {
        TickUnwrapper unwrapper = new(11);
        unwrapper.Unwrap(2_047, new HostTime(0), out DeviceTicks a);
        Assert.That(unwrapper.Unwrap(0, new HostTime(99_000_000_000), out DeviceTicks b), Is.EqualTo(UnwrapStatus.Forward));
        Assert.That(b - a, Is.EqualTo(1));
        Assert.That(unwrapper.Unwrap(2_040, new HostTime(99_000_000_000), out DeviceTicks c), Is.EqualTo(UnwrapStatus.Reordered));
        Assert.That(c - a, Is.EqualTo(-7));
    }

    [Test]
    public void Allocates_nothing_once_made()
    {
        TickUnwrapper unwrapper = new(16, 1_000_000);
        unwrapper.Unwrap(0, new HostTime(0), out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < 10_000; i++)
        {
            unwrapper.Unwrap((ulong)(i * 1_000 % 65_536), new HostTime(i * 1_000_000L), out _);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static ulong Wrap(long value, int width) => width == 64 ? (ulong)value : (ulong)value & ((1UL << width) - 1);
}
