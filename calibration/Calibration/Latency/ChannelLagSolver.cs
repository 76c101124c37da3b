using Calibration.Solving;
using Calibration.Tables;

namespace Calibration.Latency;

/// <summary>
/// The lag between two streams of the same channels: what joints were told against what they did, one controller's joints against another's. Steps of the slower stream between its own samples are
/// compared with the faster one's, channel by channel, each with a gain of its own (a joint that does not reach its command).
/// </summary>
public static class ChannelLagSolver
{
    private const double Robust = 4;
    private const int MostChannels = 64;
    private const int Clusters = 30;
    private const long LeastStretchNs = 1_500_000_000;

    /// <exception cref="NoLagException">The streams cannot give a lag.</exception>
    public static LagEstimate Solve(ChannelStream a, ChannelStream b, LagOptions? options = null)
    {
        options ??= new LagOptions();
        (int A, int B)[] pairs = Pair(a, b);
        (long offsetA, long offsetB, double overlapS) = CommonTime.Require(a.Name, a.TimesNs, b.Name, b.TimesNs, options);
        bool slowIsB = b.RateHz <= a.RateHz;
        var fromA = new Channels([.. a.TimesNs.Select(t => t - offsetA)], [.. a.Values.Select(v => pairs.Select(p => v[p.A]).ToArray())]);
        var fromB = new Channels([.. b.TimesNs.Select(t => t - offsetB)], [.. b.Values.Select(v => pairs.Select(p => v[p.B]).ToArray())]);
        (Channels slow, Channels fast) = slowIsB ? (fromB, fromA) : (fromA, fromB);
        Window[] windows = MotionWindows.Of(slow.Times);
        double[] scales = Scales(slow, windows);
        List<Peak> peaks = Peaks(slow, fast, windows, scales, options.MostLagNs);
        if (peaks.Count == 0 || peaks[0].Correlation < 0.2)
        {
            throw new NoLagException(
                $"{a.Name} and {b.Name} do not move alike at any lag within {options.MostLagNs / 1_000_000_000} s (best correlation {(peaks.Count > 0 ? peaks[0].Correlation : 0):0.00}). Are the channels the same, and do they move? If the lag may be larger, say --max-lag.");
        }

        long middle = (slow.Times[windows[0].From] / 2) + (slow.Times[windows[^1].To] / 2);
        var state = new ChannelLagState(peaks[0].ShiftNs * 1e-9, 0, [.. scales.Select(_ => 1.0)]);
        double[] sigma = [.. scales.Select(s => 0.3 * s)];
        ChannelLagProblem problem = null!;
        for (int round = 0; round < 4; round++)
        {
            problem = new ChannelLagProblem(slow, fast, windows, middle, sigma, options.EstimateRate && round > 0);
            state = LevenbergMarquardt.Solve(problem, state, new SolveOptions(Robust, 25)).State;
            sigma = problem.MedianDeviations(state);
        }

        long first = slow.Times[windows[0].From];
        long span = Math.Max(1, slow.Times[windows[^1].To] - first + 1);
        int count = (int)Math.Clamp(span / LeastStretchNs, 4, Clusters);
        double[] prior = [1e-12, 1e-6, .. scales.Select(_ => 1e-6)];
        double[]? covariance = ClusteredCovariance.Of(problem, state, Robust, i => (int)((slow.Times[windows[i].From] - first) * count / span), count, prior);
        if (covariance is null || !(covariance[0] > 0))
        {
            throw new NoLagException($"The motion of {a.Name} and {b.Name} does not determine a lag: nothing changes speed. Move back and forth.");
        }

        long Lag(double shiftS) => (long)Math.Round(slowIsB ? -shiftS * 1e9 : shiftS * 1e9) + offsetB - offsetA;
        int n = problem.Unknowns;
        double deviation = Math.Sqrt(covariance[0]) * 1e9;
        double rateSigma = Math.Sqrt(covariance[n + 1]) * 1e6;
        bool rateTold = options.EstimateRate && rateSigma < 2_000;
        double reach = LagJudgement.Reach95(count);
        long lag = Lag(state.ShiftS);
        Peak? rival = peaks.Skip(1).Select(p => (Peak?)p).FirstOrDefault();
        return LagJudgement.Of(new LagEstimate(
            a.Name, b.Name, lag, deviation, (long)(lag - (reach * deviation)), (long)(lag + (reach * deviation)),
            rateTold ? (slowIsB ? -state.Rate : state.Rate) * 1e6 : null, rateTold ? rateSigma : null,
            peaks[0].Correlation, rival is { } r ? new Peaks(Lag(r.ShiftNs * 1e-9), r.Correlation / peaks[0].Correlation) : null,
            null, null, overlapS, windows.Length, a.RateHz, b.RateHz)
        {
            Interpolated = slowIsB ? a.Name : b.Name,
            Residuals = [.. pairs.Select((p, i) => ($"step of {a.Channels[p.A]} in 0.3 s", sigma[i], "unit of the channel"))],
        });
    }

    private static (int A, int B)[] Pair(ChannelStream a, ChannelStream b)
    {
        (int, int)[] named = [.. a.Channels.Select((name, i) => (i, Array.IndexOf(b.Channels, name))).Where(p => p.Item2 >= 0)];
        if (named.Length == 0 && a.Channels.Length == b.Channels.Length)
        {
            named = [.. a.Channels.Select((_, i) => (i, i))];
        }

        return named.Length is > 0 and <= MostChannels
            ? named
            : throw new NoLagException($"{a.Name} has the channels {string.Join(", ", a.Channels)} and {b.Name} has {string.Join(", ", b.Channels)}: none in common. Name the same joints in both headers.");
    }

    private static double[] Scales(Channels slow, Window[] windows)
    {
        double[] sums = new double[slow.Width];
        int[] counts = new int[slow.Width];
        foreach (Window w in windows)
        {
            for (int c = 0; c < sums.Length; c++)
            {
                double step = slow.Values[w.To][c] - slow.Values[w.From][c];
                if (double.IsFinite(step))
                {
                    sums[c] += step * step;
                    counts[c]++;
                }
            }
        }

        double[] scales = [.. sums.Select((s, c) => Math.Sqrt(s / Math.Max(1, counts[c])))];
        double largest = scales.DefaultIfEmpty(0).Max();
        return largest > 0 ? [.. scales.Select(s => Math.Max(s, 1e-3 * largest))] : throw new NoLagException("No channel of the slower stream moves. Move the joints back and forth for 20 s.");
    }

    private static List<Peak> Peaks(Channels slow, Channels fast, Window[] windows, double[] scales, long mostNs)
    {
        double Step(Channels s, int from, int to)
        {
            double sum = 0;
            for (int c = 0; c < s.Width; c++)
            {
                double step = (s.Values[to][c] - s.Values[from][c]) / scales[c];
                sum += double.IsFinite(step) ? step * step : 0;
            }

            return Math.Sqrt(sum) / ((s.Times[to] - s.Times[from]) * 1e-9);
        }

        (long, double)[] points = [.. windows.Select(w => ((slow.Times[w.From] + slow.Times[w.To]) / 2, Step(slow, w.From, w.To)))];
        int first = 0;
        int last = 0;
        double Fast(long at)
        {
            while (first + 1 < fast.Times.Length && fast.Times[first + 1] <= at - MotionWindows.HalfNs)
            {
                first++;
            }

            while (last + 1 < fast.Times.Length && fast.Times[last] < at + MotionWindows.HalfNs)
            {
                last++;
            }

            long span = fast.Times[last] - fast.Times[first];
            return last > first && span <= 3 * MotionWindows.HalfNs && fast.Times[first] <= at && fast.Times[last] >= at ? Step(fast, first, last) : double.NaN;
        }

        return ActivityCorrelation.Peaks(points, Fast, fast.Times[0], fast.Times[^1], mostNs);
    }
}
