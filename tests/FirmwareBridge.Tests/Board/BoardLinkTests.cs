using Capture.Core.Time;
using FirmwareBridge.Board;
using FirmwareBridge.Protocol;

namespace FirmwareBridge.Tests.Board;

/// <summary>
/// The link against the real firmware on a pseudo-terminal. A busy machine delays both processes: counts are exact here, times are held to what cannot be wrong (an exchange
/// encloses the board's stamps) and to 20 ms; accuracy is shown elsewhere, on simulated time.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class BoardLinkTests
{
    private static BoardLinkOptions Options(BenchBoard board) => new()
    {
        Port = board.Port,
        Imus = [new ImuSetting()],
        Triggers = [TriggerSetting.AtRate(0, 30), TriggerSetting.AtRate(1, 30)],
    };

    [Test]
    public void Reports_what_the_board_is()
    {
        using BenchBoard board = new("--uid", "e66138528350a2bc", "--boot-seed", "7");
        using BoardLink link = BoardLink.Open(new BoardLinkOptions { Port = board.Port, ExpectedUid = "E66138528350A2BC" }, HostClock.System);
        Assert.That((link.Info.FirmwareName, link.Info.Uid, link.Info.TickRateHz, link.Info.TickBits), Is.EqualTo(("capture-fw", "e66138528350a2bc", 1_000_000u, 64)));
        Assert.That(link.Info.Imus[0].RatesHz, Does.Contain(1000));
        Assert.That(link.Info.Triggers, Has.Count.EqualTo(2));
        Assert.That(link.ClockDomain("board"), Is.EqualTo(new ClockDomain("board", ClockFeed.TwoWay, 1_000_000, 64)));
    }

    [Test]
    public void Delivers_every_sample_and_edge_at_its_tick()
    {
        using BenchBoard board = new("--clock-ppm", "-30");
        RecordingHandler seen = Record(board, Options(board), Duration.FromSeconds(2), out bool stopped);
        Assert.That(stopped);
        Assert.That(seen.Problems, Is.Empty);
        Assert.That(seen.Gaps, Is.Empty);
        Assert.That(seen.Imu, Has.Count.GreaterThan(1_800));
        Assert.That(seen.Imu.Select(s => s.Sequence), Is.EqualTo(Enumerable.Range(0, seen.Imu.Count).Select(i => (ulong)i)));
        Assert.That(seen.Imu.Zip(seen.Imu.Skip(1), (a, b) => b.Ticks - a.Ticks), Is.All.EqualTo(1_000));
        Assert.That(seen.Counts[(BoardStreamKind.Imu, 0)], Is.EqualTo(new StreamCount(BoardStreamKind.Imu, 0, (ulong)seen.Imu.Count, 0)));
        for (int channel = 0; channel < 2; channel++)
        {
            TriggerEdge[] edges = [.. seen.Edges.Where(e => e.Channel == channel)];
            Assert.That(edges, Has.Length.InRange(110, 130), "two edges a pulse, 30 pulses a second");
            Assert.That(edges.Select(e => e.Sequence), Is.EqualTo(Enumerable.Range(0, edges.Length).Select(i => (ulong)i)));
            Assert.That(edges.Select(e => e.Rising), Is.EqualTo(Enumerable.Range(0, edges.Length).Select(i => i % 2 == 0)));
            Assert.That(edges.Where(e => e.Rising).Select(e => e.Ticks.Value * 1_000 % 33_333_333), Is.All.GreaterThan(33_333_333 - 1_000), "on the grid since tick 0, rounded down to a tick");
            Assert.That(edges[1].Ticks - edges[0].Ticks, Is.EqualTo(5_000).Within(1));
            Assert.That(seen.Counts[(BoardStreamKind.Edges, channel)].Produced, Is.EqualTo((ulong)edges.Length));
        }
    }

    [Test]
    public void Exchanges_enclose_the_clock_and_map_samples_within_20_ms()
    {
        BenchClock clock = new(0, 80, 20, 3e9, 5_000_000_000_000, 77);
        using BenchBoard board = new(clock.Options);
        clock = clock with { EpochNs = board.EpochNs };
        RecordingHandler seen = Record(board, Options(board), Duration.FromSeconds(2), out _);
        Assert.That(seen.Exchanges, Has.Count.InRange(14, 30));
        foreach (ClockExchange x in seen.Exchanges)
        {
            Assert.That(x.DeviceReceive.Value, Is.GreaterThanOrEqualTo(clock.TicksAt(x.HostSend.Nanoseconds) - 1));
            Assert.That(x.DeviceSend, Is.GreaterThanOrEqualTo(x.DeviceReceive));
            Assert.That(x.DeviceSend.Value, Is.LessThanOrEqualTo(clock.TicksAt(x.HostReceive.Nanoseconds) + 1));
        }

        ClockExchange best = seen.Exchanges.MinBy(x => (x.HostReceive - x.HostSend).Nanoseconds);
        foreach (ImuSample s in seen.Imu)
        {
            long mapped = HostTime.Midpoint(best.HostSend, best.HostReceive).Nanoseconds + ((s.Ticks - best.DeviceReceive) * 1_000);
            Assert.That(Math.Abs(clock.TicksAt(mapped) - s.Ticks.Value), Is.LessThan(20_000), "ticks are microseconds");
            Assert.That(clock.TicksAt(s.Arrival.Nanoseconds), Is.GreaterThanOrEqualTo(s.Ticks.Value), "no sample arrives before it was taken");
        }
    }

    [Test]
    public void Restart_of_the_board_is_seen_and_its_streams_go_on_in_a_new_segment()
    {
        using BenchBoard board = new("--reboot-after-ms", "900", "--boot-ticks", "500000000");
        RecordingHandler seen = Record(board, Options(board), Duration.FromSeconds(2), out _);
        Assert.That(seen.Restarts, Has.Count.EqualTo(1));
        Assert.That(seen.Restarts[0].Segment, Is.EqualTo(1));
        ImuSample[] before = [.. seen.Imu.Where(s => s.Segment == 0)];
        ImuSample[] after = [.. seen.Imu.Where(s => s.Segment == 1)];
        Assert.That(before, Has.Length.GreaterThan(200));
        Assert.That(before.Select(s => s.Ticks.Value), Is.All.GreaterThan(500_000_000));
        Assert.That(after, Has.Length.GreaterThan(500));
        Assert.That(after[0].Sequence, Is.Zero);
        Assert.That(after.Select(s => s.Ticks.Value), Is.All.LessThan(5_000_000));
        Assert.That(seen.Gaps, Is.Empty);
        Assert.That(seen.Exchanges.Select(x => x.Segment).Distinct(), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Muted_clock_is_reported_while_samples_go_on()
    {
        using BenchBoard board = new("--mute-clock-after-ms", "700");
        BoardLinkOptions options = Options(board) with { ClockTimeout = Duration.FromMilliseconds(200) };
        RecordingHandler seen = Record(board, options, Duration.FromSeconds(2), out bool stopped);
        Assert.That(seen.Exchanges, Is.Not.Empty);
        Assert.That(seen.ClockLost, Has.Count.GreaterThan(5));
        Assert.That(seen.ClockLost.Select(t => t.Nanoseconds).Max(), Is.GreaterThan(seen.Exchanges.Max(x => x.HostSend.Nanoseconds)));
        Assert.That(seen.Gaps, Is.Empty);
        Assert.That(seen.Imu, Has.Count.GreaterThan(1_800));
        Assert.That(stopped);
    }

    [Test]
    public void Dropped_samples_are_gaps_and_the_boards_own_count_says_the_same()
    {
        using BenchBoard board = new("--drop-every", "100");
        RecordingHandler seen = Record(board, Options(board), Duration.FromSeconds(1), out _);
        StreamCount count = seen.Counts[(BoardStreamKind.Imu, 0)];
        Assert.That(count.Dropped, Is.GreaterThanOrEqualTo(8));
        Assert.That(count.Produced, Is.EqualTo((ulong)seen.Imu.Count + count.Dropped));

        // A drop after the last sample that came shows in the count alone: no later number tells.
        ulong missing = seen.Gaps.Aggregate(0ul, (sum, gap) => sum + gap.Count);
        Assert.That(missing, Is.InRange(count.Dropped - 1, count.Dropped));
    }

    [Test]
    public void Counter_of_24_bits_is_unwrapped()
    {
        using BenchBoard board = new("--tick-bits", "24", "--boot-ticks", "16400000");
        RecordingHandler seen = Record(board, Options(board), Duration.FromSeconds(1), out _);
        Assert.That(seen.Imu[0].Ticks.Value, Is.LessThan(1 << 24));
        Assert.That(seen.Imu[^1].Ticks.Value, Is.GreaterThan(1 << 24));
        Assert.That(seen.Imu.Zip(seen.Imu.Skip(1), (a, b) => b.Ticks - a.Ticks), Is.All.EqualTo(1_000));
    }

    [Test]
    public void Board_survives_the_hosts_going_and_coming()
    {
        using BenchBoard board = new();
        RecordingHandler first = new();
        using (BoardLink link = BoardLink.Open(Options(board), HostClock.System))
        {
            Poll(link, first, Duration.FromMilliseconds(400)); // and is closed without a stop: what runs goes on
        }

        Thread.Sleep(300);
        RecordingHandler second = Record(board, Options(board), Duration.FromMilliseconds(700), out _);
        Assert.That(second.Imu[0].Sequence, Is.GreaterThan(first.Imu[^1].Sequence + 100), "samples that nobody asked for again are not delivered");
        Assert.That(second.Gaps, Is.Empty);
    }

    [Test]
    public void Slow_line_shows_in_the_round_trip()
    {
        using BenchBoard board = new("--extra-latency-us", "30000");
        RecordingHandler seen = Record(board, Options(board), Duration.FromMilliseconds(800), out _);
        Assert.That(seen.Exchanges, Is.Not.Empty);
        Assert.That(seen.Exchanges.Select(x => (x.HostReceive - x.HostSend).TotalMilliseconds), Is.All.GreaterThan(30));
        Assert.That(seen.Gaps, Is.Empty);
    }

    [Test]
    public void Imu_values_come_from_the_fifo_at_their_true_time_and_edges_go_out_at_theirs()
    {
        string folder = Directory.CreateTempSubdirectory("capture-board-").FullName;
        string imu = Path.Combine(folder, "imu");
        string trigger = Path.Combine(folder, "trigger");
        Firmware.FirmwareBuild.Run("mkfifo", "", imu, trigger);
        BenchClock clock = new(0, 50, 0, 1e9, 0, 0);
        using (BenchBoard board = new([.. clock.Options, "--imu-fifo", imu, "--trigger-fifo", trigger]))
        {
            clock = clock with { EpochNs = board.EpochNs };

            // All of the next 1.5 s at once: the pipe holds 2,048 records, so this is at the limit of how far ahead a writer can be.
            using FileStream values = new(imu, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            long from = HostClock.System.Now.Nanoseconds;
            byte[] record = new byte[32];
            for (int i = 0; i < 1_500; i++)
            {
                BitConverter.TryWriteBytes(record, from + (i * 1_000_000L));
                BitConverter.TryWriteBytes(record.AsSpan(8), (float)i);
                BitConverter.TryWriteBytes(record.AsSpan(28), (float)-i);
                values.Write(record);
            }

            RecordingHandler seen = Record(board, Options(board), Duration.FromMilliseconds(900), out _);
            ImuSample[] fed = [.. seen.Imu.Where(s => s.Acceleration.X > 0)];
            Assert.That(fed, Has.Length.GreaterThan(500));
            foreach (ImuSample s in fed)
            {
                Assert.That(s.AngularRate.Z, Is.EqualTo(-s.Acceleration.X));
                Assert.That(clock.TicksAt(from + ((long)s.Acceleration.X * 1_000_000)), Is.InRange(s.Ticks.Value - 1_001, s.Ticks.Value), "the newest record that is not later than the sample");
            }

            using FileStream records = new(trigger, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            foreach (TriggerEdge edge in seen.Edges)
            {
                byte[] bytes = new byte[18];
                records.ReadExactly(bytes);
                (byte Channel, bool Rising, ulong Sequence) said = (bytes[8], bytes[9] == 1, BitConverter.ToUInt64(bytes, 10));
                Assert.That(said, Is.EqualTo(((byte)edge.Channel, edge.Rising, edge.Sequence)));
                Assert.That(clock.TicksAt(BitConverter.ToInt64(bytes)), Is.EqualTo(edge.Ticks.Value).Within(1));
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Settings_that_the_board_does_not_offer_are_refused_with_what_it_does()
    {
        using BenchBoard board = new();
        Assert.That(() => BoardLink.Open(Options(board) with { Imus = [new ImuSetting(RateHz: 999)] }, HostClock.System), Throws.TypeOf<BoardLinkException>().With.Message.Contains("100, 200, 500, 1000"));
        Assert.That(() => BoardLink.Open(Options(board) with { Triggers = [TriggerSetting.AtRate(7, 30)] }, HostClock.System), Throws.TypeOf<BoardLinkException>().With.Message.Contains("0, 1"));
        Assert.That(() => BoardLink.Open(Options(board) with { ExpectedUid = "00" }, HostClock.System), Throws.TypeOf<BoardLinkException>().With.Message.Contains("ca97000000000001"));
    }

    [Test]
    public void Running_link_allocates_nothing()
    {
        using BenchBoard board = new();
        using BoardLink link = BoardLink.Open(Options(board), HostClock.System);
        CountingHandler counting = new();
        Poll(link, counting, Duration.FromMilliseconds(500));
        long samples = counting.Samples;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Poll(link, counting, Duration.FromSeconds(1));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(counting.Samples - samples, Is.GreaterThan(800));
    }

    private static RecordingHandler Record(BenchBoard board, BoardLinkOptions options, Duration time, out bool stopped)
    {
        _ = board;
        RecordingHandler handler = new();
        using BoardLink link = BoardLink.Open(options, HostClock.System);
        Poll(link, handler, time);
        Assert.That(link.IsSetUp);
        stopped = link.Stop(handler, Duration.FromSeconds(2));
        return handler;
    }

    private static void Poll(BoardLink link, IBoardHandler handler, Duration time)
    {
        HostTime end = HostClock.System.Now + time;
        while (HostClock.System.Now < end)
        {
            if (link.Poll(handler, Duration.FromMilliseconds(20)) != BoardLinkState.Running)
            {
                Assert.Fail("the line closed");
            }
        }
    }

    private sealed class CountingHandler : IBoardHandler
    {
        public long Samples { get; private set; }

        public void OnImu(in ImuSample sample) => Samples++;

        public void OnEdge(in TriggerEdge edge)
        {
        }

        public void OnClockExchange(in ClockExchange exchange)
        {
        }

        public void OnClockLost(HostTime sent, int segment)
        {
        }

        public void OnGap(in BoardGap gap)
        {
        }

        public void OnCounts(in StreamCount count, int segment, HostTime arrival)
        {
        }

        public void OnRestart(BoardInfo info, int segment, HostTime arrival)
        {
        }

        public void OnProblem(BoardProblem problem, string text, HostTime at)
        {
        }
    }
}
