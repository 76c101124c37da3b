using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>As HttpCameraSource: one-way on X-Timestamp where the camera sends one, else arrival-only.</summary>
/// <param name="declared">From mid-exposure, where the camera's stamp is the start of the exposure: that it is 4 ms long is part of what is declared.</param>
internal sealed class CameraFeed(BenchScenario scenario, string name, LatencyRange declared) : Feed(name)
{
    private const double TimestampHz = 1e6;
    private readonly ScenarioStream stream = scenario[name];
    private readonly OneWayClock deviceClock = new(new ClockDomain(name, ClockFeed.OneWay, TimestampHz, 64), declared);
    private readonly ArrivalClock arrivals = new(scenario[name].RateHz, declared);
    private readonly byte[] picture = new byte[64];
    private ICameraFrameSink? sink;
    private long sequence;
    private long? lastTicks;

    public override long? Observable => stream.HasTicks ? Between(scenario.Samples(Stream), tail: false) : null;

    public override void Open(ISinkFactory sinks) => sink = sinks.Open(new CameraFrameStream
    {
        Name = Stream,
        Device = Identity(Stream),
        Clock = stream.HasTicks ? deviceClock.Domain : null,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.MidExposure,
        Latency = declared,
        RateHz = stream.RateHz,
        Counted = false,
        MaxRowBytes = 4096,
        BytesPerSecond = 64 * stream.RateHz,
        WidthPx = 640,
        HeightPx = 480,
        Encoding = "mjpeg",
    });

    public override IEnumerable<IEnumerable<HostEvent>> Lanes() =>
        [scenario.Samples(Stream).Where(s => !s.Lost).Select(s => new HostEvent(s.ArrivalNs, () => Deliver(s)))];

    private void Deliver(in ScenarioSample sample)
    {
        HostTime arrival = At(sample.ArrivalNs);
        SampleStamp stamp = sample.DeviceTicks is { } us ? ByTicks((long)us, arrival) : ByArrival(arrival);
        Note(sink!.Append(stamp, picture, keyFrame: true), sample with { TrueNs = sample.TrueNs + (BenchProfile.ExposureNs / 2) });
    }

    private SampleStamp ByArrival(HostTime arrival)
    {
        TimeEstimate estimate = arrivals.Add(arrival);
        if (arrivals.MissedBefore > 0)
        {
            sink!.Book(new Loss(arrival, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Interval, arrivals.MissedBefore, null));
        }

        return new SampleStamp(sequence++, 0, null, arrival, estimate.Instant);
    }

    private SampleStamp ByTicks(long us, HostTime arrival)
    {
        long missed = lastTicks is { } last ? (long)Math.Round((us - last) / TimestampHz * stream.RateHz) - 1 : 0;
        if (missed > 0)
        {
            sink!.Book(new Loss(arrival, LossStage.Transport, LossReason.IntervalGap, LossEvidence.Interval, missed, null));
        }

        lastTicks = us;
        DeviceTicks ticks = new(us);
        deviceClock.Add(new ClockArrival(ticks, arrival, 0));
        return new SampleStamp(sequence++, 0, ticks, arrival, deviceClock.Estimate(ticks, arrival).Instant);
    }
}
