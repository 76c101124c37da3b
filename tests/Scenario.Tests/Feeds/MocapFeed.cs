using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>As NatNetSource: two-way by echoes, ticks at mid-exposure, frame numbers count what is lost between two frames.</summary>
internal sealed class MocapFeed(BenchScenario scenario, long? stopProbesNs = null) : ExchangeFeed(scenario, "mocap", "mocap", 1e7, stopProbesNs)
{
    private readonly MocapBody?[] bodies = [new MocapBody(true, 0, 0, 0, 0, 0, 0, 1, 0), null];
    private IMocapFrameSink? sink;
    private long? last;

    public override long? Observable => Between(Scenario.Samples("mocap"), tail: false);

    public override void Open(ISinkFactory sinks)
    {
        sink = sinks.Open(new MocapFrameStream
        {
            Name = Stream,
            Device = Identity(Stream),
            Clock = DeviceClock.Domain,
            StampSource = StampSource.Kernel,
            StampInstant = StampInstant.MidExposure,
            RateHz = BenchProfile.MocapRateHz,
            Counted = true,
            MaxRowBytes = 512,
            BytesPerSecond = 512 * BenchProfile.MocapRateHz,
            Bodies = ["gripper", "cube"],
            MaxMarkers = 8,
        });
        OpenExchanges(sinks, StampSource.Kernel);
    }

    protected override IEnumerable<HostEvent> Samples() =>
        Scenario.Samples("mocap").Where(s => !s.Lost).Select(s => new HostEvent(s.ArrivalNs, () => Deliver(s)));

    private void Deliver(in ScenarioSample sample)
    {
        HostTime arrival = At(sample.ArrivalNs);
        if (last is { } before && sample.Sequence > before + 1)
        {
            sink!.Book(new Loss(arrival, LossStage.Transport, LossReason.SequenceGap, LossEvidence.Counter, sample.Sequence - before - 1, before + 1));
        }

        last = sample.Sequence;
        DeviceTicks ticks = new((long)sample.DeviceTicks!.Value);
        SampleStamp stamp = new(sample.Sequence, Segment, ticks, arrival, DeviceClock.Estimate(ticks, arrival).Instant);
        Note(sink!.Append(stamp, bodies, []), sample);
    }
}
