using Capture.Core.Geometry;

namespace Calibration.Tables;

/// <summary>Poses over time, ascending, each stamp once.</summary>
/// <param name="Name">Where it came from.</param>
/// <param name="Notes">Sentences about what was mended on reading: for the person, not for the program.</param>
public sealed record PoseStream(string Name, long[] TimesNs, Pose[] Poses, IReadOnlyList<string> Notes)
{
    public int Count => TimesNs.Length;

    /// <summary>Samples a second, by the median distance of stamps.</summary>
    public double RateHz => Timeline.RateHz(TimesNs);
}

/// <summary>Channels of numbers over time: joints, commands, a loudness.</summary>
/// <param name="Values">One row a stamp, each as long as <paramref name="Channels"/>; NaN where a channel has no value.</param>
public sealed record ChannelStream(string Name, string[] Channels, long[] TimesNs, double[][] Values, IReadOnlyList<string> Notes)
{
    public double RateHz => Timeline.RateHz(TimesNs);
}

/// <summary>Puts stamps in order.</summary>
internal static class Timeline
{
    public static double RateHz(long[] times)
    {
        long[] steps = [.. times.Zip(times.Skip(1), (a, b) => b - a).Order()];
        return steps.Length == 0 || steps[steps.Length / 2] == 0 ? 0 : 1e9 / steps[steps.Length / 2];
    }

    /// <summary>Sorts by stamp and keeps the first of equal ones; says what it did.</summary>
    public static (long[] Times, T[] Values) InOrder<T>(IReadOnlyList<long> times, IReadOnlyList<T> values, List<string> notes)
    {
        int[] order = [.. Enumerable.Range(0, times.Count)];
        int back = 0;
        for (int i = 1; i < times.Count; i++)
        {
            back += times[i] < times[i - 1] ? 1 : 0;
        }

        if (back > 0)
        {
            order = [.. order.OrderBy(i => times[i])];
            notes.Add($"{back} stamps lay before the one above them; the rows were put in order");
        }

        var t = new List<long>(order.Length);
        var v = new List<T>(order.Length);
        foreach (int i in order)
        {
            if (t.Count == 0 || times[i] != t[^1])
            {
                t.Add(times[i]);
                v.Add(values[i]);
            }
        }

        if (t.Count < order.Length)
        {
            notes.Add($"{order.Length - t.Count} stamps stood twice; the first row of each was kept");
        }

        return ([.. t], [.. v]);
    }
}
