using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Mcu;

namespace Capture.Devices.Tests.Mcu;

/// <summary>The source against the real firmware on a pseudo-terminal. Timing is that of two processes on one machine.</summary>
public sealed class BoardSourceTests
{
    [Test]
    public void Imu_triggers_and_exchanges_come_with_times()
    {
        using BenchBoard board = new("--clock-ppm 50 --boot-ticks 5000000");
        using RunningSource running = new(Source(board.Port));
        RecordedSink imu = running.Sinks["board.imu"];
        RecordedSink trigger = running.Sinks["board.trigger"];
        RecordedSink clock = running.Sinks["clock.board"];
        running.WaitFor(() => imu.Count >= 1500 && trigger.Count >= 60 && clock.Count >= 10, "samples");
        running.Stop();

        Assert.That(running.Source.Streams.Select(s => s.Name), Is.EqualTo(new[] { "board.imu", "board.trigger", "clock.board" }));
        long first = imu.Stamps[0].Sequence;
        Assert.That(imu.Stamps.Count + imu.Lost, Is.EqualTo(imu.Stamps[^1].Sequence - first + 1).Within(20), "produced = stored + dropped, tail included");
        Assert.That(imu.Stamps.Select(s => s.Ticks!.Value.Value), Is.Ordered.Ascending);
        Assert.That(imu.Stamps.Skip(1000).Select(s => (s.HostTime - s.Estimate).TotalMilliseconds), Is.All.InRange(-2, 100), "gross");
        double seconds = (imu.Stamps[^1].Estimate - imu.Stamps[500].Estimate).TotalSeconds;
        Assert.That((imu.Stamps[^1].Sequence - imu.Stamps[500].Sequence) / seconds, Is.EqualTo(1000).Within(15));
        Assert.That(imu.Sigma, Is.Not.Null);
    }

    [Test]
    public void What_the_board_drops_is_booked_as_the_boards()
    {
        using BenchBoard board = new("--drop-every 100");
        using RunningSource running = new(Source(board.Port));
        RecordedSink imu = running.Sinks["board.imu"];
        running.WaitFor(() => imu.Count >= 2500 && imu.Losses.Any(l => l.Stage == LossStage.Device && l.Count > 0), "drops");
        running.Stop();
        long ownDrops = imu.Losses.Where(l => l.Reason == LossReason.DeviceOverflow).Sum(l => l.Count ?? 0);
        Assert.That(ownDrops, Is.GreaterThanOrEqualTo(10));
        Assert.That(imu.Losses.Where(l => l.Reason == LossReason.DeviceOverflow).Select(l => (l.Stage, l.Evidence)), Is.All.EqualTo((LossStage.Device, LossEvidence.Counter)));
        Assert.That(imu.Stamps.Count + imu.Lost, Is.EqualTo(imu.Stamps[^1].Sequence - imu.Stamps[0].Sequence + 1).Within(20));
    }

    [Test]
    public void A_restart_begins_a_segment()
    {
        using BenchBoard board = new("--reboot-after-ms 1500");
        using RunningSource running = new(Source(board.Port));
        RecordedSink imu = running.Sinks["board.imu"];
        running.WaitFor(() => imu.Count > 0 && imu.Stamps[^1].Segment == 1, "the segment");
        running.Stop();
        Assert.That(imu.Losses.Select(l => l.Reason), Does.Contain(LossReason.DeviceReset));
        Assert.That(running.Sinks["clock.board"].Exchanges.Select(e => e.Segment), Is.Ordered.Ascending);
    }

    [Test]
    public void A_board_that_is_unplugged_and_returns_goes_on_in_a_new_segment()
    {
        string link = Path.Combine(Path.GetTempPath(), $"capture-board-{Environment.ProcessId}");
        BenchBoard board = new(string.Empty, link);
        using RunningSource running = new(Source(link));
        RecordedSink imu = running.Sinks["board.imu"];
        running.WaitFor(() => imu.Count >= 200, "samples");
        board.Dispose();
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        File.Delete(link);
        using BenchBoard again = new(string.Empty, link);
        int before = imu.Count;
        running.WaitFor(() => running.Source.State == SourceState.Running && imu.Count > before + 200, "the return");
        running.Stop();
        Assert.That(imu.Stamps[^1].Segment, Is.EqualTo(1));
        Loss back = imu.Losses.Single(l => l.Reason == LossReason.Reconnected);

        // Its counters began anew: a number inferred from the rate would not be in what they say was produced, and the books would not balance.
        Assert.That((back.Evidence, back.Count), Is.EqualTo((LossEvidence.None, (long?)null)));
    }

    [Test]
    public void A_board_that_falls_silent_and_goes_on_is_counted_by_its_numbers()
    {
        using BenchBoard board = new();
        using RunningSource running = new(Source(board.Port, s => s with { SilenceTimeout = Duration.FromMilliseconds(300) }));
        RecordedSink imu = running.Sinks["board.imu"];
        running.WaitFor(() => imu.Count >= 200, "samples");
        board.Freeze(frozen: true);
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        board.Freeze(frozen: false);
        int before = imu.Count;
        running.WaitFor(() => running.Source.State == SourceState.Running && imu.Count > before + 300, "the return");
        running.Stop();
        Assert.That(imu.Stamps[^1].Segment, Is.Zero);
        Assert.That(imu.Stamps.Count + imu.Lost, Is.EqualTo(imu.Stamps[^1].Sequence - imu.Stamps[0].Sequence + 1).Within(20), "produced = stored + dropped, tail included");
        Assert.That(imu.Losses.Where(l => l.Count > 0).Select(l => l.Evidence), Is.All.EqualTo(LossEvidence.Counter));
    }

    [Test]
    public void The_running_loop_allocates_nothing()
    {
        using BenchBoard board = new();
        using RunningSource running = new(Source(board.Port));
        RecordedSink imu = running.Sinks["board.imu"];
        running.MeasureAllocation(imu, 1000, 3000);
        running.WaitFor(() => running.Allocated >= 0, "2000 samples");
        running.Stop();
        Assert.That(running.Allocated, Is.Zero);
    }

    [Test]
    public void A_rate_that_the_board_does_not_offer_is_refused()
    {
        using BenchBoard board = new();
        using BoardSource source = Source(board.Port, s => s with { ImuRateHz = 12_345 });
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Message, Does.Contain("12345").And.Contain(board.Port));
    }

    private static BoardSource Source(string port, Func<BoardSettings, BoardSettings>? change = null)
    {
        BoardSettings settings = new() { Name = "board", Port = port, Triggers = [new BoardTrigger("front", 1, 30, Duration.FromMilliseconds(5))] };
        return new BoardSource(change?.Invoke(settings) ?? settings, HostClock.System);
    }
}
