using System.Globalization;

namespace Calibration.Latency;

/// <summary>Do two streams have time in common?</summary>
internal static class CommonTime
{
    private const long LeastNs = 2_000_000_000;

    /// <summary>Stamps to subtract from both streams, and how long they overlap.</summary>
    /// <exception cref="NoLagException">They do not overlap, even shifted by the furthest lag.</exception>
    public static (long OffsetA, long OffsetB, double OverlapS) Require(string nameA, long[] a, string nameB, long[] b, LagOptions options)
    {
        // Counting from the first stamp keeps a difference of epochs out of the floating-point numbers, too.
        long offsetA = options.FromStart ? a[0] : Math.Min(a[0], b[0]);
        long offsetB = options.FromStart ? b[0] : offsetA;
        Int128 overlap = Int128.Min((Int128)a[^1] - offsetA, (Int128)b[^1] - offsetB) - Int128.Max((Int128)a[0] - offsetA, (Int128)b[0] - offsetB);
        if (overlap + options.MostLagNs < LeastNs)
        {
            throw new NoLagException(
                $"{nameA} covers {Seconds(a[0])} to {Seconds(a[^1])} s and {nameB} covers {Seconds(b[0])} to {Seconds(b[^1])} s: they have no time in common. Are these recordings of the same motion? If their clocks merely start differently, count both from their first stamp with --from-start; if one unit was guessed wrongly, say it with --time-unit.");
        }

        if (overlap < LeastNs)
        {
            throw new NoLagException(string.Create(
                CultureInfo.InvariantCulture,
                $"{nameA} and {nameB} overlap for {(double)overlap / 1e9:0.0} s only, and a lag needs {LeastNs / 1e9:0} s of motion that both saw. Record longer, or count both from their first stamp with --from-start."));
        }

        return (offsetA, offsetB, (double)overlap / 1e9);
    }

    private static string Seconds(long ns) => (ns / 1e9).ToString("0.0##", CultureInfo.InvariantCulture);
}
