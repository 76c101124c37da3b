namespace Capture.Episodes.SyncCheck;

/// <summary>Something that adds up over time (an angle turned, a way travelled): its amount between any two times is the difference of two readings, at whatever rate it was sampled.</summary>
internal sealed class PathSignal(long[] times, double[] sums)
{
    /// <summary>First and last time; equal without samples.</summary>
    public (long From, long To) Span => times.Length == 0 ? (0, 0) : (times[0], times[^1]);

    /// <summary>The whole way.</summary>
    public double Total => sums.Length == 0 ? 0 : sums[^1];

    /// <summary>Amounts per step, added up; a step that goes back in time counts as none.</summary>
    public static PathSignal Of(IReadOnlyList<long> times, Func<int, double> step)
    {
        var at = new List<long>(times.Count);
        var sums = new List<double>(times.Count);
        double sum = 0;
        for (int i = 0; i < times.Count; i++)
        {
            if (at.Count > 0 && times[i] <= at[^1])
            {
                continue;
            }

            sum += i == 0 ? 0 : step(i);
            at.Add(times[i]);
            sums.Add(sum);
        }

        return new PathSignal([.. at], [.. sums]);
    }

    /// <summary>The amount in each interval, moved by a lag. Intervals ascend; outside the samples nothing is added.</summary>
    public void Amounts(ReadOnlySpan<long> from, ReadOnlySpan<long> to, long lag, Span<double> amounts)
    {
        int a = 0;
        int b = 0;
        for (int i = 0; i < from.Length; i++)
        {
            amounts[i] = At(to[i] + lag, ref b) - At(from[i] + lag, ref a);
        }
    }

    private double At(long time, ref int hint)
    {
        if (times.Length == 0 || time <= times[0])
        {
            return 0;
        }

        while (hint + 1 < times.Length && times[hint + 1] < time)
        {
            hint++;
        }

        return hint + 1 >= times.Length
            ? sums[^1]
            : sums[hint] + ((sums[hint + 1] - sums[hint]) * (time - times[hint]) / (times[hint + 1] - times[hint]));
    }
}
