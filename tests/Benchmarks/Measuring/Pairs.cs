namespace Benchmarks.Measuring;

/// <summary>
/// Two contestants that take turns in one process, so that whatever else the machine does meets both. The order within a pair alternates, the first pair is
/// thrown away (it compiles, and takes fresh memory), and what counts is the median of the ratios, not the ratio of medians.
/// </summary>
internal sealed class Pairs
{
    private readonly List<Cost> _ours = [];
    private readonly List<Cost> _peers = [];

    public IReadOnlyList<Cost> Ours => _ours;

    public IReadOnlyList<Cost> Peers => _peers;

    /// <summary>Runs so many pairs, and one before them that does not count.</summary>
    public static Pairs Run(int pairs, Func<Cost> ours, Func<Cost> peer)
    {
        var result = new Pairs();
        for (int i = -1; i < pairs; i++)
        {
            Cost a = default;
            Cost b = default;
            if ((i & 1) == 0)
            {
                a = ours();
                b = peer();
            }
            else
            {
                b = peer();
                a = ours();
            }

            if (i >= 0)
            {
                result._ours.Add(a);
                result._peers.Add(b);
            }
        }

        return result;
    }

    /// <summary>Median over the pairs of our time by the peer's.</summary>
    public double TimeRatio => Spread.Median(_ours.Zip(_peers, (a, b) => a.Seconds / b.Seconds));

    /// <summary>The same of processor time.</summary>
    public double CpuRatio => Spread.Median(_ours.Zip(_peers, (a, b) => a.CpuSeconds / b.CpuSeconds));

    /// <summary>How far the middle half of the time ratios lies apart, for the detail of a figure.</summary>
    public string RatioSpread => Spread.Quartiles(_ours.Zip(_peers, (a, b) => a.Seconds / b.Seconds));

    /// <summary>The middle half of the inverse ratios: speed over speed.</summary>
    public string SpeedSpread => Spread.Quartiles(_ours.Zip(_peers, (a, b) => b.Seconds / a.Seconds));
}
