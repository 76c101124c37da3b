using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Mocap;
using Capture.Episodes.Schema;

namespace Capture.Devices.Tests.Mocap;

/// <summary>The source against a server of the tests' own over real UDP on loopback.</summary>
public sealed class NatNetSourceTests
{
    [TestCase(3, 1)]
    [TestCase(4, 1)]
    public void Frames_and_exchanges_come_with_times(int major, int minor)
    {
        using FakeServer server = new(major, minor);
        using RunningSource running = new(Source(server), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink mocap = running.Sinks["mocap"];
        RecordedSink clock = running.Sinks["clock.mocap"];
        running.WaitFor(() => mocap.Count >= 100 && clock.Count >= 6, "frames and exchanges");
        running.Stop();

        MocapFrameStream stream = (MocapFrameStream)mocap.Stream;
        Assert.That(stream.Bodies, Is.EqualTo(new[] { "gripper", "cube" }));
        Assert.That(stream.RateHz, Is.EqualTo(125));
        Assert.That(stream.Clock, Is.EqualTo(new ClockDomain("mocap", ClockFeed.TwoWay, 10_000_000, 64)));
        Assert.That(server.ConnectBody, Has.Length.EqualTo(270));
        Assert.That(mocap.Bodies[^1].Select(b => b!.Value.X), Is.EqualTo(new[] { 1f, 2f }), "by name, whatever the frame's order");
        Assert.That(mocap.Markers[^1].Single().Id, Is.EqualTo(65537));
        Assert.That(mocap.Losses, Is.Empty);
        Assert.That(server.KeepAlives, Is.GreaterThan(0));

        // The server stamps 5 ms before it sends, on a clock that is the host's plus an offset: the truth is known.
        SampleStamp last = mocap.Stamps[^1];
        HostTime truth = new((last.Ticks!.Value.Value - server.ClockOffset) * 100);
        Assert.That(Math.Abs((last.Estimate - truth).Nanoseconds), Is.LessThan(2_000_000), "gross: the machine may be busy");
        Assert.That((last.HostTime - truth).TotalMilliseconds, Is.InRange(4.9, 25));
        Assert.That(clock.Exchanges.All(e => e.HostReceive > e.HostSend), Is.True);
        Assert.That(mocap.Sigma, Is.Not.Null);
    }

    [Test]
    public void Gaps_are_counted_by_frame_number_and_duplicates_dropped()
    {
        using FakeServer server = new() { Twice = 150 };
        server.Leave.UnionWith([140, 141, 142, 160]);
        using RunningSource running = new(Source(server));
        RecordedSink mocap = running.Sinks["mocap"];
        running.WaitFor(() => mocap.Count > 0 && mocap.Stamps[^1].Sequence >= 170, "frames");
        running.Stop();
        Assert.That(mocap.Stamps.Select(s => s.Sequence), Is.Ordered.Ascending.And.Unique);
        Assert.That(mocap.Losses.Select(l => (l.Reason, l.Evidence, l.Count, l.FirstSequence)), Is.EqualTo(new (LossReason, LossEvidence, long?, long?)[]
        {
            (LossReason.SequenceGap, LossEvidence.Counter, 3, 140),
            (LossReason.SequenceGap, LossEvidence.Counter, 1, 160),
        }));
    }

    [Test]
    public void A_server_that_falls_silent_and_goes_on_is_counted_by_its_numbers()
    {
        using FakeServer server = new();
        using RunningSource running = new(Source(server));
        RecordedSink mocap = running.Sinks["mocap"];
        running.WaitFor(() => mocap.Count >= 50 && running.Sinks["clock.mocap"].Count >= 3, "frames");
        server.Quiet = true;
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        server.Quiet = false;
        int before = mocap.Count;
        running.WaitFor(() => running.Source.State == SourceState.Running && mocap.Count > before + 20, "the return");
        running.Stop();
        long first = mocap.Stamps[0].Sequence;
        Assert.That(mocap.Stamps[^1].Segment, Is.Zero);
        Assert.That(mocap.Stamps.Count + mocap.Lost, Is.EqualTo(mocap.Stamps[^1].Sequence - first + 1), "produced = stored + dropped");
        Assert.That(mocap.Losses.Where(l => l.Count > 0).Select(l => l.Evidence), Is.All.EqualTo(LossEvidence.Counter));
    }

    [Test]
    public void A_server_restart_begins_a_segment()
    {
        using FakeServer server = new();
        using RunningSource running = new(Source(server));
        RecordedSink mocap = running.Sinks["mocap"];
        running.WaitFor(() => mocap.Count >= 80 && running.Sinks["clock.mocap"].Count >= 3, "frames");
        server.Restart = true;
        running.WaitFor(() => mocap.Stamps[^1].Segment == 1 && running.Sinks["clock.mocap"].Exchanges[^1].Segment == 1, "the segment");
        running.Stop();
        Assert.That(mocap.Losses.Select(l => l.Reason), Does.Contain(LossReason.DeviceReset));
        Assert.That(mocap.Lost, Is.Zero);
    }

    [Test]
    public void A_changed_model_list_is_asked_for_again()
    {
        using FakeServer server = new();
        using RunningSource running = new(Source(server), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink mocap = running.Sinks["mocap"];
        running.WaitFor(() => mocap.Count >= 10, "frames");
        server.CubeId = 9;
        running.WaitFor(() => mocap.Count > 40 && mocap.Bodies[^1][1] is { X: 2 } && mocap.Bodies.Count(b => b[1] is null) < mocap.Count / 2, "the new id");
        running.Stop();
    }

    [Test]
    public void Multicast_is_joined()
    {
        int port = Cameras.Http.HttpCameraSourceTests.FreePort();
        using FakeServer server = new(group: [239, 255, 42, 99], dataPort: port);
        using RunningSource running = new(Source(server, s => s with { LocalAddress = "127.0.0.1" }));
        running.WaitFor(() => running.Sinks["mocap"].Count >= 20, "frames by multicast");
        running.Stop();
    }

    [Test]
    public void The_running_loop_allocates_nothing()
    {
        using FakeServer server = new() { PeriodMs = 1 };
        using RunningSource running = new(Source(server));
        RecordedSink mocap = running.Sinks["mocap"];
        running.MeasureAllocation(mocap, mocap.Count + 200, mocap.Count + 1200);
        running.WaitFor(() => running.Allocated >= 0, "1000 frames", 20);
        running.Stop();
        Assert.That(running.Allocated, Is.Zero);
        Assert.That(mocap.Losses.Where(l => l.Evidence != LossEvidence.Counter), Is.Empty);
    }

    [Test]
    public void A_body_that_the_server_does_not_have_is_named_with_those_it_has()
    {
        using FakeServer server = new();
        using NatNetSource source = Source(server, s => s with { Bodies = ["hand"] });
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.NotFound));
        Assert.That(e.Message, Does.Contain("\"hand\"").And.Contain("gripper, cube"));
    }

    [Test]
    public void An_old_server_is_refused_with_its_version()
    {
        using FakeServer server = new(2, 9);
        using NatNetSource source = Source(server);
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.Unsupported));
        Assert.That(e.Message, Does.Contain("2.9"));
    }

    private static NatNetSource Source(FakeServer server, Func<NatNetSettings, NatNetSettings>? change = null)
    {
        NatNetSettings settings = new() { Name = "mocap", Server = "127.0.0.1", CommandPort = server.Port, Bodies = ["gripper", "cube"], SilenceTimeout = Duration.FromMilliseconds(400) };
        return new NatNetSource(change?.Invoke(settings) ?? settings, HostClock.System);
    }
}
