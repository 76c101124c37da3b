using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Simulation.Clocks;
using Capture.Simulation.Rig;
using Scenario.Tests.Feeds;

namespace Scenario.Tests;

/// <summary>
/// The bench rig in simulated time, through the online clocks, the recorder, the disk, the close and the reader: every row's time against the scenario's truth.
/// It does not show what a real transport or a busy host adds: the feeds stamp without a thread.
/// </summary>
public sealed class TimesAgainstTruthTests
{
    private const long Start = 1_000_000_000_000;
    private const long Second = 1_000_000_000;
    private const long BoardLimitNs = 1_000_000;
    private const long ArrivalLimitNs = 5_000_000;
    private const double InsideAtLeast = 0.999;

    [Test]
    public void Declared_latencies_hold_the_true_ones([Values] bool guessed)
    {
        DeclaredLatency declared = guessed ? DeclaredLatency.Guessed : DeclaredLatency.OfRigYaml;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(declared.Camera.Min, Is.LessThanOrEqualTo(DeclaredLatency.TrueCamera.Min));
            Assert.That(declared.Camera.Max, Is.GreaterThanOrEqualTo(DeclaredLatency.TrueCamera.Max));
            Assert.That(declared.Room.Min, Is.LessThanOrEqualTo(DeclaredLatency.TrueRoom.Min));
            Assert.That(declared.Room.Max, Is.GreaterThanOrEqualTo(DeclaredLatency.TrueRoom.Max));
        }
    }

    [Test]
    public void Times_are_within_their_limits_and_bounds([Values(1UL, 2UL, 3UL)] ulong seed) => Check(seed, 60, DeclaredLatency.OfRigYaml);

    [Test]
    public void Times_are_within_their_limits_and_bounds_where_the_latency_was_guessed([Values(4UL)] ulong seed) => Check(seed, 60, DeclaredLatency.Guessed);

    [Test]
    [Explicit("ten minutes of each of twenty seeds")]
    [Category("Long")]
    public void Times_hold_over_ten_minutes([Range(101, 120)] int seed) => Check((ulong)seed, 600, seed % 2 == 0 ? DeclaredLatency.Guessed : DeclaredLatency.OfRigYaml);

    private static void Check(ulong seed, int seconds, DeclaredLatency declared)
    {
        var scenario = new BenchScenario(seed, Start, seconds * Second);
        using ScenarioRecording recording = ScenarioRecording.Of(scenario, declared);
        using EpisodeReader episode = EpisodeReader.Open(recording.Folder);
        ClockAssumptions assumed = new();
        TestContext.Out.WriteLine(
            $"seed {seed}, {seconds} s; 10 exchanges a second (board {((ExchangeFeed)recording.Feeds[4]).ExchangesTaken}, mocap {((ExchangeFeed)recording.Feeds[3]).ExchangesTaken} answered); " +
            $"window {assumed.Window.TotalSeconds} s, arrival-only {new ArrivalOptions().Window.TotalSeconds} s; at most {assumed.MaxDriftPpm} ppm and {assumed.MaxWanderPpmPerMinute} ppm a minute");
        TestContext.Out.WriteLine(
            "the scenario's crystals wander by at most, ppm a minute: " + string.Join(", ", scenario.Streams.Select(s => FormattableString.Invariant($"{s.Name} {WanderPpmPerMinute(s.Clock.Parameters):F1}"))));
        TestContext.Out.WriteLine($"declared: cameras {declared.Camera}, room {declared.Room}");
        TestContext.Out.WriteLine(StreamErrors.Heading);
        using (Assert.EnterMultipleScope())
        {
            foreach (Feed feed in recording.Feeds)
            {
                StreamErrors errors = StreamErrors.Read(episode, feed, declared.SystematicNs(feed.Stream));
                TestContext.Out.WriteLine(errors);
                CheckErrors(errors);
                CheckLedger(recording.Manifest, feed);
            }
        }
    }

    // The limits hold for the whole error, systematic part and all: it is smaller than they are. Without it they hold a fortiori, and are checked again, so that a
    // systematic part that happens to cancel another error cannot hide it.
    private static void CheckErrors(StreamErrors errors)
    {
        long? limit = errors.Stream switch
        {
            "board.imu" => BoardLimitNs,
            "wrist" or "room" or "front" => ArrivalLimitNs,
            _ => null,
        };
        if (limit is { } ns)
        {
            foreach ((string which, long[] values) in new[] { ("final", errors.Final), ("online", errors.Online) })
            {
                Assert.That(StreamErrors.Quantile(values, 0.99), Is.LessThanOrEqualTo(ns), $"{errors.Stream}: p99 of the {which} error, ns");
                Assert.That(StreamErrors.Quantile(values.Select(e => e - errors.SystematicNs), 0.99), Is.LessThanOrEqualTo(ns), $"{errors.Stream}: p99 of the {which} error less the systematic part, ns");
            }
        }

        if (errors.Stream.EndsWith(".state", StringComparison.Ordinal))
        {
            // A poll's instant is what its source stamped: nothing is learnt at the close, and nothing may be spoilt.
            Assert.That(errors.Final, Is.EqualTo(errors.Online), $"{errors.Stream}: final times are the online ones");
        }

        Assert.That(errors.Bounded, Is.EqualTo(errors.Rows), $"{errors.Stream}: rows with a bound");
        Assert.That(errors.Coverage, Is.GreaterThanOrEqualTo(InsideAtLeast), $"{errors.Stream}: truth inside the bound");
    }

    // The second derivative of the wander, A · (2π / P)².
    private static double WanderPpmPerMinute(ClockParameters clock) =>
        clock.WanderNs * Math.Pow(2 * Math.PI / clock.WanderPeriodNs, 2) * 60e9 * 1e6;

    private static void CheckLedger(EpisodeManifest manifest, Feed feed)
    {
        ManifestCounts counts = manifest.Streams.Single(s => s.Name == feed.Stream).Counts!;
        string reasons = string.Join(", ", counts.Reasons!.Select(r => $"{r.Reason} {r.Count} in {r.Entries}"));
        TestContext.Out.WriteLine($"  ledger: produced {counts.Produced}, stored {counts.Stored}, dropped {counts.Dropped} ({reasons}); injected and observable {feed.Observable}");
        Assert.That(feed.NotTaken, Is.Zero, $"{feed.Stream}: rows that the recorder did not take");
        if (feed.Observable is { } injected)
        {
            Assert.That(counts.Dropped, Is.EqualTo(injected), $"{feed.Stream}: losses in the ledger");
        }

        if (counts.Produced is not null)
        {
            Assert.That(counts.Unknown, Is.Zero, $"{feed.Stream}: produced − stored − dropped");
        }
    }
}
