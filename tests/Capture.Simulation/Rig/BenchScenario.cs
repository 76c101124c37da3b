using Capture.Simulation.Clocks;

namespace Capture.Simulation.Rig;

/// <summary>One stream of a scenario.</summary>
/// <param name="Name">As in rig.yaml; "board" is its IMU.</param>
/// <param name="RateHz">Nominal.</param>
/// <param name="Clock">The device's clock: paces the stream, and counts the ticks if there are any.</param>
/// <param name="HasTicks">False: arrival-only.</param>
/// <param name="MinLatencyNs">No sample arrives earlier than this after its true instant.</param>
/// <param name="MaxLatencyNs">No sample arrives later than this, unless one before it in the same stream holds it up.</param>
public sealed record ScenarioStream(string Name, int RateHz, SimulatedClock Clock, bool HasTicks, long MinLatencyNs, long MaxLatencyNs);

/// <summary>One sample, without its payload.</summary>
/// <param name="Sequence">Counts every sample that the device produced, lost ones too; for "room" the index of the period.</param>
/// <param name="TrueNs">When it really happened: start of exposure, first audio sample, mid-exposure of the motion capture, IMU sample, servo sample.</param>
/// <param name="DeviceTicks">As the device sends it (wrapped to its width), null when it sends none.</param>
/// <param name="RequestNs">Host time at which it was asked for; null when the device sends by itself.</param>
/// <param name="ArrivalNs">Host time of arrival; for a lost sample the time at which it would have come.</param>
/// <param name="Lost">It never arrived.</param>
/// <param name="Boot">Restarts of the device before it; the sequence counts from 0 in each boot.</param>
public readonly record struct ScenarioSample(long Sequence, long TrueNs, ulong? DeviceTicks, long? RequestNs, long ArrivalNs, bool Lost, int Boot = 0);

/// <summary>One clock exchange, four stamps. A device with one stamp (motion capture) shows it twice.</summary>
/// <param name="TrueReceiveNs">When the device really received it.</param>
/// <param name="Lost">The answer never came; the host's receive time means nothing then.</param>
/// <param name="Boot">Restarts of the device before it.</param>
public readonly record struct ScenarioExchange(
    long HostSendNs, ulong DeviceReceiveTicks, ulong DeviceSendTicks, long HostReceiveNs, long TrueReceiveNs, bool Lost, int Boot = 0);

/// <summary>The board dies and starts again: its counter and its sample numbers then begin at 0.</summary>
/// <param name="DiesNs">True time after which it makes and answers nothing.</param>
/// <param name="StartsNs">True time of the new boot's tick 0.</param>
public readonly record struct BoardRestart(long DiesNs, long StartsNs);

/// <summary>
/// The rig in simulated time: the same clocks and latencies as live, from the same seed, without any transport. Every sequence is a pure function of seed, start and
/// duration and can be gone through again. Host time is true time.
/// </summary>
public sealed class BenchScenario
{
    private const int ImuBatch = 5;
    private readonly BenchProfile _profile;
    private readonly double _lossProbability;
    private readonly List<Boot> _boots;

    /// <param name="lossProbability">Chance that a sample or an exchange is lost.</param>
    /// <param name="boardRestarts">Ascending and apart; none when null.</param>
    public BenchScenario(ulong seed, long startNs, long durationNs, double lossProbability = 0.002, IReadOnlyList<BoardRestart>? boardRestarts = null)
    {
        _profile = new BenchProfile(seed, startNs);
        _boots = Boots(_profile.Board, startNs, boardRestarts ?? []);
        _lossProbability = lossProbability;
        StartNs = startNs;
        DurationNs = durationNs;
        const long AudioPeriodNs = 10_000_000;
        const long WireNs = 7 * 31 * 10_000;
        Streams =
        [
            Stream("front", BenchProfile.CameraFps, _profile.Front, true, 0, BenchProfile.CameraLatency),
            Stream("wrist", BenchProfile.CameraFps, _profile.Wrist, false, 0, BenchProfile.CameraLatency),
            // The period is as long as the microphone's clock makes it: a few microseconds either way.
            Stream("room", BenchProfile.AudioRateHz / BenchProfile.AudioPeriodFrames, _profile.Room, false, AudioPeriodNs - 5_000, BenchProfile.AudioLatency, 10_000),
            Stream("mocap", BenchProfile.MocapRateHz, _profile.Mocap, true, BenchProfile.MocapProcessing.MinNs, BenchProfile.MocapNetwork,
                BenchProfile.MocapProcessing.MaxNs - BenchProfile.MocapProcessing.MinNs),
            Stream("board", BenchProfile.ImuRateHz, _profile.Board, true, 0, BenchProfile.BoardLine, ImuBatch * 1_000_000),
            Stream("leader", BenchProfile.ArmRateHz, _profile.Leader[0], true, WireNs, BenchProfile.ArmReply),
            Stream("follower", BenchProfile.ArmRateHz, _profile.Follower[0], true, WireNs, BenchProfile.ArmReply),
        ];
    }

    public long StartNs { get; }

    public long DurationNs { get; }

    public IReadOnlyList<ScenarioStream> Streams { get; }

    public ScenarioStream this[string name] => Streams.FirstOrDefault(stream => stream.Name == name)
        ?? throw new ArgumentException($"{name}: the streams are {string.Join(", ", Streams.Select(stream => stream.Name))}.", nameof(name));

    /// <summary>Every sample of a stream in order of production (which is also the order of arrival), lost ones included and marked.</summary>
    public IEnumerable<ScenarioSample> Samples(string stream)
    {
        ScenarioStream s = this[stream];
        return stream switch
        {
            "leader" or "follower" => Polled(s),
            "board" => Batched(s),
            _ => Pushed(s),
        };
    }

    /// <summary>
    /// Exchanges of "board" (ten a second) or "mocap" (ten a second too), until <paramref name="stopNs"/> when given: what a host hears when a device falls mute.
    /// </summary>
    public IEnumerable<ScenarioExchange> Exchanges(string stream, long? stopNs = null)
    {
        ScenarioStream s = this[stream];
        if (stream is not ("board" or "mocap"))
        {
            throw new ArgumentException($"{stream} has no clock exchange; board and mocap have.", nameof(stream));
        }

        LatencySettings path = stream == "board" ? BenchProfile.BoardLine : BenchProfile.MocapNetwork;
        return ExchangesOf(s, path, Math.Min(stopNs ?? long.MaxValue, StartNs + DurationNs));
    }

    /// <summary>All streams by arrival, without the lost samples.</summary>
    public IEnumerable<(ScenarioStream Stream, ScenarioSample Sample)> ByArrival()
    {
        var queue = new PriorityQueue<(ScenarioStream Stream, IEnumerator<ScenarioSample> Ahead), (long, int)>();
        for (int i = 0; i < Streams.Count; i++)
        {
            Enqueue(queue, Streams[i], Samples(Streams[i].Name).GetEnumerator(), i);
        }

        while (queue.TryDequeue(out (ScenarioStream Stream, IEnumerator<ScenarioSample> Ahead) next, out (long Arrival, int Index) order))
        {
            yield return (next.Stream, next.Ahead.Current);
            Enqueue(queue, next.Stream, next.Ahead, order.Index);
        }
    }

    /// <summary>One life of the board: from its start until it dies.</summary>
    private readonly record struct Boot(SimulatedClock Clock, long FromNs, long UntilNs)
    {
        public bool Lives(long trueNs) => trueNs >= FromNs && trueNs < UntilNs;
    }

    private static List<Boot> Boots(SimulatedClock first, long startNs, IReadOnlyList<BoardRestart> restarts)
    {
        List<Boot> boots = [new Boot(first, startNs, long.MaxValue)];
        foreach (BoardRestart restart in restarts)
        {
            Boot last = boots[^1];
            if (restart.DiesNs <= last.FromNs || restart.StartsNs <= restart.DiesNs)
            {
                throw new ArgumentException($"{restart}: a board dies after it started, and starts after it died.", nameof(restarts));
            }

            boots[^1] = last with { UntilNs = restart.DiesNs };
            boots.Add(new Boot(last.Clock.RestartedAt(restart.StartsNs), restart.StartsNs, long.MaxValue));
        }

        return boots;
    }

    private static void Enqueue(
        PriorityQueue<(ScenarioStream, IEnumerator<ScenarioSample>), (long, int)> queue, ScenarioStream stream, IEnumerator<ScenarioSample> rest, int index)
    {
        while (rest.MoveNext())
        {
            if (!rest.Current.Lost)
            {
                queue.Enqueue((stream, rest), (rest.Current.ArrivalNs, index));
                return;
            }
        }

        rest.Dispose();
    }

    private static ScenarioStream Stream(string name, int rateHz, SimulatedClock clock, bool hasTicks, long beforeNs, LatencySettings latency, long moreNs = 0) =>
        new(name, rateHz, clock, hasTicks, beforeNs + latency.MinNs, beforeNs + latency.WorstNs + moreNs);

    private IEnumerable<ScenarioSample> Pushed(ScenarioStream s)
    {
        LatencyModel first = Latency(s.Name == "mocap" ? BenchProfile.MocapProcessing : new LatencySettings(0, JitterKind.None, 0, 0), s.Name + "/processing");
        LatencyModel path = Latency(
            s.Name switch { "room" => BenchProfile.AudioLatency, "mocap" => BenchProfile.MocapNetwork, _ => BenchProfile.CameraLatency }, s.Name == "mocap" ? "mocap/network" : s.Name);
        Xoshiro256 loss = Xoshiro256.For(_profile.Seed, "loss/" + s.Name);
        long base0 = s.Clock.TicksAt(StartNs) + 1;
        long lastArrival = long.MinValue;
        for (long n = 0; ; n++)
        {
            long tick = base0 + (n * s.Clock.TickHz / s.RateHz);
            long trueNs = s.Clock.TrueTimeAt(tick);
            if (trueNs >= StartNs + DurationNs)
            {
                yield break;
            }

            long leavesNs = s.Name == "room" ? s.Clock.TrueTimeAt(tick + BenchProfile.AudioPeriodFrames) : trueNs + first.Next();
            lastArrival = Math.Max(lastArrival, path.ArrivalOf(leavesNs));
            yield return new ScenarioSample(n, trueNs, s.HasTicks ? s.Clock.Wrap(tick) : null, null, lastArrival, loss.Unit() < _lossProbability);
        }
    }

    private IEnumerable<ScenarioSample> Batched(ScenarioStream s)
    {
        LatencyModel path = Latency(BenchProfile.BoardLine, s.Name);
        Xoshiro256 loss = Xoshiro256.For(_profile.Seed, "loss/" + s.Name);
        long period = s.Clock.TickHz / s.RateHz;
        long lastArrival = long.MinValue;
        for (int b = 0; b < _boots.Count; b++)
        {
            Boot boot = _boots[b];
            long base0 = boot.Clock.TicksAt(boot.FromNs) + 1;
            long endNs = Math.Min(boot.UntilNs, StartNs + DurationNs);
            for (long n = 0; ; n += ImuBatch)
            {
                long closesNs = boot.Clock.TrueTimeAt(base0 + ((n + ImuBatch - 1) * period));
                if (closesNs >= endNs)
                {
                    break;
                }

                lastArrival = Math.Max(lastArrival, path.ArrivalOf(closesNs));
                bool lost = loss.Unit() < _lossProbability;
                for (long i = n; i < n + ImuBatch; i++)
                {
                    long tick = base0 + (i * period);
                    yield return new ScenarioSample(i, boot.Clock.TrueTimeAt(tick), boot.Clock.Wrap(tick), null, lastArrival, lost, b);
                }
            }
        }
    }

    private IEnumerable<ScenarioSample> Polled(ScenarioStream s)
    {
        LatencyModel path = Latency(BenchProfile.ArmReply, s.Name);
        Xoshiro256 random = Xoshiro256.For(_profile.Seed, "loss/" + s.Name);
        long periodNs = 1_000_000_000 / s.RateHz;
        long wireNs = s.MinLatencyNs - BenchProfile.ArmReply.MinNs;
        long lastArrival = long.MinValue;
        for (long n = 0; n * periodNs < DurationNs; n++)
        {
            long requestNs = Math.Max(StartNs + (n * periodNs), lastArrival);
            // 20 bytes of request on the wire and the adapter's way there.
            long trueNs = requestNs + 200_000 + (long)(60_000 * random.Exponential());
            lastArrival = trueNs + wireNs + path.Next();
            bool lost = random.Unit() < _lossProbability;
            yield return new ScenarioSample(n, trueNs, s.Clock.RawTicksAt(trueNs), requestNs, lastArrival, lost);
        }
    }

    private IEnumerable<ScenarioExchange> ExchangesOf(ScenarioStream s, LatencySettings settings, long endNs)
    {
        LatencyModel there = Latency(settings with { PollIntervalNs = 0 }, s.Name + "/there");
        LatencyModel back = Latency(settings, s.Name + "/back");
        Xoshiro256 random = Xoshiro256.For(_profile.Seed, "exchange/" + s.Name);
        for (long sendNs = StartNs; sendNs < endNs; sendNs += 100_000_000)
        {
            long receivedNs = there.ArrivalOf(sendNs);
            long answersNs = s.Name == "board" ? receivedNs + 20_000 + (long)(30_000 * random.Unit()) : receivedNs;
            long arrivalNs = back.ArrivalOf(answersNs);
            bool lost = random.Unit() < _lossProbability;
            SimulatedClock clock = s.Clock;
            int boot = 0;
            if (s.Name == "board")
            {
                // What came while the board was dead, or was not yet answered when it died, is never answered.
                boot = _boots.FindLastIndex(b => receivedNs >= b.FromNs);
                clock = _boots[boot].Clock;
                lost |= !_boots[boot].Lives(receivedNs) || !_boots[boot].Lives(answersNs);
            }

            yield return new ScenarioExchange(sendNs, clock.RawTicksAt(receivedNs), clock.RawTicksAt(answersNs), arrivalNs, receivedNs, lost, boot);
        }
    }

    private LatencyModel Latency(LatencySettings settings, string subject) => new(settings, _profile.Seed, subject);
}
