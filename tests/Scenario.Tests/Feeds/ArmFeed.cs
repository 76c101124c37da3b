using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>As DynamixelSource: the instant is the midpoint between the request and the first byte of the answers; a poll without an answer is counted.</summary>
internal sealed class ArmFeed(BenchScenario scenario, string arm) : Feed($"{arm}.state")
{
    private readonly long replyWireNs = scenario[arm].MinLatencyNs - BenchProfile.ArmReply.MinNs;
    private readonly JointReading[] joints = new JointReading[BenchProfile.ServoCount];
    private TickUnwrapper unwrapper = new(15, 1000, Duration.FromMilliseconds(200));
    private IJointStateSink? sink;

    public override long? Observable => scenario.Samples(arm).Count(s => s.Lost);

    public override void Open(ISinkFactory sinks) => sink = sinks.Open(new JointStateStream
    {
        Name = Stream,
        Device = Identity(Stream),
        Clock = new ClockDomain(arm, ClockFeed.Host, 1000, 15),
        StampSource = StampSource.ExchangeMidpoint,
        StampInstant = StampInstant.RequestProcessed,
        RateHz = BenchProfile.ArmRateHz,
        Counted = true,
        MaxRowBytes = 256,
        BytesPerSecond = 256 * BenchProfile.ArmRateHz,
        Joints = [.. Enumerable.Range(1, BenchProfile.ServoCount).Select(id => $"joint{id}")],
    });

    public override IEnumerable<IEnumerable<HostEvent>> Lanes() => [scenario.Samples(arm).Select(s => new HostEvent(s.ArrivalNs, () => Poll(s)))];

    private void Poll(in ScenarioSample sample)
    {
        HostTime reply = At(sample.ArrivalNs);
        if (sample.Lost)
        {
            sink!.Book(new Loss(reply, LossStage.Device, LossReason.Timeout, LossEvidence.Counter, 1, sample.Sequence));
            return;
        }

        HostTime request = At(sample.RequestNs!.Value);
        HostTime middle = HostTime.Midpoint(request, reply - new Duration(replyWireNs));
        UnwrapStatus status = unwrapper.Unwrap(sample.DeviceTicks!.Value, middle, out DeviceTicks ticks);
        Assert.That(status, Is.Not.EqualTo(UnwrapStatus.Ambiguous).And.Not.EqualTo(UnwrapStatus.OutOfRange), $"{Stream} {sample}");
        Note(sink!.Append(new SampleStamp(sample.Sequence, 0, ticks, middle, middle), request, reply, joints), sample);
    }
}
