using Capture.Simulation.Rig;

namespace Capture.Simulation.Tests.Rig;

public class BenchScenarioTests
{
    private const long Start = 77_000_000_000;
    private const long Minute = 60_000_000_000;

    [Test]
    public void Every_stream_keeps_its_rate_order_and_declared_latency()
    {
        var scenario = new BenchScenario(6, Start, Minute);
        foreach (ScenarioStream stream in scenario.Streams)
        {
            ScenarioSample[] samples = [.. scenario.Samples(stream.Name)];
            Assert.That(samples.Length, Is.EqualTo(60.0 * stream.RateHz).Within(6).Or.EqualTo(60.0 * stream.RateHz).Within(1).Percent, stream.Name);
            Assert.That(samples.Count(s => s.Lost), Is.InRange(1, samples.Length / 100), stream.Name);
            for (int i = 0; i < samples.Length; i++)
            {
                long latency = samples[i].ArrivalNs - samples[i].TrueNs;
                Assert.That(latency, Is.GreaterThanOrEqualTo(stream.MinLatencyNs), $"{stream.Name} {i}");
                bool heldUp = i > 0 && samples[i].ArrivalNs == samples[i - 1].ArrivalNs;
                Assert.That(heldUp || latency <= stream.MaxLatencyNs, Is.True, $"{stream.Name} {i}: {latency}");
                Assert.That(samples[i].DeviceTicks.HasValue, Is.EqualTo(stream.HasTicks));
                if (i > 0)
                {
                    Assert.That(samples[i].Sequence, Is.EqualTo(samples[i - 1].Sequence + 1));
                    Assert.That(samples[i].TrueNs, Is.GreaterThan(samples[i - 1].TrueNs));
                    Assert.That(samples[i].ArrivalNs, Is.GreaterThanOrEqualTo(samples[i - 1].ArrivalNs));
                }

                if (stream.HasTicks)
                {
                    Assert.That(samples[i].DeviceTicks, Is.EqualTo(stream.Clock.RawTicksAt(samples[i].TrueNs)));
                }
            }
        }
    }

    [Test]
    public void A_seed_gives_the_same_scenario_again()
    {
        ScenarioSample[] Run(ulong seed) => [.. new BenchScenario(seed, Start, 5_000_000_000).ByArrival().Select(pair => pair.Sample)];
        ScenarioSample[] once = Run(8);
        ScenarioSample[] again = Run(8);
        Assert.That(again, Is.EqualTo(once));
        Assert.That(Run(9), Is.Not.EqualTo(once));
    }

    [Test]
    public void Exchanges_hold_the_truth_between_their_stamps_and_stop_when_told()
    {
        var scenario = new BenchScenario(6, Start, Minute);
        foreach (string name in new[] { "board", "mocap" })
        {
            ScenarioExchange[] exchanges = [.. scenario.Exchanges(name, Start + 10_000_000_000)];
            Assert.That(exchanges, Has.Length.EqualTo(100));
            foreach (ScenarioExchange e in exchanges)
            {
                Assert.That(e.TrueReceiveNs, Is.InRange(e.HostSendNs, e.HostReceiveNs));
                Assert.That(e.DeviceReceiveTicks, Is.EqualTo(scenario[name].Clock.RawTicksAt(e.TrueReceiveNs)));
                Assert.That(e.DeviceSendTicks, Is.GreaterThanOrEqualTo(e.DeviceReceiveTicks));
            }
        }
    }

    [Test]
    public void All_streams_together_come_in_order_of_arrival()
    {
        long before = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((ScenarioStream stream, ScenarioSample sample) in new BenchScenario(6, Start, 3_000_000_000).ByArrival())
        {
            Assert.That(sample.ArrivalNs, Is.GreaterThanOrEqualTo(before));
            Assert.That(sample.Lost, Is.False);
            before = sample.ArrivalNs;
            names.Add(stream.Name);
        }

        Assert.That(names, Has.Count.EqualTo(7));
    }
}
