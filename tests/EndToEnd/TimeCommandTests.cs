using System.Text.Json;
using Capture.Episodes.Reading;
using EndToEnd.Processes;

namespace EndToEnd;

/// <summary>What engineers do with an episode's time axis, on the one that was recorded live.</summary>
internal sealed class TimeCommandTests
{
    private static LiveRecording Live => LiveRecording.Shared;

    [Test]
    public void Sync_check_measures_every_pair_raises_no_alarm_and_draws_a_page()
    {
        string page = Live["sync.html"];
        Finished check = CaptureProgram.Run("sync-check", Live.Episode, "--html", page, "--json");
        Assert.That(check.Exit, Is.Zero, check.ToString());
        JsonElement[] measured = [.. JsonDocument.Parse(check.Output).RootElement.GetProperty("measurements").EnumerateArray()];
        TestContext.Out.WriteLine(CaptureProgram.Run("sync-check", Live.Episode).Output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(measured.Select(m => m.GetProperty("method").GetString()).Distinct(), Is.SupersetOf((string[])["image-motion", "rotation", "motor-sound", "trigger-exposure"]));
            Assert.That(measured.Select(m => m.GetProperty("verdict").GetString()), Has.None.EqualTo("alarm"));
            Assert.That(measured.Single(m => m.GetProperty("method").GetString() == "trigger-exposure").GetProperty("verdict").GetString(), Is.EqualTo("agrees"));
            Assert.That(File.ReadAllText(page), Does.Contain("<svg").And.Not.Contain("http://cdn").And.Not.Contain("src=\"http"));
        }
    }

    [Test]
    public void Refit_writes_times_beside_the_first_leaves_the_streams_byte_for_byte_and_goes_back()
    {
        string copy = Live["refit.episode"];
        Assert.That(Programs.Run("cp", ["-r", Live.Episode, copy]).Exit, Is.Zero);
        Dictionary<string, byte[]> before = Streams(copy);
        Dictionary<string, long[]> first = Times(copy);

        Finished dry = CaptureProgram.Run("refit", copy, "--latency", "room=30:31", "--dry-run");
        Assert.That(dry.Exit, Is.Zero, dry.ToString());
        Assert.That(Directory.GetFiles(Path.Combine(copy, "times"), "*.v2.arrow"), Is.Empty, "a dry run writes nothing");

        // The room's microphone is said to be 30 ms late: its rows move back, all others stay.
        Finished refit = CaptureProgram.Run("refit", copy, "--latency", "room=30:31");
        Assert.That(refit.Exit, Is.Zero, refit.ToString());
        Dictionary<string, long[]> second = Times(copy);
        Finished verify = CaptureProgram.Run("verify", copy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verify.Exit, Is.Zero, verify.ToString());
            Assert.That(Streams(copy), Is.EqualTo(before));
            foreach ((string stream, long[] times) in first)
            {
                if (stream == "room")
                {
                    Assert.That(second[stream].Zip(times, (a, b) => a - b).Order().ElementAt(times.Length / 2), Is.InRange(-31_000_000, -3_000_000));
                }
                else
                {
                    Assert.That(second[stream], Is.EqualTo(times), stream);
                }
            }
        }

        Assert.That(CaptureProgram.Run("refit", copy, "--use", "v1").Exit, Is.Zero);
        Assert.That(Times(copy)["room"], Is.EqualTo(first["room"]));
    }

    private static Dictionary<string, byte[]> Streams(string episode) =>
        Directory.GetFiles(Path.Combine(episode, "streams")).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes, StringComparer.Ordinal);

    private static Dictionary<string, long[]> Times(string folder)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        return episode.Streams.Where(s => s.Info.HasSamples).ToDictionary(s => s.Info.Name, s => s.ReadTimes(), StringComparer.Ordinal);
    }
}
