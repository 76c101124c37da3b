using System.Net;
using System.Text.Json;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Reading;
using Capture.Episodes.Refit;
using Replay.Labels.Log;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

public sealed class LabelTests
{
    private Served _server = null!;
    private string _episode = "";

    [SetUp]
    public async Task Record()
    {
        _server = new Served();
        _episode = Recorded.Sealed(_server.Folder, seconds: 2);
        await _server.Start();
    }

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonElement Body)> Post(object operation) => await _server.Post("/api/episodes/take/labels", operation);

    private async Task<string> Create(string id, long from, long to, string? parent = null)
    {
        (HttpStatusCode status, JsonElement body) = await Post(new
        {
            op = "create", id, verb = "grasp", parent = parent ?? LogEntry.EmptyHead,
            start = new { stream = "front", time_ns = from }, end = new { stream = "front", time_ns = to },
        });
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), body.ToString());
        return body.GetProperty("head").GetString()!;
    }

    [Test]
    public async Task A_moment_is_anchored_to_the_row_before_it_and_stays_there()
    {
        using EpisodeReader reader = EpisodeReader.Open(_episode);
        EpisodeStream front = reader.Stream("front");
        long[] times = front.ReadTimes();
        string head = await Create("a", times[10], times[20] + 5);
        JsonElement labels = await _server.Json("/api/episodes/take/labels");
        Assert.That(labels.GetProperty("head").GetString(), Is.EqualTo(head));
        JsonElement segment = labels.GetProperty("segments").EnumerateArray().Single();
        JsonElement start = segment.GetProperty("start");
        Assert.That(start.GetProperty("sequence").GetInt64(), Is.EqualTo(front.ReadInt64("sequence")[10]));
        Assert.That(start.GetProperty("offset_ns").GetInt64(), Is.Zero);
        Assert.That(start.GetProperty("time_ns").GetInt64(), Is.EqualTo(times[10]));
        Assert.That(start.GetProperty("time_version").GetString(), Is.EqualTo("v1"));
        Assert.That(segment.GetProperty("end").GetProperty("offset_ns").GetInt64(), Is.EqualTo(5));
        Assert.That(segment.GetProperty("author").GetString(), Is.EqualTo(Environment.UserName));
        Assert.That(labels.GetProperty("verbs").EnumerateArray().First().GetString(), Is.EqualTo("grasp"));
    }

    [Test]
    public async Task A_labels_time_follows_its_row_when_better_times_are_published_and_back()
    {
        long[] first;
        using (EpisodeReader reader = EpisodeReader.Open(_episode))
        {
            first = reader.Stream("front").ReadTimes();
        }

        await Create("a", first[10] + 3, first[20]);

        // The camera's latency was unknown when it was recorded, and is 30 to 34 ms as a calibration found.
        EpisodeRefit.Execute(_episode, new RefitOptions
        {
            Latencies = new Dictionary<string, LatencyRange> { ["front"] = new LatencyRange(Duration.FromMilliseconds(30), Duration.FromMilliseconds(34)) },
        });
        long[] second;
        using (EpisodeReader reader = EpisodeReader.Open(_episode))
        {
            second = reader.Stream("front").ReadTimes();
        }

        Assert.That(first[10] - second[10], Is.EqualTo(30_000_000).Within(5_000_000), "the times did move");
        JsonElement start = await StartUnder("v2");
        Assert.That(start.GetProperty("time_ns").GetInt64(), Is.EqualTo(second[10] + 3));
        Assert.That(start.GetProperty("offset_ns").GetInt64(), Is.EqualTo(3), "what was logged is the row and the way from it");
        EpisodeRefit.Use(_episode, "v1");
        Assert.That((await StartUnder("v1")).GetProperty("time_ns").GetInt64(), Is.EqualTo(first[10] + 3));
    }

    /// <summary>The start of the only label, once the server has seen that a version is in force (it looks once a second).</summary>
    private async Task<JsonElement> StartUnder(string version)
    {
        for (int i = 0; ; i++)
        {
            JsonElement start = (await _server.Json("/api/episodes/take/labels")).GetProperty("segments").EnumerateArray().Single().GetProperty("start");
            if (start.GetProperty("time_version").GetString() == version)
            {
                return start;
            }

            Assert.That(i, Is.LessThan(300), $"the server does not see {version}");
            await Task.Delay(100);
        }
    }

    [Test]
    public async Task Every_operation_answers_the_segment_as_it_is_now()
    {
        string head = await Create("a", 100_000_000, 500_000_000);
        async Task<JsonElement> Edit(object operation)
        {
            (HttpStatusCode status, JsonElement body) = await Post(operation);
            Assert.That(status, Is.EqualTo(HttpStatusCode.OK), body.ToString());
            head = body.GetProperty("head").GetString()!;
            return body.GetProperty("segment");
        }

        JsonElement moved = await Edit(new { op = "move", id = "a", parent = head, end = new { stream = "arm", sequence = 120, segment = 0, offset_ns = 1 } });
        Assert.That(moved.GetProperty("end").GetProperty("stream").GetString(), Is.EqualTo("arm"));
        Assert.That((await Edit(new { op = "verb", id = "a", parent = head, verb = "lift" })).GetProperty("verb").GetString(), Is.EqualTo("lift"));
        Assert.That((await Edit(new { op = "note", id = "a", parent = head, note = "slips", author = "op-08" })).GetProperty("author").GetString(), Is.EqualTo("op-08"));
        Assert.That((await Edit(new { op = "delete", id = "a", parent = head })).ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That((await _server.Json("/api/episodes/take/labels")).GetProperty("segments").GetArrayLength(), Is.Zero);
        JsonElement back = await Edit(new { op = "restore", id = "a", parent = head });
        Assert.That(back.GetProperty("note").GetString(), Is.EqualTo("slips"));
    }

    [Test]
    public async Task An_edit_on_an_old_head_is_409_with_the_present_one()
    {
        string head = await Create("a", 0, 500_000_000);
        (HttpStatusCode status, JsonElement body) = await Post(new { op = "delete", id = "a", parent = LogEntry.EmptyHead });
        Assert.That(status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(body.GetProperty("head").GetString(), Is.EqualTo(head));
        Assert.That(body.GetProperty("error").GetProperty("remedy").GetString(), Is.Not.Empty);
    }

    [TestCase("{\"stream\":\"none\",\"time_ns\":1}")]
    [TestCase("{\"stream\":\"ledger\",\"time_ns\":1}")]
    [TestCase("{\"stream\":\"arm\",\"sequence\":100,\"segment\":0}", Description = "a row that was lost")]
    [TestCase("{\"stream\":\"arm\",\"sequence\":5,\"segment\":1}")]
    [TestCase("{\"stream\":\"arm\"}")]
    [TestCase("{\"time_ns\":1}")]
    public async Task An_anchor_to_nothing_is_refused(string anchor)
    {
        using JsonDocument start = JsonDocument.Parse(anchor);
        (HttpStatusCode status, _) = await Post(new { op = "create", id = "a", parent = LogEntry.EmptyHead, start = start.RootElement, end = new { stream = "front", time_ns = 900_000_000 } });
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_time_before_the_first_row_is_a_negative_offset_from_it()
    {
        await Create("a", -5_000_000_000, 500_000_000);
        JsonElement start = (await _server.Json("/api/episodes/take/labels")).GetProperty("segments")[0].GetProperty("start");
        Assert.That(start.GetProperty("offset_ns").GetInt64(), Is.LessThan(-4_000_000_000));
        Assert.That(start.GetProperty("time_ns").GetInt64(), Is.EqualTo(-5_000_000_000));
    }

    [Test]
    public async Task A_release_is_written_into_the_episode_numbered_and_never_over_another()
    {
        string head = await Create("b", 600_000_000, 900_000_000, await Create("a", 100_000_000, 500_000_000));
        (HttpStatusCode status, JsonElement first) = await _server.Post("/api/episodes/take/release", new { name = "gold" });
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), first.ToString());
        Assert.That(first.GetProperty("file").GetString(), Is.EqualTo("labels/gold@1.arrow"));
        Assert.That(first.GetProperty("segments").GetInt32(), Is.EqualTo(2));
        byte[] bytes = File.ReadAllBytes(Path.Combine(_episode, "labels/gold@1.arrow"));
        (_, JsonElement second) = await _server.Post("/api/episodes/take/release", new { name = "gold" });
        Assert.That(second.GetProperty("file").GetString(), Is.EqualTo("labels/gold@2.arrow"));
        Assert.That(File.ReadAllBytes(Path.Combine(_episode, "labels/gold@1.arrow")), Is.EqualTo(bytes));
        Assert.That(Directory.GetFiles(Path.Combine(_episode, "labels")), Has.Length.EqualTo(2), "nothing half-written is left");
        Assert.That(await _server.Http.GetByteArrayAsync("/api/episodes/take/files/labels/gold@1.arrow"), Is.EqualTo(bytes));

        using ArrowReader reader = ArrowReader.Open(bytes);
        Assert.That(reader.Tail.Kind, Is.EqualTo(ArrowTailKind.Sealed));
        Assert.That(reader.Schema.Metadata.Find("capture.labels.head"), Is.EqualTo(head));
        Assert.That(reader.Schema.Metadata.Find("capture.labels.time_version"), Is.EqualTo("v1"));
        RecordBatch rows = reader.ReadBatch(0);
        Assert.That(rows.Rows, Is.EqualTo(2));
        Assert.That((rows.Column("id").Text(0), rows.Column("verb").Text(0), rows.Column("start_stream").Text(0)), Is.EqualTo(("a", "grasp", "front")));
        Assert.That(rows.Column("start_ns").Values<long>().ToArray(), Is.EqualTo(new[] { 100_000_000L, 600_000_000L }));
        Assert.That(rows.Column("end_ns").Values<long>().ToArray(), Is.EqualTo(new[] { 500_000_000L, 900_000_000L }));
    }

    [TestCase("")]
    [TestCase("../gold")]
    [TestCase("a@1")]
    [TestCase("Gold")]
    [TestCase(null)]
    public async Task A_release_needs_a_name_that_can_be_a_files(string? name)
    {
        (HttpStatusCode status, _) = await _server.Post("/api/episodes/take/release", new { name });
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Directory.Exists(Path.Combine(_episode, "labels")), Is.False);
    }
}
