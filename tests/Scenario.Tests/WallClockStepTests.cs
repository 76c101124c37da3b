using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;
using Scenario.Tests.Feeds;

namespace Scenario.Tests;

/// <summary>Somebody sets the host's wall clock while an episode is recorded. It shows in <c>clock.host</c> and nowhere else. Kernel stamps in CLOCK_REALTIME are not in it: they have tests of their own at the socket.</summary>
public sealed class WallClockStepTests
{
    private const long Ms = 1_000_000;
    private const long Start = 1_000_000_000_000;
    private const long Duration = 20_000 * Ms;
    private const long At = Start + (9_000 * Ms);

    private Recorded untouched = null!;

    [OneTimeSetUp]
    public void Record() => untouched = Recorded.With(stepNs: 0);

    [Test]
    public void The_step_shows_as_such_and_no_row_moves([Values(-3_600_000, -500, -5, 5, 500, 3_600_000)] long stepMs)
    {
        var stepped = Recorded.With(stepMs * Ms);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(untouched.Differences.Distinct().Count(), Is.EqualTo(1), "without a step");
            Assert.That(stepped.Differences.Zip(stepped.Differences.Skip(1), (a, b) => b - a).Where(d => d != 0), Is.EqualTo(new[] { stepMs * Ms }), "REALTIME − MONOTONIC from reading to reading");
            Assert.That(stepped.Readings.Where((_, i) => stepped.Differences[i] == stepped.Differences[0]), Has.All.LessThan(At), "readings before the step");
            Assert.That(stepped.Readings.Where((_, i) => stepped.Differences[i] != stepped.Differences[0]), Has.All.GreaterThanOrEqualTo(At), "readings after it");
            foreach ((string column, long[] values) in untouched.Columns)
            {
                Assert.That(values, Is.Not.Empty);
                Assert.That(stepped.Columns[column], Is.EqualTo(values), column);
            }
        }
    }

    private sealed record Recorded(long[] Readings, long[] Differences, Dictionary<string, long[]> Columns)
    {
        public static Recorded With(long stepNs)
        {
            var scenario = new BenchScenario(31, Start, Duration);
            Feed[] feeds = [new CameraFeed(scenario, "front", DeclaredLatency.OfRigYaml.Camera), new MicrophoneFeed(scenario, DeclaredLatency.OfRigYaml.Room), new MocapFeed(scenario), new BoardFeed(scenario)];
            using ScenarioRecording recording = ScenarioRecording.Of(scenario, feeds, (At, stepNs));
            using EpisodeReader episode = EpisodeReader.Open(recording.Folder);
            EpisodeStream host = episode.Stream(ClockHostSchema.Name);
            long[] before = host.ReadInt64(ClockHostSchema.MonotonicBefore);
            long[] realtime = host.ReadInt64(ClockHostSchema.Realtime);
            Dictionary<string, long[]> columns = [];
            foreach (EpisodeStream stream in feeds.Select(f => episode.Stream(f.Stream)))
            {
                columns[$"{stream.Info.Name}: host time"] = stream.ReadInt64(CommonColumns.HostTime);
                columns[$"{stream.Info.Name}: online"] = stream.ReadInt64(CommonColumns.EpisodeTime);
                columns[$"{stream.Info.Name}: final"] = stream.Times!.ReadInt64(CommonColumns.EpisodeTime);
                columns[$"{stream.Info.Name}: sigma"] = stream.Times.ReadInt64(FittedClockSchema.Sigma);
                columns[$"{stream.Info.Name}: bound"] = stream.Times.ReadBounds();
            }

            return new Recorded(before, [.. realtime.Select((r, i) => r - before[i])], columns);
        }
    }
}
