using System.Globalization;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;
using Capture.Simulation.Clocks;
using Capture.Tests.Foreign;
using EndToEnd.Processes;
using EndToEnd.Truth;

namespace EndToEnd;

/// <summary>kill -9 at any moment costs at most the last batch, and makes nothing wrong.</summary>
internal sealed class KillTests
{
    private const int Rounds = 20;
    private const int Seed = 7;
    private const long MostLostNs = 300_000_000;

    // Streams that deliver all the time; the ledger and the host's clocks write when there is something to write.
    private static readonly string[] s_steady = ["board.imu", "board.trigger", "front", "wrist", "room", "mocap", "leader.state", "follower.state", "follower.command"];

    [Test]
    public void Twenty_kills_lose_at_most_300_ms_and_leave_no_wrong_row() => Kill(Seed);

    [Test]
    [Explicit("takes a quarter of an hour")]
    [Category("Long")]
    public void Three_hundred_kills_lose_at_most_300_ms_and_leave_no_wrong_row([Range(1, 15)] int twenties) => Kill(Seed + (1000 * twenties));

    private static void Kill(int seed)
    {
        ForeignReaders.Install();
        var random = new Random(seed);
        using var scratch = new Scratch("kill");
        using var rig = new RigProcess(scratch["rig"], 20);
        var episodes = new List<string>();
        long worst = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int after = random.Next(800, 2500);
            string folder = scratch["out" + round.ToString(CultureInfo.InvariantCulture)];
            (RunningProgram recorder, string episode) = CaptureProgram.StartRecording(rig, folder, "board.imu");
            long killed;
            using (recorder)
            {
                Thread.Sleep(after);
                killed = HostMonotonic.NowNs;
                recorder.Kill();
                recorder.WaitForExit(TimeSpan.FromSeconds(10));
            }

            worst = Math.Max(worst, OpenedUnrepaired(episode, killed, rig.Folder, $"round {round}, seed {seed}, killed {after} ms after the first rows"));
            episodes.Add(episode);
        }

        TestContext.Out.WriteLine($"the most that a stream lost: {worst / 1e6:0.0} ms");
        Recover(episodes);
        ReadByOthers(episodes);
    }

    /// <summary>Returns the longest time that a stream lost.</summary>
    private static long OpenedUnrepaired(string folder, long killedNs, string rig, string round)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        Assert.That(episode.Faults, Is.Empty, round);
        long worst = 0;
        using (Assert.EnterMultipleScope())
        {
            foreach (string name in s_steady)
            {
                var stream = new RecordedStream(episode, name);
                Assert.That(stream.Rows, Is.Positive, $"{round}: {name}");
                long lost = stream.Rows == 0 ? long.MaxValue : killedNs - stream.HostNs[^1];
                worst = Math.Max(worst, lost);
                Assert.That(lost, Is.LessThanOrEqualTo(MostLostNs), $"{round}: ns that {name} lost");
                Assert.That(stream.Sequence, Is.Ordered.Ascending.And.Unique, $"{round}: {name}");
                Assert.That(stream.HostNs, Is.Ordered.Ascending, $"{round}: {name}");
            }
        }

        // Pictures are the rows that a torn write could mix: each must be whole, this camera's, and one that the camera sent.
        foreach ((string camera, byte code) in ((string, byte)[])[("front", 1), ("wrist", 2)])
        {
            long[] frames = FrameCodes.Read(new RecordedStream(episode, camera), code);
            Assert.That(frames, Is.Ordered.Ascending.And.Unique, $"{round}: {camera}");
        }

        var truth = TruthLines.Read(rig, "mocap").Select(l => l.Long("mid_ticks")).ToHashSet();
        long newest = truth.Max();
        Assert.That(new RecordedStream(episode, "mocap").Values<long>(CommonColumns.DeviceTicks).Where(t => t <= newest && !truth.Contains(t)), Is.Empty, round);
        return worst;
    }

    private static void Recover(List<string> episodes)
    {
        foreach (string episode in episodes)
        {
            Dictionary<string, byte[]> before = WholeBytes(episode);
            Finished recover = CaptureProgram.Run("recover", episode);
            Assert.That(recover.Exit, Is.Zero, recover.ToString());
            foreach ((string file, byte[] bytes) in before)
            {
                Assert.That(File.ReadAllBytes(file).AsSpan(0, bytes.Length).SequenceEqual(bytes), Is.True, $"{file}: whole messages stay byte for byte");
            }

            Finished verify = CaptureProgram.Run("verify", episode);
            Assert.That(verify.Exit, Is.Zero, verify.ToString());
        }

        // Once is enough to see that recovering what is whole does nothing.
        Finished again = CaptureProgram.Run("recover", episodes[0], "--json");
        Assert.That(again.Exit, Is.Zero, again.ToString());
        Assert.That(System.Text.Json.JsonDocument.Parse(again.Output).RootElement.GetProperty("whole").GetBoolean(), Is.True);
    }

    private static Dictionary<string, byte[]> WholeBytes(string folder)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        return episode.Streams.ToDictionary(s => s.FilePath, s => File.ReadAllBytes(s.FilePath)[..checked((int)s.Bytes)]);
    }

    private static void ReadByOthers(List<string> episodes)
    {
        string[] files = [.. episodes.SelectMany(e => Directory.GetFiles(Path.Combine(e, "streams"), "*.arrow"))];
        Assert.That(files, Has.Length.GreaterThanOrEqualTo(Rounds * s_steady.Length));
        foreach ((IReadOnlyList<System.Text.Json.JsonElement> read, bool metadata) in (ReadOnlySpan<(IReadOnlyList<System.Text.Json.JsonElement>, bool)>)[(ForeignReaders.ReadWithArrowJs(files), true), (ForeignReaders.ReadWithPolars(files), false)])
        {
            Assert.That(read, Has.Count.EqualTo(files.Length));
            foreach (System.Text.Json.JsonElement file in read)
            {
                Assert.That(ForeignComparison.Differences(file, metadata), Is.Empty, file.GetProperty("file").GetString());
            }
        }
    }
}
