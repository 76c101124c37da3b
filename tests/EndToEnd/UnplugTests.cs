using System.Text.Json;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using EndToEnd.Processes;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>Devices that go away and come back in one recording: their gaps are booked, and the others lose nothing.</summary>
internal sealed class UnplugTests
{
    private Scratch _scratch = null!;
    private EpisodeReader _episode = null!;
    private Finished _record = null!;
    private string _rig = "";

    [OneTimeSetUp]
    public void Record()
    {
        _scratch = new Scratch("unplug");
        // Times count from the rig's start; the recording begins a few seconds later.
        using var rig = new RigProcess(
            _scratch["rig"], 5, "--fault", "camera-stop:front:at=7s:for=2s", "--fault", "arm-silent:follower:at=8s:for=1s", "--fault", "board-reboot:at=10s", "--fault", "board-mute:at=13s");
        _record = CaptureProgram.RunWith(rig, "record", rig.RigFile, "--seconds", "14", "--out", _scratch["out"], "--json");
        rig.End();
        _rig = rig.Folder;
        _episode = EpisodeReader.Open(CaptureProgram.EpisodeOf(_scratch["out"]));
    }

    [OneTimeTearDown]
    public void Close()
    {
        _episode?.Dispose();
        _scratch?.Dispose();
    }

    [Test]
    public void The_recording_ends_well_and_its_books_balance()
    {
        Finished verify = CaptureProgram.Run("verify", _episode.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_record.Exit, Is.Zero, _record.ToString());
            Assert.That(verify.Exit, Is.Zero, verify.ToString());
            foreach (ManifestStream stream in _episode.Manifest.Streams.Where(s => s.Counts is not null))
            {
                TestContext.Out.WriteLine($"{stream.Name}: {stream.Counts!.Stored} stored, {stream.Counts.Dropped} dropped: {string.Join(", ", stream.Counts.Reasons!.Select(r => $"{r.Count} {r.Reason}"))}");
                Assert.That(stream.Counts.Unknown, Is.Null.Or.Zero, stream.Name);
            }
        }
    }

    [Test]
    public void Those_that_stayed_lost_nothing()
    {
        foreach (string name in (string[])["mocap", "leader.state"])
        {
            var stream = new RecordedStream(_episode, name);
            Assert.That(stream.Rows + Dropped(name), Is.EqualTo(stream.Sequence[^1] - stream.Sequence[0] + 1).Within(1), name);
        }

        var wrist = new RecordedStream(_episode, "wrist");
        long[] frames = FrameCodes.Read(wrist, 2);
        long sent = TruthLines.Read(_rig, "wrist").Count(l => l.Long("frame") >= frames[0] && l.Long("frame") <= frames[^1] && l.Long("clients") > 0);
        Assert.That(frames.Length + Dropped("wrist"), Is.GreaterThanOrEqualTo(sent));
    }

    [Test]
    public void A_camera_that_went_and_came_back_has_a_gap_in_the_ledger()
    {
        (long from, long to) = Window("camera-stop:front");
        var front = new RecordedStream(_episode, "front");
        long[] frames = FrameCodes.Read(front, 1);
        var truth = TruthLines.Read(_rig, "front").ToDictionary(l => l.Long("frame"), l => l.Long("exposure_start_ns"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(frames.Count(f => truth[f] < from), Is.Positive, "before");
            Assert.That(frames.Count(f => truth[f] > from + 100_000_000 && truth[f] < to - 100_000_000), Is.Zero, "nothing came while it was away");
            Assert.That(frames.Count(f => truth[f] > to), Is.Positive, "after");
            Assert.That(Ledger("front"), Has.Some.Matches<(long At, string Reason)>(l => l.At >= from && l.At <= to + 3_000_000_000), "an entry of that time");
        }

        front.ExpectTimes(row => truth[frames[row]]);
    }

    [Test]
    public void An_arm_that_fell_silent_has_a_gap_in_the_ledger()
    {
        (long from, long to) = Window("arm-silent:follower");
        var follower = new RecordedStream(_episode, "follower.state");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(follower.HostNs.Count(t => t > from + 50_000_000 && t < to - 50_000_000), Is.Zero);
            Assert.That(follower.HostNs.Count(t => t > to), Is.Positive, "it came back");
            Assert.That(Ledger("follower.state"), Has.Some.Matches<(long At, string Reason)>(l => l.At >= from && l.At <= to + 3_000_000_000));
        }
    }

    [Test]
    public void A_board_that_restarted_counts_in_a_new_segment_and_its_bound_grows_without_answers()
    {
        var imu = new RecordedStream(_episode, "board.imu");
        long restarted = TruthLines.Read(_rig, "board")[^1].Long("true_ns");
        long mute = TruthLines.Read(_rig, "faults").Single(l => l.GetProperty("fault").GetString() == "board-mute").Long("true_ns");
        int[] segments = [.. imu.Segment.Distinct()];
        TestContext.Out.WriteLine($"segments {string.Join(' ', segments)}, muted for {(imu.HostNs[^1] - mute) / 1e9:0.0} s");
        Assert.That(TruthLines.Read(_rig, "board"), Has.Count.EqualTo(2), "the board started twice");
        Assert.That(segments, Has.Length.GreaterThanOrEqualTo(2).And.Ordered.Ascending);

        // Rows of the first start never lie after the second, and the other way round.
        Assert.That(imu.TimeNs.Where((t, row) => imu.Segment[row] == segments[0] ? t > restarted : t < restarted), Is.Empty);
        int answered = Array.FindLastIndex(imu.HostNs, t => t < mute - 200_000_000);
        Assert.That(imu.HostNs[^1], Is.GreaterThan(mute + 1_000_000_000), "the recording saw at least a second without answers");
        Assert.That(imu.BoundNs[^1], Is.GreaterThan(imu.BoundNs[answered]), "the bound of a row a second after the last answer");
        TestContext.Out.WriteLine($"bound {imu.BoundNs[answered] / 1e3:0.0} µs with answers, {imu.BoundNs[^1] / 1e3:0.0} µs at the end without");
    }

    private long Dropped(string stream) => _episode.Manifest.Streams.Single(s => s.Name == stream).Counts!.Dropped;

    private (long From, long To) Window(string fault)
    {
        JsonElement[] lines = [.. TruthLines.Read(_rig, "faults").Where(l => l.GetProperty("fault").GetString() == fault)];
        Assert.That(lines, Has.Length.EqualTo(2), $"{fault} began and ended");
        return (lines[0].Long("true_ns"), lines[1].Long("true_ns"));
    }

    private (long At, string Reason)[] Ledger(string stream)
    {
        EpisodeStream ledger = _episode.Stream(LedgerSchema.Name);
        return [.. ledger.ReadAll().SelectMany(b => Enumerable.Range(0, b.Rows)
            .Where(row => b.Column(LedgerSchema.Stream).Text(row) == stream)
            .Select(row => (b.Column(CommonColumns.HostTime).Values<long>()[row], b.Column(LedgerSchema.Reason).Text(row)))
            .ToArray())];
    }
}
