using System.Globalization;
using Capture.Episodes.Reading;
using Capture.Simulation.Rig;
using Scenario.Tests.Feeds;

namespace Scenario.Tests;

/// <summary>A device that goes on sending samples and answers no exchange any more: what is known of its clock gets less, and the bound must say so.</summary>
public sealed class SilentProbesTests
{
    private const long Start = 1_000_000_000_000;
    private const long Second = 1_000_000_000;
    private const long StopNs = Start + (30 * Second);
    private const long DurationNs = 150 * Second;

    // Ends of the bins, seconds after the last exchange. The fit's pieces beyond it end at the same distances: the bound grows by steps.
    private static readonly int[] s_distances = [1, 4, 15, 60, 120];

    [Test]
    public void The_bound_grows_with_the_distance_from_the_last_exchange_and_holds([Values(11UL, 12UL)] ulong seed)
    {
        var scenario = new BenchScenario(seed, Start, DurationNs);
        ExchangeFeed[] feeds = [new BoardFeed(scenario, StopNs), new MocapFeed(scenario, StopNs)];
        using ScenarioRecording recording = ScenarioRecording.Of(scenario, feeds);
        using EpisodeReader episode = EpisodeReader.Open(recording.Folder);
        foreach (ExchangeFeed feed in feeds)
        {
            long last = scenario.Exchanges(feed.Device, StopNs).Where(e => !e.Lost).Max(e => e.TrueReceiveNs);
            Check(StreamErrors.Read(episode, feed, systematicNs: 0), last - Start, seed);
        }
    }

    private static void Check(StreamErrors errors, long last, ulong seed)
    {
        TestContext.Out.WriteLine($"{errors.Stream}, seed {seed}: exchanges end after 30 s of {DurationNs / Second} s");
        int[] before = [.. Rows(errors, from: 0, to: last)];
        long boundBefore = before.Max(i => errors.Bound[i]);
        Print("with exchanges", errors, before);
        long previous = StreamErrors.Quantile(before.Select(i => errors.Bound[i]), 0.5);
        int from = 0;
        foreach (int to in s_distances)
        {
            int[] rows = [.. Rows(errors, last + (from * Second), last + (to * Second))];
            long median = StreamErrors.Quantile(rows.Select(i => errors.Bound[i]), 0.5);
            Print(string.Create(CultureInfo.InvariantCulture, $"{from} to {to} s after"), errors, rows);
            Assert.That(rows, Is.Not.Empty);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(rows.Skip(1).Zip(rows), Has.All.Matches<(int Later, int Earlier)>(p => errors.Bound[p.Later] >= errors.Bound[p.Earlier]), $"{errors.Stream}: the bound never shrinks, {from} to {to} s after");
                Assert.That(median, Is.GreaterThan(previous), $"{errors.Stream}: median bound {from} to {to} s after the last exchange against the bin before, ns");
                Assert.That(rows, Has.All.Matches<int>(i => Math.Abs(errors.Final[i]) <= errors.Bound[i]), $"{errors.Stream}: truth inside the bound, {from} to {to} s after");
            }

            previous = median;
            from = to;
        }

        Assert.That(previous, Is.GreaterThan(3 * boundBefore), $"{errors.Stream}: the bound two minutes after the last exchange against the largest before, ns");
        Assert.That(errors.Coverage, Is.GreaterThanOrEqualTo(0.999));
    }

    private static IEnumerable<int> Rows(StreamErrors errors, long from, long to) =>
        Enumerable.Range(0, errors.Rows).Where(i => errors.Truth[i] >= from && errors.Truth[i] < to);

    private static void Print(string when, StreamErrors errors, int[] rows) => TestContext.Out.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  {when,-18} {rows.Length,6} rows; bound {rows.Min(i => errors.Bound[i]) / 1e6,7:F3} to {rows.Max(i => errors.Bound[i]) / 1e6,7:F3} ms; largest final error {rows.Max(i => Math.Abs(errors.Final[i])) / 1e6,7:F3} ms, online {rows.Max(i => Math.Abs(errors.Online[i])) / 1e6,7:F3} ms; sigma at the end {errors.Sigma[rows[^1]] / 1e6,7:F3} ms"));
}
