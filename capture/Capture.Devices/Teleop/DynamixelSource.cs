using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Teleop;

/// <summary>
/// An arm of Dynamixel servos, polled at a fixed rate. A sample's instant is the midpoint between the request's end and the first byte of the answers; its ticks
/// are the first joint's 1 ms counter, unwrapped: they tell the order and a servo's restart, not the time. The sequence is the poll's number, the same in both streams.
/// </summary>
public sealed class DynamixelSource(DynamixelSettings settings, HostClock clock) : ReconnectingSource(settings.Name, clock)
{
    private const double TickHz = 1000;
    private static readonly Duration TickJitter = Duration.FromMilliseconds(200);

    private readonly PollSchedule schedule = new(Math.Clamp(settings.RateHz, 1, 1000), clock);
    private readonly JointReading[] joints = new JointReading[settings.Model.Joints.Count];
    private readonly double[] goals = new double[settings.Model.Joints.Count];
    private readonly bool[] wasPresent = new bool[settings.Model.Joints.Count];
    private readonly JointModel[] models = [.. settings.Model.Joints];
    private TickUnwrapper unwrapper = new(ServoBlock.TickBits, TickHz, TickJitter);
    private DynamixelBus? bus;
    private JointStateStream? state;
    private JointCommandStream? command;
    private IJointStateSink? stateSink;
    private IJointCommandSink? commandSink;
    private string identity = string.Empty;
    private HostTime lastReply;
    private long slot = -1;
    private long countedTo;

    public override IReadOnlyList<StreamDescriptor> Streams => (state, command) switch
    {
        (null, _) => [],
        (_, null) => [state],
        _ => [state, command],
    };

    protected override void OpenDevice()
    {
        if (settings.Model.Complaint() is { } complaint)
        {
            throw new DeviceException(DeviceTrouble.WrongFormat, complaint, settings.Port, "Correct the arm's file.");
        }

        if (settings.RateHz is not (>= 1 and <= 1000))
        {
            throw new DeviceException(DeviceTrouble.Unsupported, $"{settings.RateHz} polls a second are not possible", settings.Port, "Set a rate from 1 to 1000.");
        }

        bus = DynamixelBus.Open(settings, Clock);
        identity = Identify(waiting: null);
        Describe();
    }

    protected override IStreamSink[] AttachSinks(ISinkFactory sinks)
    {
        stateSink = sinks.Open(state!);
        commandSink = command is null ? null : sinks.Open(command);
        return commandSink is null ? [stateSink] : [stateSink, commandSink];
    }

    protected override HostTime LastHeard(HostTime now) => lastReply;

    protected override string? ReadWhileConnected()
    {
        lastReply = Clock.Now;
        schedule.Begin(slot + 1);
        countedTo = slot;
        Array.Fill(wasPresent, value: true);
        while (!Stopping)
        {
            slot = schedule.WaitForNext(out long skipped);
            if (skipped > 0)
            {
                // The bus was slower than the schedule: these polls were never made.
                BookAll(new Loss(Clock.Now, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Counter, skipped, slot - skipped));
            }

            PollResult result = bus!.Poll();
            if (result.Gone)
            {
                countedTo = slot - 1;
                return "the port is gone";
            }

            if (result.Faults > 0)
            {
                BookAll(new Loss(result.LastReply, LossStage.Parser, LossReason.Corrupt, LossEvidence.Counter, 0, slot));
            }

            if (result.Answered > 0)
            {
                lastReply = result.LastReply;
                Deliver(result);
            }
            else
            {
                BookAll(new Loss(Clock.Now, LossStage.Device, LossReason.Timeout, LossEvidence.Counter, 1, slot));
            }

            countedTo = slot;
            HostTime now = Clock.Now;
            TickIfDue(now);
            if (now - lastReply > settings.SilenceTimeout)
            {
                return "no servo answers";
            }
        }

        return null;
    }

    protected override bool TryReconnect(Duration lostFor)
    {
        bus = DynamixelBus.Open(settings, Clock);
        string found = Identify(KeepWaiting);
        if (found != identity)
        {
            throw new DeviceException(DeviceTrouble.WrongFormat, $"other servos answer ({found}) than before ({identity})", settings.Port, "Connect the arm that was there before.");
        }

        // Whether the servos lost power shows in their tick; what it counts then has nothing to do with before.
        BeginSegment();
        unwrapper.Reset();
        return true;
    }

    /// <summary>The schedule's slots count the polls that could not be made; those that timed out are in the ledger already.</summary>
    protected override (long? Count, LossEvidence Evidence) LostDuring(StreamDescriptor stream, Duration away)
    {
        // Both streams lose the same polls: counted once, for the first.
        slot = ReferenceEquals(stream, state) ? Math.Max(countedTo, schedule.SlotAt(Clock.Now)) : slot;
        return (slot - countedTo, LossEvidence.Interval);
    }

    protected override void Disconnect()
    {
        bus?.Dispose();
        bus = null;
    }

    private bool KeepWaiting()
    {
        TickIfDue(Clock.Now);
        return !Stopping;
    }

    /// <summary>Pings every servo: "id:model/firmware", …</summary>
    private string Identify(Func<bool>? waiting)
    {
        HostTime deadline = Clock.Now + settings.OpenTimeout;
        string[] answers = new string[models.Length];
        while (true)
        {
            for (int i = 0; i < models.Length; i++)
            {
                if (waiting?.Invoke() != false && answers[i] is null && bus!.Ping(models[i].Id, out int model, out int firmware))
                {
                    answers[i] = $"{models[i].Id}:{model}/{firmware}";
                }
            }

            if (Array.TrueForAll(answers, a => a is not null))
            {
                return string.Join(' ', answers);
            }

            if (Clock.Now > deadline || waiting?.Invoke() == false)
            {
                throw Silent(answers);
            }
        }
    }

    private DeviceException Silent(string[] answers)
    {
        string[] missing = [.. models.Where((_, i) => answers[i] is null).Select(m => $"{m.Id} ({m.Name})")];
        return missing.Length == models.Length
            ? new DeviceException(DeviceTrouble.Timeout, "no servo answers", settings.Port, $"Check the arm's power, the port, and baud: {settings.Baud}.")
            : new DeviceException(DeviceTrouble.NotFound, $"no answer from servo {string.Join(", ", missing)}; the others answer", settings.Port, "Check the cable before the first silent servo, and the ids in the arm's file.");
    }

    private void Describe()
    {
        string[] names = [.. models.Select(m => m.Name)];
        ClockDomain domain = new(Name, ClockFeed.Host, TickHz, ServoBlock.TickBits);
        DeviceIdentity device = new(settings.Port, settings.Model.Name, identity);
        int rowBytes = 64 + (names.Length * 24);
        state = new JointStateStream
        {
            Name = $"{Name}.state",
            Device = device,
            Clock = domain,
            StampSource = StampSource.ExchangeMidpoint,
            StampInstant = StampInstant.RequestProcessed,
            RateHz = settings.RateHz,
            Counted = true,
            MaxRowBytes = rowBytes,
            BytesPerSecond = rowBytes * settings.RateHz,
            Joints = names,
        };
        command = settings.Role == ArmRole.Leader ? null : new JointCommandStream
        {
            Name = $"{Name}.command",
            Device = device,
            Clock = domain,
            StampSource = StampSource.ExchangeMidpoint,
            StampInstant = StampInstant.RequestProcessed,
            RateHz = settings.RateHz,
            Counted = true,
            MaxRowBytes = rowBytes,
            BytesPerSecond = rowBytes * settings.RateHz,
            Joints = names,
        };
    }

    private void Deliver(in PollResult result)
    {
        bool newlyMissing = false;
        for (int i = 0; i < models.Length; i++)
        {
            bool present = bus!.Present[i];
            newlyMissing |= wasPresent[i] && !present;
            wasPresent[i] = present;
            ServoBlock block = bus.Blocks[i];
            JointModel model = models[i];
            joints[i] = present ? new JointReading(Present: true, model.Position(block.Position), model.Velocity(block.Velocity), model.Current(block.Current)) : default;
            goals[i] = present ? model.Position(block.GoalPosition) : double.NaN;
        }

        HostTime middle = HostTime.Midpoint(result.Requested, result.FirstReply);
        if (newlyMissing)
        {
            // Once per change; the row itself says which joint it was.
            BookAll(new Loss(middle, LossStage.Device, LossReason.Timeout, LossEvidence.Counter, 0, slot));
        }

        SampleStamp stamp = new(slot, Segment, Ticks(middle), middle, middle);
        stateSink!.Append(stamp, result.Requested, result.LastReply, joints);
        stateSink.ReportClockSigma((result.FirstReply - result.Requested) / 4);
        commandSink?.Append(stamp, result.Requested, result.LastReply, goals);
    }

    private DeviceTicks? Ticks(HostTime at)
    {
        if (!bus!.Present[0])
        {
            return null;
        }

        UnwrapStatus status = unwrapper.Unwrap(bus.Blocks[0].RealtimeTick, at, out DeviceTicks ticks);
        if (status is UnwrapStatus.First or UnwrapStatus.Forward or UnwrapStatus.Reordered)
        {
            return ticks;
        }

        if (status == UnwrapStatus.Ambiguous)
        {
            // Tick and time disagree by more than a delay: the servo restarted.
            unwrapper.Reset();
            BeginSegment();
            BookAll(new Loss(at, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
            unwrapper.Unwrap(bus.Blocks[0].RealtimeTick, at, out ticks);
            return ticks;
        }

        return null;
    }
}
