using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>As BoardSource: two-way; the numbers of the samples count what is lost, and the board's last counts what is lost behind the last sample.</summary>
internal sealed class BoardFeed(BenchScenario scenario, long? stopProbesNs = null) : ExchangeFeed(scenario, "board", "board.imu", 1e6, stopProbesNs)
{
    private static readonly float[] s_vector = [0, 0, 9.81f];
    private IImuSink? imu;
    private long? next;

    /// <summary>Of each boot: nobody knows what the board had made when it died.</summary>
    public override long? Observable
    {
        get
        {
            var boots = Scenario.Samples("board").GroupBy(s => s.Boot).ToList();
            return boots.Sum(boot => Between(boot, tail: boot == boots[^1]));
        }
    }

    public override void Open(ISinkFactory sinks)
    {
        imu = sinks.Open(new ImuStream
        {
            Name = Stream,
            Device = Identity(Stream),
            Clock = DeviceClock.Domain,
            StampSource = StampSource.ReadReturn,
            StampInstant = StampInstant.FirstSample,
            RateHz = BenchProfile.ImuRateHz,
            Counted = true,
            MaxRowBytes = 96,
            BytesPerSecond = 96_000,
        });
        OpenExchanges(sinks, StampSource.ReadReturn);
    }

    protected override IEnumerable<HostEvent> Samples()
    {
        long produced = 0;
        foreach (ScenarioSample sample in Scenario.Samples("board"))
        {
            produced = sample.Sequence + 1;
            if (!sample.Lost)
            {
                yield return new HostEvent(sample.ArrivalNs, () => Deliver(sample));
            }
        }

        long end = Scenario.StartNs + Scenario.DurationNs + 100_000_000;
        yield return new HostEvent(end, () => Gap(produced, At(end)));
    }

    protected override void Reboot(int boot, HostTime at)
    {
        base.Reboot(boot, at);
        next = null;
        imu!.Book(new Loss(at, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
    }

    private void Deliver(in ScenarioSample sample)
    {
        HostTime arrival = At(sample.ArrivalNs);
        if (sample.Boot != Segment)
        {
            Reboot(sample.Boot, arrival);
        }

        Gap(sample.Sequence, arrival);
        next = sample.Sequence + 1;
        DeviceTicks ticks = new((long)sample.DeviceTicks!.Value);
        SampleStamp stamp = new(sample.Sequence, Segment, ticks, arrival, DeviceClock.Estimate(ticks, arrival).Instant);
        Note(imu!.Append(stamp, s_vector, s_vector), sample);
    }

    private void Gap(long upTo, HostTime at)
    {
        if (next is { } expected && upTo > expected)
        {
            imu!.Book(new Loss(at, LossStage.Transport, LossReason.SequenceGap, LossEvidence.Counter, upTo - expected, expected));
        }
    }
}
