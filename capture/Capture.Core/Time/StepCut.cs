namespace Capture.Core.Time;

/// <summary>
/// Where, in the order of arrival, rows of before a step end and rows of after it begin: the cut at which most rows fit. Rows fit that follow each other in time, first by the clock of before, then by that of after;
/// a wrong cut makes rows of the two sides pass each other, and as many do not fit as the step is periods long. Single rows that were overtaken or came twice do not fit at any cut, and decide nothing.
/// O(rows²).
/// </summary>
internal static class StepCut
{
    /// <summary>More rows are not gone through: nothing is then decided.</summary>
    public const int MostRows = 4_096;

    /// <param name="before">When each row was taken if before the step, ns; NaN where it cannot be of before.</param>
    /// <param name="after">When, if after.</param>
    /// <param name="apart">No two rows are taken within so long, ns.</param>
    /// <returns>For each cut from 0 to all rows: how many rows fit.</returns>
    public static int[] Fitting(ReadOnlySpan<double> before, ReadOnlySpan<double> after, double apart)
    {
        int n = before.Length;

        // The most rows that fit and end, or begin, with this one.
        int[] ending = new int[n];
        int[] beginning = new int[n];
        for (int i = 0; i < n; i++)
        {
            ending[i] = double.IsNaN(before[i]) ? 0 : 1;
            for (int j = 0; j < i && ending[i] > 0; j++)
            {
                ending[i] = before[j] + apart <= before[i] ? Math.Max(ending[i], ending[j] + 1) : ending[i];
            }
        }

        for (int i = n - 1; i >= 0; i--)
        {
            beginning[i] = double.IsNaN(after[i]) ? 0 : 1;
            for (int j = i + 1; j < n && beginning[i] > 0; j++)
            {
                beginning[i] = after[i] + apart <= after[j] ? Math.Max(beginning[i], beginning[j] + 1) : beginning[i];
            }
        }

        // All of one side.
        int[] fitting = new int[n + 1];
        for (int cut = 1; cut <= n; cut++)
        {
            fitting[cut] = Math.Max(fitting[cut - 1], ending[cut - 1]);
        }

        int most = 0;
        for (int cut = n - 1; cut >= 0; cut--)
        {
            most = Math.Max(most, beginning[cut]);
            fitting[cut] = Math.Max(fitting[cut], most);
        }

        return Spanning(before, after, apart, ending, beginning, fitting);
    }

    private static int[] Spanning(ReadOnlySpan<double> before, ReadOnlySpan<double> after, double apart, int[] ending, int[] beginning, int[] fitting)
    {
        int n = ending.Length;
        int[] best = new int[n + 1];
        for (int j = 0; j < n; j++)
        {
            // From the last row backwards: what spans a cut far away spans the nearer ones too.
            int most = 0;
            for (int k = n - 1; k > j && ending[j] > 0; k--)
            {
                if (beginning[k] > 0 && before[j] + apart <= after[k])
                {
                    most = Math.Max(most, ending[j] + beginning[k]);
                }

                best[k] = Math.Max(best[k], most);
            }
        }

        for (int cut = 0; cut <= n; cut++)
        {
            fitting[cut] = Math.Max(fitting[cut], best[cut]);
        }

        return fitting;
    }
}
