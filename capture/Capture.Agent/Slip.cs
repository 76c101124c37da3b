namespace Capture.Agent;

/// <summary>Which known word a mistyped one was meant to be.</summary>
internal static class Slip
{
    /// <summary>Whether the two differ by a slip of one letter, or two in words of more than four.</summary>
    public static bool IsNear(string word, string known) => Distance(word, known) <= (known.Length > 4 ? 2 : 1);

    /// <summary>The nearest of the known words that a slip explains; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known.Where(k => IsNear(word, k)).MinBy(k => Distance(word, k));

    // Levenshtein, two rows.
    private static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int swap = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(swap, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[b.Length];
    }
}
