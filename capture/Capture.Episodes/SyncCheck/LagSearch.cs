namespace Capture.Episodes.SyncCheck;

/// <summary>The lag at which some paths explain a response best.</summary>
/// <param name="LagNs">An event at time t of the response stands at t + lag in the paths.</param>
/// <param name="Score">R² there.</param>
internal sealed record Lag(double LagNs, double LowNs, double HighNs, double Score);

/// <summary>
/// Cross-correlation with an interval. The response (how much a picture changed in each interval, how loud it was, how far a body turned) is regressed on the amounts of one or several paths in the same
/// intervals moved by a lag; the lag with the highest R² is taken, between grid points by a parabola. With one path this is the peak of the squared normalised cross-correlation.
/// Neighbouring intervals are not independent, so the interval comes from a block bootstrap (Künsch 1989): blocks of <see cref="BlockNs"/> are drawn with replacement, and each draw finds its own peak.
/// </summary>
internal sealed class LagSearch
{
    public const long BlockNs = 2_000_000_000;

    private const int Draws = 200;
    private const long CoarseNs = 10_000_000;
    private const long FineNs = 1_000_000;
    private const long FineReachNs = 30_000_000;
    private const long ParabolaReachNs = 20_000_000;

    private readonly long[] _from;
    private readonly long[] _to;
    private readonly double[] _response;
    private readonly IReadOnlyList<PathSignal> _paths;
    private readonly int[] _block;
    private readonly int _blocks;
    private readonly int _size;

    private LagSearch(long[] from, long[] to, double[] response, IReadOnlyList<PathSignal> paths)
    {
        (_from, _to, _response, _paths) = (from, to, response, paths);
        _block = [.. from.Select(f => (int)((f - from[0]) / BlockNs))];
        _blocks = _block[^1] + 1;
        _size = paths.Count + 2;
    }

    /// <summary>Null where the response or all paths stand still.</summary>
    /// <param name="from">Ascending; the intervals of the response.</param>
    public static Lag? Find(long[] from, long[] to, double[] response, IReadOnlyList<PathSignal> paths, long maxLagNs)
    {
        if (from.Length < 20 || paths.Count == 0)
        {
            return null;
        }

        return new LagSearch(from, to, response, paths).Search(maxLagNs);
    }

    private Lag? Search(long maxLagNs)
    {
        long[] coarse = Grid(-maxLagNs, maxLagNs, CoarseNs);
        double[][][] sums = [.. coarse.Select(Sums)];
        int[] all = [.. Enumerable.Range(0, _blocks)];
        double[] solve = new double[_size * _size];
        (double peak, double score) = Peak(coarse, sums, all, solve);
        if (score <= 0)
        {
            return null;
        }

        long middle = (long)Math.Round(peak / FineNs) * FineNs;
        long[] fine = Grid(middle - FineReachNs, middle + FineReachNs, FineNs);
        double[][][] fineSums = [.. fine.Select(Sums)];
        (double lag, double best) = Peak(fine, fineSums, all, solve);
        double[] draws = new double[Draws];
        int[] drawn = new int[_blocks];
        ulong state = 0x9E3779B97F4A7C15;
        for (int d = 0; d < Draws; d++)
        {
            for (int i = 0; i < _blocks; i++)
            {
                drawn[i] = (int)(Next(ref state) % (ulong)_blocks);
            }

            // A peak that lies elsewhere on the coarse grid is an ambiguity, and widens the interval.
            (double c, _) = Peak(coarse, sums, drawn, solve);
            draws[d] = Math.Abs(c - lag) > FineReachNs ? c : Peak(fine, fineSums, drawn, solve).Lag;
        }

        Array.Sort(draws);
        return new Lag(lag, Math.Min(draws[0], lag), Math.Max(draws[^1], lag), best);
    }

    private (double Lag, double Score) Peak(long[] lags, double[][][] sums, int[] blocks, double[] solve)
    {
        Span<double> scores = lags.Length <= 512 ? stackalloc double[lags.Length] : new double[lags.Length];
        int best = 0;
        for (int i = 0; i < lags.Length; i++)
        {
            scores[i] = Explained(sums[i], blocks, solve);
            best = scores[i] > scores[best] ? i : best;
        }

        return (best == 0 || best == lags.Length - 1 ? lags[best] : Top(lags, scores, best), scores[best]);
    }

    /// <summary>The top of the parabola through the scores around the best one (least squares). Where paths are drawn straight between samples the score has small kinks: many points see past them.</summary>
    private static double Top(long[] lags, ReadOnlySpan<double> scores, int best)
    {
        int reach = Math.Min(Math.Min(best, lags.Length - 1 - best), (int)(ParabolaReachNs / (lags[1] - lags[0])));
        reach = Math.Max(reach, 1);
        double s2 = 0;
        double s4 = 0;
        double y0 = 0;
        double y1 = 0;
        double y2 = 0;
        for (int k = -reach; k <= reach; k++)
        {
            double y = scores[best + k];
            (s2, s4) = (s2 + (k * k), s4 + ((double)k * k * k * k));
            (y0, y1, y2) = (y0 + y, y1 + (k * y), y2 + (k * k * y));
        }

        int n = (2 * reach) + 1;
        double curve = ((n * y2) - (s2 * y0)) / ((n * s4) - (s2 * s2));
        double shift = curve < 0 ? -(y1 / s2) / (2 * curve) : 0;
        return lags[best] + (Math.Clamp(shift, -reach, reach) * (lags[1] - lags[0]));
    }

    /// <summary>By block the sums of products of (1, paths …, response), row by row.</summary>
    private double[][] Sums(long lag)
    {
        double[][] amounts = new double[_paths.Count][];
        for (int p = 0; p < amounts.Length; p++)
        {
            amounts[p] = new double[_response.Length];
            _paths[p].Amounts(_from, _to, lag, amounts[p]);
        }

        double[][] sums = new double[_blocks][];
        for (int b = 0; b < _blocks; b++)
        {
            sums[b] = new double[_size * _size];
        }

        Span<double> row = stackalloc double[_size];
        for (int i = 0; i < _response.Length; i++)
        {
            row[0] = 1;
            for (int p = 0; p < amounts.Length; p++)
            {
                row[p + 1] = amounts[p][i];
            }

            row[^1] = _response[i];
            double[] sum = sums[_block[i]];
            for (int r = 0; r < _size; r++)
            {
                for (int c = r; c < _size; c++)
                {
                    sum[(r * _size) + c] += row[r] * row[c];
                }
            }
        }

        return sums;
    }

    /// <summary>R² of the regression over some blocks: Cholesky's elimination of the response from the sums of products; a path that the others explain adds nothing.</summary>
    private double Explained(double[][] sums, int[] blocks, double[] s)
    {
        Array.Clear(s);
        foreach (int b in blocks)
        {
            double[] block = sums[b];
            for (int i = 0; i < s.Length; i++)
            {
                s[i] += block[i];
            }
        }

        int last = _size - 1;
        double total = s[(last * _size) + last] - (s[last] * s[last] / Math.Max(s[0], 1));
        if (total <= 1e-12 * s[(last * _size) + last])
        {
            return 0;
        }

        Span<double> diagonal = stackalloc double[_size];
        for (int k = 0; k < last; k++)
        {
            diagonal[k] = s[(k * _size) + k];
        }

        for (int k = 0; k < last; k++)
        {
            double pivot = s[(k * _size) + k];
            if (pivot <= 1e-10 * diagonal[k])
            {
                continue;
            }

            for (int r = k + 1; r < _size; r++)
            {
                double factor = s[(k * _size) + r] / pivot;
                for (int c = r; c < _size; c++)
                {
                    s[(r * _size) + c] -= factor * s[(k * _size) + c];
                }
            }
        }

        return 1 - (s[(last * _size) + last] / total);
    }

    private static long[] Grid(long from, long to, long step) => [.. Enumerable.Range(0, (int)((to - from) / step) + 1).Select(i => from + (i * step))];

    // splitmix64 (Vigna, public domain): the same draws every time, so that a verdict can be repeated.
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
