using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;
using Scenario.Tests.Feeds;

namespace Scenario.Tests;

/// <summary>The board restarts in the middle: its counter and its sample numbers begin at 0 again.</summary>
public sealed class BoardRestartTests
{
    private const long Start = 1_000_000_000_000;
    private const long Second = 1_000_000_000;
    private const long LimitNs = 1_000_000;

    private static readonly BoardRestart[] s_restarts =
    [
        new(Start + (20 * Second), Start + (20 * Second) + 400_000_000),
        new(Start + (41 * Second), Start + (41 * Second) + 1_300_000_000),
    ];

    [Test]
    public void Every_row_is_mapped_by_the_clock_of_its_own_boot([Values(1, 2)] int restarts, [Values(21UL, 22UL)] ulong seed)
    {
        var scenario = new BenchScenario(seed, Start, 60 * Second, boardRestarts: s_restarts[..restarts]);
        var board = new BoardFeed(scenario);
        using ScenarioRecording recording = ScenarioRecording.Of(scenario, [board]);
        using EpisodeReader episode = EpisodeReader.Open(recording.Folder);
        StreamErrors errors = StreamErrors.Read(episode, board, systematicNs: 0);
        TestContext.Out.WriteLine(StreamErrors.Heading);
        TestContext.Out.WriteLine(errors);
        ManifestCounts counts = recording.Manifest.Streams.Single(s => s.Name == board.Stream).Counts!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(errors.Segments.Distinct(), Is.EqualTo(Enumerable.Range(0, restarts + 1)), "segments");
            Assert.That(errors.Segments, Is.EqualTo(board.Boots), "each row's segment is its boot");
            Assert.That(StreamErrors.Quantile(errors.Final, 1), Is.LessThanOrEqualTo(LimitNs), "largest final error of any row, ns");
            Assert.That(StreamErrors.Quantile(errors.Online, 0.99), Is.LessThanOrEqualTo(LimitNs), "p99 of the online error, ns");
            Assert.That(errors.Bounded, Is.EqualTo(errors.Rows));
            Assert.That(errors.Coverage, Is.GreaterThanOrEqualTo(0.999));
            Assert.That(counts.Dropped, Is.EqualTo(board.Observable), "losses in the ledger");
            Assert.That(counts.Unknown, Is.Zero, "produced − stored − dropped");
        }
    }

    /// <summary>What makes the test above able to fail: two boots count the same ticks, twenty seconds apart, so a row mapped by the wrong one is off by as much.</summary>
    [Test]
    public void Two_boots_count_the_same_ticks()
    {
        var scenario = new BenchScenario(21, Start, 60 * Second, boardRestarts: s_restarts);
        using ScenarioRecording recording = ScenarioRecording.Of(scenario, [new BoardFeed(scenario)]);
        using EpisodeReader episode = EpisodeReader.Open(recording.Folder);
        EpisodeStream stream = episode.Stream("board.imu");
        int[] segments = [.. stream.ReadAll().SelectMany(b => b.Column(CommonColumns.Segment).Values<int>().ToArray())];
        long[] ticks = stream.ReadInt64(CommonColumns.DeviceTicks);
        (long First, long Last) Range(int segment) => (ticks.Where((_, i) => segments[i] == segment).Min(), ticks.Where((_, i) => segments[i] == segment).Max());
        (long first1, long last1) = Range(1);
        (long first2, long last2) = Range(2);
        Assert.That(Math.Min(last1, last2) - Math.Max(first1, first2), Is.GreaterThan(10_000_000), "ticks that both boots have counted, µs");
    }
}
