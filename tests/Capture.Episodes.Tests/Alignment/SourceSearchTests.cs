using Capture.Episodes.Alignment;

namespace Capture.Episodes.Tests.Alignment;

/// <summary>
/// Alignment as timelines: one character is 1 ms, letters are samples, digits 0-9 the times asked for; below, the sample that answers each,
/// '.' for none.
/// </summary>
public sealed class SourceSearchTests
{
    //         samples             times asked         answers
    [TestCase("a    b    c    d ", "0  1  2  3    4 ", "abbcd", AlignmentMethod.Nearest, 99)]
    [TestCase("a    b    c    d ", "0  1  2  3    4 ", "aabbc", AlignmentMethod.Previous, 99)]
    [TestCase("a    b         c ", "0    1    2   3  ", "ab.c", AlignmentMethod.Nearest, 2)]
    [TestCase("a    b         c ", " 0    1    2     ", "ab.", AlignmentMethod.Previous, 3)]
    [TestCase("     b         c ", "0   1    2      3", ".bbc", AlignmentMethod.Nearest, 4)]
    [TestCase("     b         c ", "0   1    2      3", "..bc", AlignmentMethod.Previous, 4)]
    [TestCase("a   b            ", "  0              ", "a", AlignmentMethod.Nearest, 99, Description = "of two equally near ones the earlier")]
    [TestCase("ab   c           ", "0123456          ", "abbbccc", AlignmentMethod.Nearest, 99)]
    [TestCase("                 ", "0  1             ", "..", AlignmentMethod.Nearest, 99)]
    public void Answers(string samples, string asked, string expected, AlignmentMethod method, int toleranceMs)
    {
        long[] times = [.. samples.Select((c, i) => (c, i)).Where(p => char.IsLetter(p.c)).Select(p => p.i * 1_000_000L)];
        string names = string.Concat(samples.Where(char.IsLetter));
        var search = new SourceSearch(times, method, toleranceMs * 1_000_000L);
        string answers = string.Concat(asked.Select((c, i) => (c, i)).Where(p => char.IsDigit(p.c)).OrderBy(p => p.i)
            .Select(p => search.At(p.i * 1_000_000L).Row is >= 0 and long row ? names[(int)row] : '.'));
        Assert.That(answers, Is.EqualTo(expected));
    }

    [Test]
    public void Interpolates_only_between_two_near_samples()
    {
        var search = new SourceSearch(new long[] { 0, 10, 100 }, AlignmentMethod.Linear, 10);
        Assert.Multiple(() =>
        {
            Assert.That(search.At(-5).Before, Is.EqualTo(-1), "before the first");
            Assert.That(search.At(4), Is.EqualTo(new SourceSamples(0, 0, 0.4)));
            Assert.That(search.At(10), Is.EqualTo(new SourceSamples(1, 1, 0)), "on a sample");
            Assert.That(search.At(15).Before, Is.EqualTo(-1), "the next is 85 away");
            Assert.That(search.At(105).Before, Is.EqualTo(-1), "after the last");
        });
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
}
