using Calibration.HandEye;

namespace Calibration.Latency.Claps;

/// <summary>Claps that were heard and seen.</summary>
/// <param name="LagNs">How late the pictures are behind the sound.</param>
/// <param name="LagsNs">Of each matched clap alone.</param>
internal sealed record ClapMatch(PictureSign Sign, long LagNs, double SigmaNs, long Low95Ns, long High95Ns, IReadOnlyList<long> LagsNs)
{
    /// <summary>Claps below which nothing is said.</summary>
    public const int Fewest = 4;

    // Below this a rival lag that explains other claps is no rival.
    private const double Rival = 0.7;
    private const double LeastShare = 0.6;
    private const double LeastSigmaNs = 200_000;
    private const double MostOverlap = 0.8;

    /// <summary>Null, and why, where the two do not tell one lag.</summary>
    public static ClapMatch? Find(PictureSign sign, long[] heard, IReadOnlyList<PictureEvent> seen, long intervalNs, long mostLagNs, out string why)
    {
        string what = sign == PictureSign.Flash ? "lights up" : "stops moving";
        (long lag, int votes, double strength) = Vote(heard, seen, intervalNs, mostLagNs, null);
        if (votes < Fewest || votes < LeastShare * heard.Length)
        {
            why = $"{heard.Length} claps are heard and something {what} {seen.Count} times, but at most {votes} of them by one and the same lag";
            return null;
        }

        (long otherLag, int others, double otherStrength) = Vote(heard, seen, intervalNs, mostLagNs, lag);
        if (otherStrength > Rival * strength)
        {
            why = $"a lag of {lag / 1e6:0} ms explains {votes} claps and one of {otherLag / 1e6:0} ms explains {others}: clap at irregular times";
            return null;
        }

        PictureEvent[] matched = [.. heard.Select(h => Nearest(seen, h + lag, intervalNs)).OfType<(PictureEvent Event, long Heard)>().Select(m => new PictureEvent(m.Event.AfterNs - m.Heard, m.Event.BeforeNs - m.Heard, m.Event.BestNs - m.Heard, m.Event.Strength))];
        (PictureEvent Event, long Heard)? Nearest(IReadOnlyList<PictureEvent> events, long at, long within) =>
            events.Where(e => Math.Abs(e.BestNs - at) <= within).OrderBy(e => Math.Abs(e.BestNs - at)).Select(e => ((PictureEvent, long)?)(e, at - lag)).FirstOrDefault();
        why = "";
        long[] each = [.. matched.Select(m => m.BestNs).Order()];
        if (sign == PictureSign.Flash && Overlap(matched) is { } overlap && overlap.Count >= MostOverlap * matched.Length)
        {
            // Each clap puts the lag between two pictures; what all agree on is narrow, and holds whatever the phases were.
            double width = overlap.To - overlap.From;
            return new ClapMatch(sign, (overlap.From / 2) + (overlap.To / 2), Math.Max(LeastSigmaNs, width / Math.Sqrt(12)), overlap.From - (long)LeastSigmaNs, overlap.To + (long)LeastSigmaNs, each);
        }

        // The median, and its error from the claps' own scatter; never better than phases that were chosen by chance allow.
        double median = HandEyeStart.Median([.. each.Select(l => (double)l)]);
        double scatter = 1.4826 * HandEyeStart.Median([.. each.Select(l => Math.Abs(l - median))]);
        double sigma = Math.Max(1.2533 * scatter, intervalNs / Math.Sqrt(12)) / Math.Sqrt(each.Length);
        double reach = LagJudgement.Reach95(each.Length) * sigma;
        return new ClapMatch(sign, (long)median, sigma, (long)(median - reach), (long)(median + reach), each);
    }

    // The lag that most claps agree on within an interval of pictures; a clap has one vote, of the strength of what is seen.
    private static (long Lag, int Votes, double Strength) Vote(long[] heard, IReadOnlyList<PictureEvent> seen, long intervalNs, long mostLagNs, long? notNear)
    {
        (long Lag, int Votes, double Strength) best = (0, 0, 0);
        (long Lag, int Clap, double Strength)[] all = [.. heard.SelectMany((h, i) => seen.Select(s => (Lag: s.BestNs - h, Clap: i, s.Strength)))
            .Where(l => Math.Abs(l.Lag) <= mostLagNs && (notNear is not { } n || Math.Abs(l.Lag - n) > 3 * intervalNs)).OrderBy(l => l.Lag)];
        double[] strongest = new double[heard.Length];
        int from = 0;
        for (int to = 0; to < all.Length; to++)
        {
            while (all[to].Lag - all[from].Lag > intervalNs)
            {
                from++;
            }

            Array.Clear(strongest);
            for (int k = from; k <= to; k++)
            {
                strongest[all[k].Clap] = Math.Max(strongest[all[k].Clap], all[k].Strength);
            }

            double strength = strongest.Sum();
            if (strength > best.Strength)
            {
                best = (all[(from + to) / 2].Lag, strongest.Count(x => x > 0), strength);
            }
        }

        return best;
    }

    private static (long From, long To, int Count)? Overlap(PictureEvent[] events)
    {
        (long From, long To, int Count)? best = null;
        foreach (PictureEvent start in events)
        {
            PictureEvent[] over = [.. events.Where(e => e.AfterNs <= start.AfterNs && e.BeforeNs > start.AfterNs)];
            if (over.Length > (best?.Count ?? 0))
            {
                best = (start.AfterNs, over.Min(e => e.BeforeNs), over.Length);
            }
        }

        return best;
    }
}
