using System.Globalization;
using System.Text;
using Capture.Arrow;

namespace Capture.Episodes.Schema;

/// <summary>
/// The rows of a file's batches as the text that its footer carries (format, chapter 7): runs of batches with the same number of rows, "20x17,19" for seventeen of 20 rows and one of 19.
/// </summary>
internal static class RowCounts
{
    public static byte[] Write(ReadOnlySpan<int> rows)
    {
        var text = new StringBuilder();
        for (int i = 0; i < rows.Length;)
        {
            int others = rows[i..].IndexOfAnyExcept(rows[i]);
            int run = others < 0 ? rows.Length - i : others;
            text.Append(i == 0 ? "" : ",").Append(rows[i].ToString(CultureInfo.InvariantCulture));
            if (run > 1)
            {
                text.Append('x').Append(run.ToString(CultureInfo.InvariantCulture));
            }

            i += run;
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Reads the text; null unless it tells the rows of exactly <paramref name="batches"/> batches.</summary>
    public static int[]? TryRead(ReadOnlySpan<char> text, int batches)
    {
        if (text.IsEmpty)
        {
            return batches == 0 ? [] : null;
        }

        int[] rows = new int[batches];
        int at = 0;
        foreach (Range part in text.Split(','))
        {
            ReadOnlySpan<char> run = text[part];
            int times = 1;
            int x = run.IndexOf('x');
            if (x >= 0)
            {
                if (!TryNumber(run[(x + 1)..], out times))
                {
                    return null;
                }

                run = run[..x];
            }

            if (!TryNumber(run, out int count) || count > ArrowReadLimits.Default.Rows || times < 1 || times > batches - at)
            {
                return null;
            }

            rows.AsSpan(at, times).Fill(count);
            at += times;
        }

        return at == batches ? rows : null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
