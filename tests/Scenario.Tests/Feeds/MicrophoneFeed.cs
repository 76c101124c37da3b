using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>
/// As MicrophoneSource: one-way on the index of the frames that were read, against the return of the read that completed a period. A lost period is an overrun that
/// ALSA reports: the index is carried over the hole by the host's clock, and a new segment begins.
/// </summary>
/// <param name="declared">From the last frame of a period to its arrival, as rig.yaml says it.</param>
internal sealed class MicrophoneFeed(BenchScenario scenario, LatencyRange declared) : Feed("room")
{
    private const int Rate = BenchProfile.AudioRateHz;
    private const int PeriodFrames = BenchProfile.AudioPeriodFrames;
    private static readonly Duration s_period = new(PeriodFrames * 1_000_000_000L / Rate);

    private readonly OneWayClock deviceClock = new(new ClockDomain("room", ClockFeed.OneWay, Rate, 64), declared);
    private readonly byte[] period = new byte[PeriodFrames * 2];
    private IAudioPeriodSink? sink;
    private long nextFrame;
    private long sequence;
    private int segment;
    private HostTime lastRead = new(scenario.StartNs);

    public override long? Observable => null;

    public override void Open(ISinkFactory sinks) => sink = sinks.Open(new AudioPeriodStream
    {
        Name = Stream,
        Device = Identity(Stream),
        Clock = deviceClock.Domain,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.FirstSample,
        Latency = new LatencyRange(declared.Min + s_period, declared.Max + s_period),
        RateHz = (double)Rate / PeriodFrames,
        Counted = false,
        MaxRowBytes = period.Length,
        BytesPerSecond = 2 * Rate,
        SampleRateHz = Rate,
        Channels = 1,
        Format = AudioSampleFormat.S16,
        PeriodFrames = PeriodFrames,
    });

    public override IEnumerable<IEnumerable<HostEvent>> Lanes() =>
        [scenario.Samples(Stream).Select(s => new HostEvent(s.ArrivalNs, s.Lost ? () => Overrun(At(s.ArrivalNs)) : () => Advance(s)))];

    private void Overrun(HostTime now)
    {
        long lost = (long)Math.Round((now - lastRead).TotalSeconds * Rate);
        nextFrame += lost;
        deviceClock.BeginSegment(++segment);
        sink!.Book(new Loss(now, LossStage.Device, LossReason.Overrun, LossEvidence.Interval, lost, null));
        lastRead = now;
    }

    private void Advance(in ScenarioSample sample)
    {
        HostTime now = At(sample.ArrivalNs);
        lastRead = now;
        DeviceTicks first = new(nextFrame);
        nextFrame += PeriodFrames;
        deviceClock.Add(new ClockArrival(new DeviceTicks(nextFrame), now, segment));
        SampleStamp stamp = new(sequence++, segment, first, now, deviceClock.Estimate(first, now - s_period).Instant);
        Note(sink!.Append(stamp, period), sample);
    }
}
