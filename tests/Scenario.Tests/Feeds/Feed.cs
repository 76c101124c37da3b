using Capture.Core.Time;
using Capture.Episodes.Schema;
using Capture.Simulation.Rig;

namespace Scenario.Tests.Feeds;

/// <summary>Something that happens on the host at an instant of CLOCK_MONOTONIC.</summary>
internal readonly record struct HostEvent(long AtNs, Action Happen);

/// <summary>
/// Does with the samples of a scenario what the source of that device does with those of its transport: the same clock of Capture.Core, the same stamps, the same
/// entries in the ledger. It notes which true instant each row belongs to; nothing that the recorder gets comes from there.
/// </summary>
internal abstract class Feed(string stream)
{
    /// <summary>Name of the recorded stream.</summary>
    public string Stream { get; } = stream;

    /// <summary>True instant of each row that was appended, in order.</summary>
    public List<long> Truth { get; } = [];

    /// <summary>Segment in which each row really was produced, as far as the scenario knows it.</summary>
    public List<int> Boots { get; } = [];

    /// <summary>Rows that the recorder did not take.</summary>
    public long NotTaken { get; private set; }

    /// <summary>Losses of counted samples that a perfect ledger shows; null where nobody can count them.</summary>
    public abstract long? Observable { get; }

    public abstract void Open(ISinkFactory sinks);

    /// <summary>Events by time; each lane ascends.</summary>
    public abstract IEnumerable<IEnumerable<HostEvent>> Lanes();

    protected void Note(bool taken, in ScenarioSample sample)
    {
        if (taken)
        {
            Truth.Add(sample.TrueNs);
            Boots.Add(sample.Boot);
        }
        else
        {
            NotTaken++;
        }
    }

    /// <summary>Lost samples behind the first that arrived (a counter shows no more), and before the last one unless the device tells its count at the end.</summary>
    protected static long Between(IEnumerable<ScenarioSample> samples, bool tail)
    {
        long all = 0;
        long atLast = 0;
        bool any = false;
        foreach (ScenarioSample sample in samples)
        {
            if (!sample.Lost)
            {
                any = true;
                atLast = all;
            }
            else if (any)
            {
                all++;
            }
        }

        return tail ? all : atLast;
    }

    protected static HostTime At(long ns) => new(ns);

    protected static DeviceIdentity Identity(string name) => new("scenario", name, null);
}
