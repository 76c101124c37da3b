using Capture.Episodes.Alignment;
using FsCheck;
using FsCheck.Fluent;

namespace Capture.Episodes.Tests.Alignment;

/// <summary>What every alignment must do, on streams that a generator makes: gaps, bursts, duplicates, none, one. The reference is a search through all samples for each time.</summary>
public sealed class AsOfProperties
{
    // Half of them without two at one time, and of any density: one pass takes those, another the rest.
    private static readonly Gen<long[]> s_times =
        from least in Gen.Choose(0, 1)
        from most in Gen.Elements(2, 12, 100)
        from steps in Gen.ArrayOf(Gen.Frequency((6, Gen.Choose(0, most)), (2, Gen.Constant(0)), (1, Gen.Choose(500, 5000))))
        from start in Gen.Choose(-300, 300)
        select Accumulate([.. steps.Select(s => Math.Max(s, least))], start);

    private static readonly Gen<(long[] Samples, long[] Times, long Tolerance)> s_cases =
        from samples in s_times
        from times in s_times
        from tolerance in Gen.Frequency((2, Gen.Choose(0, 40).Select(t => (long)t)), (1, Gen.Constant(long.MaxValue)))
        select (samples, times, tolerance);

    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(200).WithReplay(20261122, 1);

    [Test]
    public void The_previous_sample_is_the_last_not_after_the_time() => Check(
        (samples, times, tolerance, rows, distances) => AsOf.Previous(samples, times, tolerance, rows, distances),
        (samples, t) => Array.FindLastIndex(samples, s => s <= t));

    [Test]
    public void The_nearest_sample_is_the_last_of_the_nearest() => Check(
        (samples, times, tolerance, rows, distances) => AsOf.Nearest(samples, times, tolerance, rows, distances),
        (samples, t) => samples.Length == 0 ? -1 : Array.FindLastIndex(samples, s => Math.Abs(s - t) == samples.Min(x => Math.Abs(x - t))));

    [Test]
    public void A_gathered_value_is_the_row_s_or_the_missing_one() => Prop.ForAll(
        Arb.From(from count in Gen.Choose(0, 50) from rows in Gen.ArrayOf(Gen.Frequency((20, Gen.Choose(0, Math.Max(count - 1, 0))), (1, Gen.Choose(-1, count)))) select (count, rows)),
        c =>
        {
            double[] values = [.. Enumerable.Range(0, c.count).Select(i => i + 0.5)];
            double[] gathered = new double[c.rows.Length];
            AsOf.Gather<double>(values, c.rows, gathered, -7);
            return gathered.SequenceEqual(c.rows.Select(r => r >= 0 && r < c.count ? r + 0.5 : -7));
        }).Check(s_config);

    [Test]
    public void Answers_do_not_depend_on_where_the_times_are_cut() => Prop.ForAll(
        Arb.From(from c in s_cases from cut in Gen.Choose(0, 200) select (c.Samples, c.Times, c.Tolerance, Cut: Math.Min(cut, c.Times.Length))),
        c =>
        {
            foreach (bool nearest in new[] { false, true })
            {
                (int[] whole, long[] wholeDistances) = Run(nearest, c.Samples, c.Times, c.Tolerance);
                int[] rows = new int[c.Times.Length];
                long[] distances = new long[c.Times.Length];
                int from = 0;
                foreach (Range part in new[] { ..c.Cut, c.Cut.. })
                {
                    from = nearest
                        ? AsOf.Nearest(c.Samples, c.Times.AsSpan(part), c.Tolerance, rows.AsSpan(part), distances.AsSpan(part), from)
                        : AsOf.Previous(c.Samples, c.Times.AsSpan(part), c.Tolerance, rows.AsSpan(part), distances.AsSpan(part), from);
                }

                if (!rows.AsSpan().SequenceEqual(whole) || !distances.AsSpan().SequenceEqual(wholeDistances))
                {
                    return false;
                }
            }

            return true;
        }).Check(s_config);

    [Test]
    public void A_window_holds_the_samples_between_its_ends_and_no_other() => Prop.ForAll(
        Arb.From(from c in s_cases from before in Gen.Choose(0, 60) from after in Gen.Choose(0, 60) select (c.Samples, c.Times, before, after)),
        c =>
        {
            int[] firsts = new int[c.Times.Length];
            int[] counts = new int[c.Times.Length];
            AsOf.Window(c.Samples, c.Times, c.before, c.after, firsts, counts);
            return c.Times.Select((t, i) => c.Samples.Count(s => s > t - c.before && s <= t + c.after) == counts[i]
                && (counts[i] == 0 || (c.Samples[firsts[i]] > t - c.before && (firsts[i] == 0 || c.Samples[firsts[i] - 1] <= t - c.before)))).All(ok => ok);
        }).Check(s_config);

    [Test]
    public void Ends_of_the_range_do_not_overflow()
    {
        long[] samples = [long.MinValue, 0, long.MaxValue];
        long[] times = [long.MinValue, long.MinValue + 1, -1, 0, 1, long.MaxValue - 1, long.MaxValue];
        (int[] nearest, _) = Run(true, samples, times, long.MaxValue);
        (int[] previous, _) = Run(false, samples, times, long.MaxValue);
        int[] counts = new int[times.Length];
        AsOf.Window(samples, times, long.MaxValue, long.MaxValue, new int[times.Length], counts);
        Assert.Multiple(() =>
        {
            Assert.That(nearest, Is.EqualTo(new[] { 0, 0, 1, 1, 1, 2, 2 }));
            Assert.That(previous, Is.EqualTo(new[] { 0, 0, 0, 1, 1, 1, 2 }));
            Assert.That(counts[3], Is.EqualTo(2), "the window is open behind");
        });
    }

    private delegate int Kernel(long[] samples, long[] times, long tolerance, int[] rows, long[] distances);

    private static void Check(Kernel kernel, Func<long[], long, int> reference) => Prop.ForAll(
        Arb.From(s_cases),
        c =>
        {
            int[] rows = new int[c.Times.Length];
            long[] distances = new long[c.Times.Length];
            kernel(c.Samples, c.Times, c.Tolerance, rows, distances);
            for (int i = 0; i < rows.Length; i++)
            {
                int expected = reference(c.Samples, c.Times[i]);
                expected = expected >= 0 && Math.Abs(c.Samples[expected] - c.Times[i]) > c.Tolerance ? -1 : expected;
                if (rows[i] != expected || distances[i] != (expected < 0 ? 0 : c.Samples[expected] - c.Times[i]))
                {
                    return false;
                }
            }

            return true;
        }).Check(s_config);

    private static (int[] Rows, long[] Distances) Run(bool nearest, long[] samples, long[] times, long tolerance)
    {
        int[] rows = new int[times.Length];
        long[] distances = new long[times.Length];
        _ = nearest ? AsOf.Nearest(samples, times, tolerance, rows, distances) : AsOf.Previous(samples, times, tolerance, rows, distances);
        return (rows, distances);
    }

    private static long[] Accumulate(int[] steps, int start)
    {
        long[] times = new long[steps.Length];
        long at = start;
        for (int i = 0; i < steps.Length; i++)
        {
            times[i] = at += steps[i];
        }

        return times;
    }
}
