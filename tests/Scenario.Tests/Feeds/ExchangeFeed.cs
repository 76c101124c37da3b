using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>What board and motion capture share: a two-way clock fed by exchanges, which are a stream of the episode too.</summary>
/// <param name="stopProbesNs">From then on no exchange is answered any more; null: never.</param>
internal abstract class ExchangeFeed(BenchScenario scenario, string device, string stream, double tickHz, long? stopProbesNs) : Feed(stream)
{
    // An answer that has not come by then is given up.
    private const long PatienceNs = 50_000_000;

    private IClockExchangeSink? exchanges;
    private long exchangeCount;

    /// <summary>Its name in the scenario; also its clock's.</summary>
    public string Device { get; } = device;

    public long ExchangesTaken => exchangeCount;

    protected BenchScenario Scenario => scenario;

    protected TwoWayClock DeviceClock { get; } = new(new ClockDomain(device, ClockFeed.TwoWay, tickHz, 64));

    /// <summary>Boots of the device that the host has seen.</summary>
    protected int Segment { get; private set; }

    public override IEnumerable<IEnumerable<HostEvent>> Lanes() => [Samples(), Exchanges()];

    protected abstract IEnumerable<HostEvent> Samples();

    protected void OpenExchanges(ISinkFactory sinks, StampSource source) => exchanges = sinks.Open(new ClockExchangeStream
    {
        Name = $"clock.{Device}",
        Device = Identity(Device),
        Clock = DeviceClock.Domain,
        StampSource = source,
        StampInstant = StampInstant.RequestProcessed,
        Counted = false,
        MaxRowBytes = 64,
        BytesPerSecond = 640,
    });

    /// <summary>The device said that it started anew. Its first word comes before its first sample and its first answer.</summary>
    protected virtual void Reboot(int boot, HostTime at)
    {
        Segment = boot;
        DeviceClock.BeginSegment(boot);
        exchanges!.Book(new Loss(at, LossStage.Device, LossReason.DeviceReset, LossEvidence.Counter, 0, null));
    }

    private IEnumerable<HostEvent> Exchanges() => scenario.Exchanges(Device, stopProbesNs).Select(e => e.Lost
        ? new HostEvent(e.HostSendNs + PatienceNs, () => exchanges!.Book(new Loss(At(e.HostSendNs), LossStage.Transport, LossReason.Timeout, LossEvidence.Counter, 0, null)))
        : new HostEvent(e.HostReceiveNs, () => Take(e)));

    private void Take(in ScenarioExchange e)
    {
        if (e.Boot != Segment)
        {
            Reboot(e.Boot, At(e.HostReceiveNs));
        }

        var exchange = new ClockExchange(At(e.HostSendNs), new DeviceTicks((long)e.DeviceReceiveTicks), new DeviceTicks((long)e.DeviceSendTicks), At(e.HostReceiveNs), Segment);
        DeviceClock.Add(exchange);
        exchanges!.Append(exchangeCount++, exchange);
    }
}
