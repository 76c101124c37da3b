using Capture.Episodes.Alignment;

namespace Capture.Episodes.Tests.Alignment;

/// <summary>
/// Alignment as timelines: one character is 1 ms, letters are samples (a capital and its small letter share one time), digits 0-9 the times asked for; below, the sample that answers each,
/// '.' for none.
/// </summary>
public sealed class TimelineTests
{
    private const long Ms = 1_000_000;

    //         samples             times asked         answers
    [TestCase("a    b    c    d ", "0  1  2  3    4 ", "abbcd", AlignmentMethod.Nearest, 99)]
    [TestCase("a    b    c    d ", "0  1  2  3    4 ", "aabbc", AlignmentMethod.Previous, 99)]
    [TestCase("a    b         c ", "0    1    2   3  ", "ab.c", AlignmentMethod.Nearest, 2)]
    [TestCase("a    b         c ", " 0    1    2     ", "ab.", AlignmentMethod.Previous, 3)]
    [TestCase("     b         c ", "0   1    2      3", ".bbc", AlignmentMethod.Nearest, 4)]
    [TestCase("     b         c ", "0   1    2      3", "..bc", AlignmentMethod.Previous, 4)]
    [TestCase("a   b            ", "  0              ", "b", AlignmentMethod.Nearest, 99, Description = "of two equally near ones the later")]
    [TestCase("a   b            ", "  0              ", "b", AlignmentMethod.Nearest, 2, Description = "as far away as the tolerance is near enough")]
    [TestCase("a   b            ", "  0              ", ".", AlignmentMethod.Nearest, 1)]
    [TestCase("ab   c           ", "0123456          ", "abbcccc", AlignmentMethod.Nearest, 99)]
    [TestCase("  Bb   Cc        ", "0 1 2 3 4 5      ", "bbbccc", AlignmentMethod.Nearest, 99, Description = "of several at one time the last")]
    [TestCase("  Bb   Cc        ", "0 1 2 3 4 5      ", "..bbcc", AlignmentMethod.Previous, 99)]
    [TestCase("                 ", "0  1             ", "..", AlignmentMethod.Nearest, 99)]
    [TestCase("a                ", "0  1          2  ", "aaa", AlignmentMethod.Nearest, 99, Description = "one sample answers for all")]
    public void Answers(string samples, string asked, string expected, AlignmentMethod method, int toleranceMs)
    {
        (char Name, long At)[] letters = [.. Letters(samples)];
        long[] times = [.. Digits(asked)];
        int[] rows = new int[times.Length];
        long[] distances = new long[times.Length];
        long[] at = [.. letters.Select(l => l.At)];
        _ = method == AlignmentMethod.Previous
            ? AsOf.Previous(at, times, toleranceMs * Ms, rows, distances)
            : AsOf.Nearest(at, times, toleranceMs * Ms, rows, distances);
        Assert.Multiple(() =>
        {
            Assert.That(string.Concat(rows.Select(r => r < 0 ? '.' : letters[r].Name)), Is.EqualTo(expected));
            Assert.That(distances, Is.EqualTo(rows.Select((r, i) => r < 0 ? 0 : at[r] - times[i])));
        });
    }

    //         samples             times asked         first and count of each
    [TestCase("a b c d e f      ", "    0     1      ", 4, 0, "b2 e2", Description = "the window is open behind and closed ahead")]
    [TestCase("a b c d e f      ", "    0     1      ", 2, 2, "c2 f1")]
    [TestCase("a b c        f   ", "    0    1       ", 3, 0, "b2 .0")]
    [TestCase("a b c        f   ", "    0    1       ", 0, 0, ".0 .0")]
    public void Windows(string samples, string asked, int beforeMs, int afterMs, string expected)
    {
        (char Name, long At)[] letters = [.. Letters(samples)];
        long[] times = [.. Digits(asked)];
        int[] firsts = new int[times.Length];
        int[] counts = new int[times.Length];
        AsOf.Window([.. letters.Select(l => l.At)], times, beforeMs * Ms, afterMs * Ms, firsts, counts);
        Assert.That(string.Join(' ', firsts.Select((f, i) => counts[i] == 0 ? ".0" : $"{letters[f].Name}{counts[i]}")), Is.EqualTo(expected));
    }

    [Test]
    public void Slerp_takes_the_shorter_way_and_keeps_the_length()
    {
        double half = Math.Sqrt(0.5);
        double[] q = [0, 0, 0, 1];
        ValueWriter.Slerp(q, [0, 0, -half, -half], 0.5);
        Assert.Multiple(() =>
        {
            Assert.That(q[2], Is.EqualTo(Math.Sin(Math.PI / 8)).Within(1e-12), "half of 90 degrees about z");
            Assert.That(q[3], Is.EqualTo(Math.Cos(Math.PI / 8)).Within(1e-12));
        });
    }

    // A capital stands one character before its small letter and means the same time.
    private static IEnumerable<(char, long)> Letters(string line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (char.IsLetter(line[i]))
            {
                yield return (line[i], (char.IsUpper(line[i]) ? i + 1 : i) * Ms);
            }
        }
    }

    private static IEnumerable<long> Digits(string line) =>
        line.Select((c, i) => (c, i)).Where(p => char.IsDigit(p.c)).Select(p => p.i * Ms);
}
