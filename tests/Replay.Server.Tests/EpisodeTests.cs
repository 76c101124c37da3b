using System.Text.Json;
using Capture.Episodes.Reading;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

public sealed class EpisodeTests : OneEpisode
{
    [Test]
    public async Task Lists_the_episodes_of_the_folder()
    {
        JsonElement all = await Server.Json("/api/episodes");
        JsonElement take = all.EnumerateArray().Single();
        Assert.That(take.GetProperty("name").GetString(), Is.EqualTo("take"));
        Assert.That(take.GetProperty("state").GetString(), Is.EqualTo("sealed"));
        Assert.That(take.GetProperty("live").GetBoolean(), Is.False);
        Assert.That(take.GetProperty("instruction").GetString(), Is.EqualTo("pick the cube"));
        Assert.That(take.GetProperty("operator").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(take.GetProperty("bytes").GetInt64(), Is.GreaterThan(100_000));
    }

    [Test]
    public async Task Describes_streams_by_their_own_files()
    {
        JsonElement episode = await Server.Json("/api/episodes/take");
        Assert.That(episode.GetProperty("manifest").GetProperty("format").GetString(), Is.EqualTo("capture-episode"));
        Assert.That(episode.GetProperty("time_version").GetString(), Is.EqualTo("v1"));
        Dictionary<string, JsonElement> streams = episode.GetProperty("streams").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!);
        Assert.That(streams.Keys, Is.SupersetOf(new[] { "front", "room", "arm", "mocap", "clock.host", "ledger" }));
        Assert.That(streams["front"].GetProperty("rows").GetInt64(), Is.EqualTo(120));
        Assert.That(streams["arm"].GetProperty("metadata").GetProperty("capture.joints").GetString(), Is.EqualTo("base,elbow,gripper"));
        Assert.That(streams["ledger"].GetProperty("time_range_ns").ValueKind, Is.EqualTo(JsonValueKind.Null));
        string[] columns = [.. streams["mocap"].GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];
        Assert.That(columns, Is.SupersetOf(new[] { "gripper.tracked", "gripper.position[0]", "gripper.orientation[3]" }));
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        long[] times = reader.Stream("arm").ReadTimes();
        Assert.That(streams["arm"].GetProperty("time_range_ns").EnumerateArray().Select(t => t.GetInt64()), Is.EqualTo(new[] { times[0], times[^1] }));
    }

    [Test]
    public async Task A_loss_in_the_ledger_is_a_gap_between_the_rows_around_it()
    {
        JsonElement episode = await Server.Json("/api/episodes/take");
        JsonElement arm = episode.GetProperty("streams").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "arm");
        JsonElement gap = arm.GetProperty("gaps").EnumerateArray().Single();
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        EpisodeStream stream = reader.Stream("arm");
        long[] times = stream.ReadTimes();
        int after = Array.IndexOf(stream.ReadInt64("sequence"), 102L);
        Assert.That(gap.GetProperty("from_ns").GetInt64(), Is.EqualTo(times[after - 1]));
        Assert.That(gap.GetProperty("to_ns").GetInt64(), Is.EqualTo(times[after]));
        Assert.That(gap.GetProperty("count").GetInt64(), Is.EqualTo(2));
        Assert.That(gap.GetProperty("reason").GetString(), Is.EqualTo("timeout"));
    }

    [Test]
    public async Task An_episode_that_cannot_be_opened_is_listed_with_its_problem()
    {
        await using var served = new Served();
        Directory.CreateDirectory(Path.Combine(served.Folder, "broken.episode"));
        File.WriteAllText(Path.Combine(served.Folder, "broken.episode", "episode.json"), "{\"format\":");
        Directory.CreateDirectory(Path.Combine(served.Folder, "empty.episode"));
        await served.Start();
        JsonElement all = await served.Json("/api/episodes");
        Assert.That(all.EnumerateArray().Select(e => e.GetProperty("problem").GetString()), Has.All.Not.Empty.And.Exactly(2).Items);
        using HttpResponseMessage one = await served.Http.GetAsync("/api/episodes/broken");
        Assert.That((int)one.StatusCode, Is.EqualTo(404));
        Assert.That(await one.Content.ReadAsStringAsync(), Does.Contain("\"remedy\""));
    }
}
