using Calibration.Solving;

namespace Calibration.Latency;

/// <summary>
/// Covariance of an estimate whose residuals are not independent: neighbours in time share samples, and trackers err slowly. Each stretch of time is left out in turn, and the estimates without it
/// scatter as the estimate does (the jackknife; one linear step each). Source: Bell and McCaffrey (2002), who call it CR3.
/// </summary>
internal static class ClusteredCovariance
{
    /// <param name="clusterOf">Which stretch a block belongs to, 0 … clusters − 1.</param>
    /// <param name="prior">Added to the diagonal of the normal matrix: keeps unknowns that the data do not touch at rest.</param>
    /// <returns>Row-major; null where the data do not determine the estimate.</returns>
    public static double[]? Of<TState>(BlockProblem<TState> problem, in TState state, double robust, Func<int, int> clusterOf, int clusters, ReadOnlySpan<double> prior)
    {
        int n = problem.Unknowns;
        int rows = problem.BlockSize;
        double[] normal = new double[n * n];
        double[] scores = new double[clusters * n];
        double[] parts = new double[clusters * n * n];
        bool[] seen = new bool[clusters];
        double[] r = new double[rows];
        double[] j = new double[rows * n];
        for (int block = 0; block < problem.Blocks; block++)
        {
            if (!problem.Evaluate(state, block, r, j))
            {
                continue;
            }

            double square = r.Sum(v => v * v);
            double ratio = square / (robust * robust);
            double weight = 1 / (1 + ratio);
            int cluster = clusterOf(block);
            seen[cluster] = true;
            for (int k = 0; k < rows; k++)
            {
                for (int a = 0; a < n; a++)
                {
                    double v = weight * j[(k * n) + a];
                    if (v == 0)
                    {
                        continue;
                    }

                    scores[(cluster * n) + a] += v * r[k];
                    for (int b = 0; b < n; b++)
                    {
                        parts[(((cluster * n) + a) * n) + b] += v * j[(k * n) + b];
                    }
                }
            }
        }

        for (int a = 0; a < n; a++)
        {
            normal[(a * n) + a] += prior[a];
        }

        for (int i = 0; i < parts.Length; i++)
        {
            normal[i % (n * n)] += parts[i];
        }

        int used = seen.Count(s => s);
        if (used < 3)
        {
            return null;
        }

        double[] covariance = new double[n * n];
        double[] without = new double[n * n];
        double[] moved = new double[n];
        double factor = (used - 1.0) / used;
        for (int c = 0; c < clusters; c++)
        {
            if (!seen[c])
            {
                continue;
            }

            for (int i = 0; i < without.Length; i++)
            {
                without[i] = normal[i] - parts[(c * n * n) + i];
            }

            if (SymmetricSystem.Inverse(without, n) is not { } inverse)
            {
                return null;
            }

            for (int a = 0; a < n; a++)
            {
                moved[a] = 0;
                for (int b = 0; b < n; b++)
                {
                    moved[a] += inverse[(a * n) + b] * scores[(c * n) + b];
                }
            }

            for (int a = 0; a < n; a++)
            {
                for (int b = 0; b < n; b++)
                {
                    covariance[(a * n) + b] += factor * moved[a] * moved[b];
                }
            }
        }

        return covariance;
    }
}
