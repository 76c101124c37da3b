using Capture.Core.Time;
using Capture.Simulation.Clocks;

namespace Scenario.Tests.Clocks;

/// <summary>One row of a trial. Errors in ns, estimate − truth.</summary>
/// <param name="Bound">−1 where none is claimed.</param>
/// <param name="Again">A copy of a packet that came before.</param>
internal readonly record struct TrialRow(long TrueNs, long ArrivalNs, long Online, long OnlineBound, long Final, long Sigma, long Bound, int Life, bool Again);

/// <summary>
/// Feeds a simulated run to the clocks of Capture.Core as a recorder does: online, reading by reading, then the fit at close over what was kept. Nothing of the truth reaches them.
/// </summary>
internal sealed class ClockTrial
{
    private readonly ClockRun run;
    private readonly ClockDomain domain;
    private readonly LatencyRange declared;
    private readonly List<(SimulatedSample Sample, DeviceTicks Ticks, int Segment, TimeEstimate Online)> taken = [];
    private readonly Dictionary<int, TickUnwrapper> unwrappers = [];

    private ClockTrial(ClockRun run)
    {
        this.run = run;
        ClockScenario s = run.Scenario;
        domain = new ClockDomain(s.Name, s.Feed == ScenarioFeed.TwoWay ? ClockFeed.TwoWay : ClockFeed.OneWay, s.TickHz, s.WidthBits);
        declared = new LatencyRange(new Duration(s.DeclaredNs.MinNs), new Duration(s.DeclaredNs.MaxNs));
        switch (s.Feed)
        {
            case ScenarioFeed.TwoWay:
                TwoWay(oracle: false);
                break;
            case ScenarioFeed.ArrivalOnly:
                Arrivals();
                break;
            default:
                OneWay();
                break;
        }
    }

    public TrialRow[] Rows { get; private set; } = [];

    /// <summary>True host times at which the online clock began anew within a segment.</summary>
    public List<long> Restarts { get; } = [];

    public ClockFitResult? Fit { get; private set; }

    public ArrivalFitResult? Arrival { get; private set; }

    public static ClockTrial Of(ClockRun run) => new(run);

    /// <summary>The same estimator on exchanges from which the true smallest delays were taken off: what knowing them would give. Final errors, by row.</summary>
    public static long[] Oracle(ClockRun run)
    {
        ClockTrial trial = new(run);
        trial.TwoWay(oracle: true);
        return [.. trial.Rows.Select(r => r.Final)];
    }

    private void TwoWay(bool oracle)
    {
        TwoWayClock online = new(domain);
        List<ClockExchange> kept = [];
        using IEnumerator<SimulatedExchange> exchanges = run.Exchanges().Where(e => !e.Lost).OrderBy(e => e.BackNs).GetEnumerator();
        bool more = exchanges.MoveNext();
        taken.Clear();
        unwrappers.Clear();
        foreach (SimulatedSample s in run.Samples())
        {
            while (more && exchanges.Current.BackNs <= s.ArrivalNs)
            {
                SimulatedExchange e = exchanges.Current;
                (long before, long after) = oracle ? (run.MinThereNs, run.MinBackNs) : (0, 0);
                var exchange = new ClockExchange(
                    new HostTime(e.SendNs + before), Unwrap(e.ReceivedTicks, e.Boot, e.BackNs), Unwrap(e.AnsweredTicks, e.Boot, e.BackNs), new HostTime(e.BackNs - after), e.Boot);
                long restarts = online.Restarts;
                online.Add(exchange);
                Restarted(online.Restarts > restarts, e.BackNs);
                kept.Add(exchange);
                more = exchanges.MoveNext();
            }

            Take(s, online);
        }

        Fit = ClockFit.TwoWay([.. kept], domain);
        ScoreByTicks();
    }

    private void OneWay()
    {
        // As the recorder does for a microphone.
        bool soundCard = run.Scenario.Feed == ScenarioFeed.OwnCount;
        double mostDrift = soundCard ? ClockAssumptions.SoundCardDriftPpm : new ClockAssumptions().MaxDriftPpm;
        OneWayClock online = new(domain, declared, new OneWayOptions { MaxDriftPpm = mostDrift });
        OneWayEnvelope kept = soundCard ? new(domain, mostDriftPpm: mostDrift) : new(domain);
        foreach (SimulatedSample s in run.Samples())
        {
            var arrival = new ClockArrival(Unwrap(s.Ticks!.Value, s.Boot, s.ArrivalNs), new HostTime(s.ArrivalNs), s.Boot);
            long restarts = online.Restarts;
            online.Add(arrival);
            Restarted(online.Restarts > restarts, s.ArrivalNs);
            kept.Add(arrival);
            Take(s, online);
        }

        Fit = ClockFit.OneWay(kept.ToArray(), domain, declared, new FitOptions { ExactCount = soundCard, MaxDriftPpm = mostDrift });
        ScoreByTicks();
    }

    private void Arrivals()
    {
        ArrivalClock online = new(run.Scenario.RateHz, declared);
        foreach (SimulatedSample s in run.Samples())
        {
            taken.Add((s, default, 0, online.Add(new HostTime(s.ArrivalNs))));
        }

        TimeEstimate[] final = new TimeEstimate[taken.Count];
        Arrival = ArrivalFit.Fit([.. taken.Select(t => new HostTime(t.Sample.ArrivalNs))], run.Scenario.RateHz, declared, final);
        Rows = [.. taken.Select((t, i) => Row(t.Sample, t.Online, final[i]))];
    }

    private void Restarted(bool now, long atNs)
    {
        if (now)
        {
            Restarts.Add(atNs);
        }
    }

    private void Take(in SimulatedSample s, IOnlineClock clock)
    {
        DeviceTicks ticks = Unwrap(s.Ticks!.Value, s.Boot, s.ArrivalNs);
        taken.Add((s, ticks, s.Boot, clock.Estimate(ticks, new HostTime(s.ArrivalNs))));
    }

    private void ScoreByTicks()
    {
        SteppedRows fitted = new(new FittedClock(Fit!), domain.Feed == ClockFeed.OneWay ? declared : null);
        foreach ((SimulatedSample sample, DeviceTicks ticks, int segment, _) in taken)
        {
            fitted.Notice(segment, ticks, new HostTime(sample.ArrivalNs));
        }

        Rows = [.. taken.Select(t =>
        {
            bool known = fitted.TryToHost(t.Segment, t.Ticks, new HostTime(t.Sample.ArrivalNs), out TimeEstimate e);
            return Row(t.Sample, t.Online, known ? e : t.Online);
        })];
    }

    private static TrialRow Row(in SimulatedSample s, in TimeEstimate online, in TimeEstimate final) => new(
        s.TrueNs,
        s.ArrivalNs,
        online.Instant.Nanoseconds - s.TrueNs,
        online.Bound?.Nanoseconds ?? -1,
        final.Instant.Nanoseconds - s.TrueNs,
        final.Sigma.Nanoseconds,
        final.Bound?.Nanoseconds ?? -1,
        s.Life,
        s.Again);

    // One unwrapper a boot: the device's word and its ticks come in one packet.
    private DeviceTicks Unwrap(ulong raw, int boot, long arrivalNs)
    {
        if (domain.WidthBits == 64)
        {
            return new DeviceTicks((long)raw);
        }

        if (!unwrappers.TryGetValue(boot, out TickUnwrapper? unwrapper))
        {
            unwrappers[boot] = unwrapper = new TickUnwrapper(domain.WidthBits, domain.TickRateHz, new Duration(run.Scenario.Back.LongestNs));
        }

        unwrapper.Unwrap(raw, new HostTime(arrivalNs), out DeviceTicks ticks);
        return ticks;
    }
}
