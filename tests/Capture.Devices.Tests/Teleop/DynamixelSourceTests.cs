using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Devices.Teleop;

namespace Capture.Devices.Tests.Teleop;

/// <summary>The source against servos of the tests' own on a pseudo-terminal. Says nothing on timing of a real bus or adapter.</summary>
public sealed class DynamixelSourceTests
{
    private static readonly ArmModel Arm = new("koch", [
        new JointModel("shoulder", 1, ZeroCounts: 2048),
        new JointModel("elbow", 2, ZeroCounts: 2048, Sign: -1),
        new JointModel("gripper", 3, ZeroCounts: 2348, Unit: JointUnit.Metre, MetresPerTurn: 0.08)]);

    [TestCase(false)]
    [TestCase(true)]
    public void Follower_gives_state_and_command_joined_by_sequence(bool fast)
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm, s => s with { FastSyncRead = fast }), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink state = running.Sinks["arm.state"];
        RecordedSink command = running.Sinks["arm.command"];
        running.WaitFor(() => state.Count >= 50, "50 polls");
        running.Stop();

        Assert.That(running.Source.State, Is.EqualTo(SourceState.Stopped));
        Assert.That(command.Stamps, Is.EqualTo(state.Stamps));
        Assert.That(state.Stamps.Select(s => s.Sequence), Is.Ordered.Ascending);
        Assert.That(state.Joints[^1][0].Position, Is.EqualTo(100 * 2 * Math.PI / 4096).Within(1e-9));
        Assert.That(state.Joints[^1][1].Position, Is.EqualTo(-200 * 2 * Math.PI / 4096).Within(1e-9));
        Assert.That(state.Joints[^1][2].Position, Is.Zero);
        Assert.That(state.Joints[^1][0].Velocity, Is.EqualTo(-10 * 0.229 / 60 * 2 * Math.PI).Within(1e-9));
        Assert.That(command.Goals[^1][0], Is.EqualTo((1025 - 2048) * 2 * Math.PI / 4096).Within(1e-9));
        for (int i = 0; i < state.Count; i++)
        {
            (HostTime request, HostTime reply) = state.Exchanged[i];
            Assert.That(state.Stamps[i].HostTime, Is.InRange(request, reply));
        }
    }

    [Test]
    public void Ticks_are_unwrapped_over_the_counters_end()
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm));
        RecordedSink state = running.Sinks["arm.state"];

        // The fake's counter starts 768 ms before its wrap.
        running.WaitFor(() => state.Count > 0 && state.Stamps[^1].Ticks?.Value > 33_200, "the wrap");
        running.Stop();
        Assert.That(state.Stamps.Select(s => s.Ticks!.Value.Value), Is.Ordered.Ascending);
        Assert.That(state.Stamps.Select(s => s.Segment), Is.All.Zero);
    }

    [Test]
    public void Nothing_but_pings_and_reads_goes_over_the_line()
    {
        using FakeArm arm = new(1, 2, 3);
        using (RunningSource running = new(Source(arm)))
        {
            running.WaitFor(() => running.Sinks["arm.state"].Count >= 20, "20 polls");
            running.Stop();
        }

        byte[] heard = arm.Heard;
        HashSet<byte> instructions = [];
        for (int at = 0; at < heard.Length; at += 7 + heard[at + 5] + (heard[at + 6] << 8))
        {
            Assert.That(heard[at..(at + 4)], Is.EqualTo(new byte[] { 0xFF, 0xFF, 0xFD, 0x00 }));
            instructions.Add(heard[at + 7]);
        }

        Assert.That(instructions, Is.EquivalentTo(new byte[] { 0x01, 0x82 }));
    }

    [Test]
    public void A_servo_that_falls_silent_is_absent_and_booked_once()
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm), s => s.All.ForEach(x => x.KeepPayloads = true));
        RecordedSink state = running.Sinks["arm.state"];
        running.WaitFor(() => state.Count >= 10, "polls");
        arm.Missing = 2;
        int before = state.Count;
        running.WaitFor(() => state.Count >= before + 20, "polls without servo 2");
        running.Stop();
        Assert.That(state.Joints[^1].Select(j => j.Present), Is.EqualTo(new[] { true, false, true }));
        Assert.That(running.Sinks["arm.command"].Goals[^1][1], Is.NaN);
        Assert.That(state.Losses.Count(l => l.Reason == LossReason.Timeout), Is.EqualTo(1));
    }

    [Test]
    public void Every_poll_is_a_row_or_in_the_ledger_also_over_silence_and_return()
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm, s => s with { SilenceTimeout = Duration.FromMilliseconds(200) }));
        RecordedSink state = running.Sinks["arm.state"];
        RecordedSink command = running.Sinks["arm.command"];
        running.WaitFor(() => state.Count >= 20, "polls");
        arm.Silent = true;
        running.WaitFor(() => running.Source.State == SourceState.Lost, "the loss");
        arm.Silent = false;
        int before = state.Count;
        running.WaitFor(() => state.Count >= before + 20, "polls after the return");
        running.Stop();

        foreach (RecordedSink sink in new[] { state, command })
        {
            Assert.That(sink.Losses.Select(l => l.Reason), Does.Contain(LossReason.Timeout).And.Contain(LossReason.Disconnected).And.Contain(LossReason.Reconnected));
            long last = Math.Max(sink.Stamps[^1].Sequence, sink.Losses.Where(l => l.FirstSequence is not null).Max(l => l.FirstSequence!.Value + Math.Max(l.Count!.Value, 1) - 1));
            Assert.That(sink.Stamps.Count + sink.Lost, Is.EqualTo(last + 1), "produced = stored + dropped");
            Assert.That(sink.Stamps[^1].Segment, Is.EqualTo(1));
        }

        Assert.That(command.Lost, Is.EqualTo(state.Lost));
    }

    [Test]
    public void Another_arm_on_the_same_port_is_not_taken_for_the_first()
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm, s => s with { SilenceTimeout = Duration.FromMilliseconds(200) }));
        running.WaitFor(() => running.Sinks["arm.state"].Count >= 5, "polls");
        arm.ModelNumber = 1200;
        arm.Silent = true;
        running.WaitFor(() => running.Source.Trouble?.Contains("other servos", StringComparison.Ordinal) == true, "the refusal");
        Assert.That(running.Source.State, Is.EqualTo(SourceState.Lost));
        running.Stop();
    }

    [Test]
    public void A_servo_restart_begins_a_segment()
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm));
        RecordedSink state = running.Sinks["arm.state"];
        running.WaitFor(() => state.Count >= 20, "polls");
        arm.TickOffset = 12_000;
        running.WaitFor(() => state.Stamps[^1].Segment == 1, "the segment");
        running.Stop();
        Assert.That(state.Losses.Select(l => l.Reason), Does.Contain(LossReason.DeviceReset));
    }

    [Test]
    public void A_leader_has_state_only()
    {
        using FakeArm arm = new(1, 2, 3);
        using DynamixelSource source = Source(arm, s => s with { Role = ArmRole.Leader });
        source.Open();
        Assert.That(source.Streams.Select(s => s.Name), Is.EqualTo(new[] { "arm.state" }));
    }

    [Test]
    public void The_running_loop_allocates_nothing()
    {
        using FakeArm arm = new(1, 2, 3);
        using RunningSource running = new(Source(arm, s => s with { RateHz = 500 }));
        RecordedSink state = running.Sinks["arm.state"];
        running.MeasureAllocation(state, state.Count + 100, state.Count + 1100);
        running.WaitFor(() => running.Allocated >= 0, "1000 polls", 20);
        running.Stop();
        Assert.That(running.Allocated, Is.Zero);
        Assert.That(state.LargestPause, Is.LessThan(Duration.FromMilliseconds(250)), "gross: the machine may be busy");
    }

    [Test]
    public void A_missing_servo_at_the_start_is_named()
    {
        using FakeArm arm = new(1, 3);
        using DynamixelSource source = Source(arm, s => s with { OpenTimeout = Duration.FromMilliseconds(300) });
        DeviceException e = Assert.Throws<DeviceException>(source.Open)!;
        Assert.That(e.Trouble, Is.EqualTo(DeviceTrouble.NotFound));
        Assert.That(e.Message, Does.Contain("2 (elbow)").And.Contain(arm.Line.Path));
    }

    private static DynamixelSource Source(FakeArm arm, Func<DynamixelSettings, DynamixelSettings>? change = null)
    {
        DynamixelSettings settings = new() { Name = "arm", Port = arm.Line.Path, Model = Arm };
        return new DynamixelSource(change?.Invoke(settings) ?? settings, HostClock.System);
    }
}
