namespace Capture.Simulation.Clocks;

/// <summary>
/// One seeded run of a scenario: readings as a host would get them, and the truth. Simulated time: an hour takes a second or two. True time is the host's CLOCK_MONOTONIC.
/// Deterministic: scenario, seed and length decide every number.
/// </summary>
public sealed class ClockRun
{
    // So that a step of 200,000 s backwards does not go below zero.
    private const double SecondsShownAtFirst = 1_000_000;
    private readonly List<Life> _lives = [];
    private readonly ulong _seed;
    private readonly long _hidden;
    private readonly double _share;

    /// <exception cref="ArgumentOutOfRangeException">The length is not 1 s to 10 days.</exception>
    public ClockRun(ClockScenario scenario, ulong seed, double seconds)
    {
        if (!(seconds is >= 1 and <= 864_000))
        {
            throw new ArgumentOutOfRangeException(nameof(seconds), seconds, "A run lasts 1 s to 10 days.");
        }

        Scenario = scenario;
        _seed = seed;
        DurationNs = (long)(seconds * 1e9);
        Xoshiro256 random = Xoshiro256.For(seed, "scenario/" + scenario.Name);
        StartNs = (long)random.Between(1e9, 1e14);
        _hidden = (long)(random.Unit() * scenario.HiddenNs);
        _share = random.Unit();
        Live(random);
    }

    public ClockScenario Scenario { get; }

    public long StartNs { get; }

    public long DurationNs { get; }

    /// <summary>True times at which the clock broke, ascending.</summary>
    public IReadOnlyList<(long AtNs, Mishap What)> Breaks => [.. _lives.Skip(1).Select(l => (l.FromNs, l.Cause!.Value))];

    /// <summary>
    /// What no estimator can see and the truth knows. One-way: the constant delay above the declared smallest. Two-way: half the difference of the constant delays (back − there): the
    /// middle of the fastest exchanges is late by this.
    /// </summary>
    public long SystematicNs => Scenario.Feed == ScenarioFeed.TwoWay ? (MinBackNs - MinThereNs) / 2 : _hidden;

    /// <summary>The smallest delay from host to device.</summary>
    public long MinThereNs => Scenario.There.Latency.MinNs + (long)(_share * Scenario.HiddenNs);

    /// <summary>The smallest delay from device to host.</summary>
    public long MinBackNs => Scenario.Back.Latency.MinNs + (Scenario.Feed == ScenarioFeed.TwoWay ? Scenario.HiddenNs - (long)(_share * Scenario.HiddenNs) : _hidden);

    /// <summary>Exchanges in the order in which the host makes them, lost ones marked. None but for two-way scenarios.</summary>
    public IEnumerable<SimulatedExchange> Exchanges()
    {
        if (Scenario.Feed != ScenarioFeed.TwoWay)
        {
            yield break;
        }

        DelayPath there = new(Scenario.There, _seed, Scenario.Name + "/there");
        DelayPath back = new(Scenario.Back, _seed, Scenario.Name + "/back");
        Xoshiro256 random = Xoshiro256.For(_seed, "exchanges/" + Scenario.Name);
        double everyNs = 1e9 / Scenario.ProbeHz;
        for (double at = 0; at < DurationNs; at += everyNs * random.Between(0.9, 1.1))
        {
            long send = StartNs + (long)at;
            Delivery go = there.Send(send);
            long received = go.ArrivalNs + MinThereNs - Scenario.There.Latency.MinNs;
            long answered = received + 20_000 + (long)(30_000 * random.Unit());
            Delivery come = back.Send(answered);
            long returned = come.ArrivalNs + MinBackNs - Scenario.Back.Latency.MinNs;
            int life = LifeAt(received);
            bool lost = go.Lost || come.Lost || life < 0 || LifeAt(answered) != life || Silent(answered);
            Life l = _lives[Math.Max(life, 0)];
            yield return new SimulatedExchange(send, Shown(l, received), Shown(l, answered), returned, l.Boot, received, answered, lost);
        }
    }

    /// <summary>Samples in the order in which they arrive, without the lost ones.</summary>
    public IEnumerable<SimulatedSample> Samples()
    {
        DelayPath back = new(Scenario.Back, _seed, Scenario.Name + "/samples");
        long own = 0;
        PriorityQueue<SimulatedSample, (long, long)> waiting = new();
        long order = 0;
        for (int i = 0; i < _lives.Count; i++)
        {
            Life life = _lives[i];
            long until = i + 1 < _lives.Count ? _lives[i + 1].DiesBeforeNs : StartNs + DurationNs;
            double period = 1e9 / Scenario.RateHz;
            long number = Math.Max(0, (long)Math.Ceiling((life.Clock.PhaseAt(life.FromNs) - life.PhaseOfZero) / period));
            for (long at = life.FromNs; ; number++)
            {
                at = life.Clock.TrueTimeOf(life.PhaseOfZero + (number * period), at + (long)period);
                if (at >= until)
                {
                    break;
                }

                Delivery d = back.Send(at);
                if (d.Lost || Silent(at))
                {
                    if (d.Lost && Scenario.Feed == ScenarioFeed.OwnCount)
                    {
                        own++;
                    }

                    continue;
                }

                ulong? ticks = Scenario.Feed switch
                {
                    ScenarioFeed.ArrivalOnly => null,
                    ScenarioFeed.OwnCount => Wrap(own++ * Scenario.TicksPerSample),
                    _ => Shown(life, at),
                };
                long extra = Scenario.Feed == ScenarioFeed.TwoWay ? MinBackNs - Scenario.Back.Latency.MinNs : _hidden;
                var sample = new SimulatedSample(number, ticks, d.ArrivalNs + extra, life.Boot, at, i, Again: false);
                waiting.Enqueue(sample, (sample.ArrivalNs, order++));
                if (d.AgainNs is { } again)
                {
                    waiting.Enqueue(sample with { ArrivalNs = again + extra, Again = true }, (again + extra, order++));
                }

                while (waiting.TryPeek(out _, out (long ArrivalNs, long) first) && first.ArrivalNs <= at)
                {
                    yield return waiting.Dequeue();
                }
            }
        }

        while (waiting.TryDequeue(out SimulatedSample last, out _))
        {
            yield return last;
        }
    }

    private void Live(Xoshiro256 random)
    {
        ScenarioClock clock = Draw(random, 0);
        double zero = clock.PhaseAt(StartNs);
        _lives.Add(new Life(clock, zero, zero, 0, StartNs, StartNs, null));
        foreach (Mishap m in Scenario.Mishaps.Where(m => m.AtNs < DurationNs).OrderBy(m => m.AtNs))
        {
            long at = StartNs + m.AtNs;
            Life last = _lives[^1];
            switch (m.Kind)
            {
                case MishapKind.Step or MishapKind.Suspend:
                    // The count jumps, the oscillator and the numbering of samples do not. A device that has no count samples by its own clock: its phase jumps.
                    double moved = Scenario.Feed == ScenarioFeed.ArrivalOnly ? m.SizeNs : 0;
                    _lives.Add(last with { CountZero = last.CountZero - m.SizeNs, PhaseOfZero = last.PhaseOfZero - moved, FromNs = at, DiesBeforeNs = at, Cause = m });
                    break;
                case MishapKind.Reboot or MishapKind.Swap:
                    long up = at + m.SizeNs;
                    ScenarioClock next = m.Kind == MishapKind.Swap ? Draw(random, last.Boot + 1) : last.Clock;
                    double phase = next.PhaseAt(up);
                    double shown = m.Kind == MishapKind.Swap ? random.Between(0, 1e12) : 0;
                    _lives.Add(new Life(next, phase, phase - shown, last.Boot + 1, up, at, m));
                    break;
                case MishapKind.SilentLoss:
                    _lives.Add(last with { FromNs = at + m.SizeNs, DiesBeforeNs = at + m.SizeNs, Cause = m });
                    break;
            }
        }
    }

    private ScenarioClock Draw(Xoshiro256 random, int boot)
    {
        ClockParameters p = new(
            Scenario.Name, StartNs, (long)random.Between(1e9, 5e12), random.Between(-Scenario.MaxPpm, Scenario.MaxPpm), Scenario.WaveNs * random.Between(0.2, 1),
            (long)(random.Between(60, 180) * 1e9), random.Between(0, 2 * Math.PI), Scenario.TickHz, Scenario.WidthBits);
        return new ScenarioClock(p, Xoshiro256.For(_seed, $"walk/{Scenario.Name}/{boot}"), Scenario.WalkPpm, StartNs, DurationNs);
    }

    // −1 while the device is away.
    private int LifeAt(long trueNs)
    {
        int i = _lives.FindLastIndex(l => trueNs >= l.DiesBeforeNs);
        return i >= 0 && trueNs >= _lives[i].FromNs ? i : -1;
    }

    private bool Silent(long trueNs) => Scenario.Mishaps.Any(m => m.Kind == MishapKind.SilentLoss && trueNs >= StartNs + m.AtNs && trueNs < StartNs + m.AtNs + m.SizeNs);

    private ulong Shown(in Life life, long trueNs) =>
        Wrap((long)Math.Floor((life.Clock.PhaseAt(trueNs) - life.CountZero + (life.Boot == 0 ? SecondsShownAtFirst * 1e9 : 0)) * (Scenario.TickHz / 1e9)));

    private ulong Wrap(long ticks) => Scenario.WidthBits == 64 ? (ulong)ticks : (ulong)ticks & ((1UL << Scenario.WidthBits) - 1);

    /// <param name="PhaseOfZero">The oscillator's phase at sample number 0.</param>
    /// <param name="CountZero">The phase at which the counter shows 0.</param>
    /// <param name="DiesBeforeNs">When the life before ended.</param>
    private sealed record Life(ScenarioClock Clock, double PhaseOfZero, double CountZero, int Boot, long FromNs, long DiesBeforeNs, Mishap? Cause);
}
