using System.Text.Json;
using System.Text.Json.Serialization;
using Capture.Episodes.Alignment;
using Capture.Episodes.Tests.Support;
using Capture.Simulation.Clocks;
using Capture.Tests.Foreign;

namespace Capture.Episodes.Tests.Alignment;

/// <summary>The same rows as polars' join_asof, bit for bit. Proves nothing of values and windows, which polars' join does not have.</summary>
public sealed class PolarsTests
{
    private sealed record Case(long[] Left, long[] Right, string Strategy, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Tolerance);

    [Test]
    public void Rows_are_those_of_polars_with_ties_gaps_and_duplicates()
    {
        ForeignReaders.Install();
        var random = Xoshiro256.For(5, "asof");
        Case[] cases =
        [
            new([], [1], "nearest", null),
            new([1, 2, 3], [2], "nearest", null),
            new([1, 2, 3], [2], "backward", 0),
            .. Enumerable.Range(0, 400).Select(i => new Case(
                Times(random, 60),
                Times(random, i % 10 == 0 ? 1 : 40),
                i % 2 == 0 ? "nearest" : "backward",
                i % 3 == 0 ? null : (long)(random.Unit() * 12))),
        ];
        using var folder = new TempFolder();
        string file = folder.At("cases.json");
        File.WriteAllText(file, JsonSerializer.Serialize(cases, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower }));
        JsonElement answer = ForeignReaders.TryRead("asof-polars.mjs", file).Single();
        Assert.That(answer.TryGetProperty("error", out JsonElement error), Is.False, error.ToString());
        int ties = 0;
        int nulls = 0;
        foreach ((Case c, JsonElement expected) in cases.Zip(answer.GetProperty("rows").EnumerateArray()))
        {
            int[] rows = new int[c.Left.Length];
            long[] distances = new long[c.Left.Length];
            long tolerance = c.Tolerance ?? long.MaxValue;
            _ = c.Strategy == "nearest" ? AsOf.Nearest(c.Right, c.Left, tolerance, rows, distances) : AsOf.Previous(c.Right, c.Left, tolerance, rows, distances);
            int?[] theirs = [.. expected.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Null ? (int?)null : e.GetInt32())];
            Assert.That(rows.Select(r => r < 0 ? (int?)null : r), Is.EqualTo(theirs), JsonSerializer.Serialize(c));
            nulls += rows.Count(r => r < 0);
            ties += c.Left.Count(t => c.Right.Any(s => s > t && c.Right.Contains((2 * t) - s)));
        }

        Assert.That((ties, nulls), Is.GreaterThan((200, 200)), "the cases hold ties and gaps");
    }

    // Steps of 0 to 4 with a gap here and there: most times meet a tie or a duplicate.
    private static long[] Times(Xoshiro256 random, int most)
    {
        long[] times = new long[(int)(random.Unit() * most) + 1];
        long at = (long)(random.Unit() * 20) - 10;
        for (int i = 0; i < times.Length; i++)
        {
            times[i] = at += (long)(random.Unit() * 5) + (random.Unit() < 0.05 ? 30 : 0);
        }

        return times;
    }
}
