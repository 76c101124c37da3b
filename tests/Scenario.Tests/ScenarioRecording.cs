using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Capture.Simulation.Rig;
using Scenario.Tests.Feeds;

namespace Scenario.Tests;

/// <summary>
/// Records a scenario through the real <see cref="EpisodeRecorder"/> onto disk, as fast as it goes. The recorder's threads run in real time and the clock in
/// simulated time, so the only thing that is paced is the pool: while a stream's queue is half full, the scenario waits.
/// </summary>
internal sealed class ScenarioRecording : IDisposable
{
    private readonly SimulatedHostClock clock;
    private readonly string root;

    private ScenarioRecording(SimulatedHostClock clock, string root, IReadOnlyList<Feed> feeds)
    {
        this.clock = clock;
        this.root = root;
        Feeds = feeds;
    }

    public IReadOnlyList<Feed> Feeds { get; }

    public EpisodeManifest Manifest { get; private set; } = null!;

    public string Folder { get; private set; } = "";

    /// <summary>All sensors of the rig.</summary>
    /// <param name="stopProbesNs">True time after which neither board nor motion capture answers an exchange.</param>
    public static ScenarioRecording Of(BenchScenario scenario, DeclaredLatency declared, long? stopProbesNs = null) => Of(scenario,
    [
        new CameraFeed(scenario, "front", declared.Camera),
        new CameraFeed(scenario, "wrist", declared.Camera),
        new MicrophoneFeed(scenario, declared.Room),
        new MocapFeed(scenario, stopProbesNs),
        new BoardFeed(scenario, stopProbesNs),
        new ArmFeed(scenario, "leader"),
        new ArmFeed(scenario, "follower"),
    ]);

    /// <param name="wallSteps">When the wall clock was set, and by how much, ns.</param>
    public static ScenarioRecording Of(BenchScenario scenario, IReadOnlyList<Feed> feeds, params (long AtNs, long SizeNs)[] wallSteps)
    {
        string folder = Directory.CreateTempSubdirectory("capture-scenario-").FullName;
        var recording = new ScenarioRecording(new SimulatedHostClock(scenario.StartNs, wallSteps), folder, feeds);
        try
        {
            recording.Record();
            return recording;
        }
        catch
        {
            recording.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private void Record()
    {
        using EpisodeRecorder recorder = EpisodeRecorder.Create(new EpisodeSettings
        {
            RigName = "scenario",
            EpisodesFolder = root,
            Clock = clock,

            // A simulated second passes in milliseconds; making files durable each time is not what is tested here.
            DurableEveryMs = 60_000,
        });
        Folder = recorder.Folder;
        foreach (Feed feed in Feeds)
        {
            feed.Open(recorder);
        }

        recorder.Arm();
        Play(recorder.Statistics);
        RecordingResult result = recorder.Stop(StopReason.Seconds);
        Assert.That(result.Reason, Is.EqualTo(StopReason.Seconds), result.Detail);
        Manifest = recorder.Seal();
    }

    private void Play(IReadOnlyList<StreamStatistics> streams)
    {
        var queue = new PriorityQueue<IEnumerator<HostEvent>, (long AtNs, int Lane)>();
        int lanes = 0;
        foreach (IEnumerator<HostEvent> lane in Feeds.SelectMany(f => f.Lanes()).Select(l => l.GetEnumerator()))
        {
            Enqueue(queue, lane, lanes++);
        }

        while (queue.TryDequeue(out IEnumerator<HostEvent>? lane, out (long AtNs, int Lane) order))
        {
            clock.MoveTo(order.AtNs);
            lane.Current.Happen();
            WaitForRoom(streams);
            Enqueue(queue, lane, order.Lane);
        }
    }

    private static void Enqueue(PriorityQueue<IEnumerator<HostEvent>, (long, int)> queue, IEnumerator<HostEvent> lane, int index)
    {
        if (lane.MoveNext())
        {
            queue.Enqueue(lane, (lane.Current.AtNs, index));
        }
        else
        {
            lane.Dispose();
        }
    }

    private void WaitForRoom(IReadOnlyList<StreamStatistics> streams)
    {
        for (int i = 0; i < streams.Count; i++)
        {
            while (streams[i].Read(clock.Now) is var status && status.QueuedBatches > status.PoolBatches / 2)
            {
                Thread.Sleep(1);
            }
        }
    }
}
