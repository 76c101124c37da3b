using System.Globalization;
using Calibration.HandEye;

namespace Calibration.Latency;

/// <summary>Whether a lag may be used.</summary>
internal static class LagJudgement
{
    private const double DoubtfulSigmaNs = 5e6;
    private const double RivalShare = 0.97;

    /// <summary>Half the 95 % interval in deviations, for a deviation that was itself estimated from few stretches (Student's t, to 1 %).</summary>
    public static double Reach95(int stretches) => 1.96 + (2.4 / Math.Max(1, stretches - 1)) + (4.0 / Math.Pow(Math.Max(1, stretches - 1), 2));

    public static LagEstimate Of(LagEstimate e)
    {
        var bad = new List<string>(e.Suspicions);
        var doubtful = new List<string>();
        string Ms(double ns) => (ns / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " ms";
        if (e.Second is { } rival && rival.RelativeCorrelation > RivalShare)
        {
            doubtful.Add($"the motion repeats itself: a lag of {Ms(rival.LagNs)} fits as well; move irregularly");
        }

        if (e.Correlation < 0.5)
        {
            doubtful.Add(string.Create(CultureInfo.InvariantCulture, $"the streams move alike only in part (correlation {e.Correlation:0.00})"));
        }

        if (e.SigmaNs > DoubtfulSigmaNs)
        {
            doubtful.Add($"the lag is only known to {Ms(e.SigmaNs)}: move faster, change direction, record longer");
        }

        if (e.FirstHalfNs is { } first && e.SecondHalfNs is { } second)
        {
            // Each half knows half as much; a rate that was found accounts for its share.
            double drift = e.RatePpm is { } rate ? rate * 1e-6 * e.OverlapS / 2 * 1e9 : 0;
            double apart = Math.Abs(second - first - drift);
            if (apart > Math.Max(2e6, 4 * 2 * e.SigmaNs))
            {
                doubtful.Add($"the two halves of the recording give {Ms(first)} and {Ms(second)}: a clock stepped, or samples were delayed unevenly");
            }
        }

        return e with
        {
            Judgement = bad.Count > 0 ? Judgement.Bad : doubtful.Count > 0 ? Judgement.Doubtful : Judgement.Good,
            Reasons = [.. bad, .. doubtful],
        };
    }
}
