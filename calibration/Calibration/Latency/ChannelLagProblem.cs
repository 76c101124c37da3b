using Calibration.Solving;
using Calibration.Tables;

namespace Calibration.Latency;

/// <summary>Channels on a common clock.</summary>
internal sealed record Channels(long[] Times, double[][] Values)
{
    public int Width => Values[0].Length;
}

/// <summary>Unknowns of a lag between channels.</summary>
internal readonly record struct ChannelLagState(double ShiftS, double Rate, double[] Gains);

/// <summary>A step of the slower stream between two of its samples, times a gain, against the faster stream's step at the same two instants.</summary>
internal sealed class ChannelLagProblem(Channels slow, Channels fast, Window[] windows, long middleNs, double[] sigma, bool estimateRate) : BlockProblem<ChannelLagState>
{
    private readonly LocalFit _fit = new(fast.Times, 3e9 / Timeline.RateHz(fast.Times));

    public override int Unknowns => 2 + slow.Width;

    public override int Blocks => windows.Length;

    public override int BlockSize => slow.Width;

    public override bool Evaluate(in ChannelLagState state, int block, Span<double> residuals, Span<double> jacobian)
    {
        Window w = windows[block];
        double s0 = (slow.Times[w.From] - middleNs) * 1e-9;
        double s1 = (slow.Times[w.To] - middleNs) * 1e-9;
        Span<double> v0 = stackalloc double[LocalFit.Most];
        Span<double> d0 = stackalloc double[LocalFit.Most];
        Span<double> v1 = stackalloc double[LocalFit.Most];
        Span<double> d1 = stackalloc double[LocalFit.Most];
        if (!_fit.TryWeights(middleNs + ((s0 + state.ShiftS + (state.Rate * s0)) * 1e9), v0, d0, out int first0, out int count0)
            || !_fit.TryWeights(middleNs + ((s1 + state.ShiftS + (state.Rate * s1)) * 1e9), v1, d1, out int first1, out int count1))
        {
            return false;
        }

        jacobian.Clear();
        int n = Unknowns;
        for (int c = 0; c < slow.Width; c++)
        {
            (double value0, double slope0) = Sum(first0, count0, v0, d0, c);
            (double value1, double slope1) = Sum(first1, count1, v1, d1, c);
            double step = slow.Values[w.To][c] - slow.Values[w.From][c];
            double residual = (value1 - value0 - (state.Gains[c] * step)) / sigma[c];

            // A channel without a value says nothing here; the others do.
            bool told = double.IsFinite(residual);
            residuals[c] = told ? residual : 0;
            if (!jacobian.IsEmpty && told)
            {
                jacobian[c * n] = (slope1 - slope0) * 1e9 / sigma[c];
                jacobian[(c * n) + 1] = estimateRate ? ((slope1 * s1) - (slope0 * s0)) * 1e9 / sigma[c] : 0;
                jacobian[(c * n) + 2 + c] = -step / sigma[c];
            }
        }

        return true;
    }

    public override ChannelLagState Moved(in ChannelLagState state, ReadOnlySpan<double> change)
    {
        double[] gains = [.. state.Gains];
        for (int c = 0; c < gains.Length; c++)
        {
            gains[c] += change[2 + c];
        }

        return new ChannelLagState(state.ShiftS + change[0], state.Rate + change[1], gains);
    }

    /// <summary>Deviation of each channel's residual, in its unit, by the median.</summary>
    public double[] MedianDeviations(in ChannelLagState state)
    {
        var left = Enumerable.Range(0, slow.Width).Select(_ => new List<double>()).ToArray();
        double[] r = new double[slow.Width];
        for (int i = 0; i < windows.Length; i++)
        {
            if (Evaluate(state, i, r, []))
            {
                for (int c = 0; c < r.Length; c++)
                {
                    left[c].Add(Math.Abs(r[c]) * sigma[c]);
                }
            }
        }

        // Of a channel that hardly ever moves most residuals are zero: the noise is then taken from the rest, and never as nothing.
        return [.. left.Select((l, c) =>
        {
            l.Sort();
            double median = l.Count == 0 ? sigma[c] : l[l.Count / 2] / 0.6745;
            double high = l.Count == 0 ? sigma[c] : l[(int)(0.9 * (l.Count - 1))] / 1.645;
            return Math.Max(Math.Max(median, 0.5 * high), 1e-3 * sigma[c]);
        })];
    }

    private (double Value, double Slope) Sum(int first, int count, ReadOnlySpan<double> value, ReadOnlySpan<double> slope, int channel)
    {
        double v = 0, d = 0;
        for (int i = 0; i < count; i++)
        {
            double y = fast.Values[first + i][channel];
            v += value[i] * y;
            d += slope[i] * y;
        }

        return (v, d);
    }
}
