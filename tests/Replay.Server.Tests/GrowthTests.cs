using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Capture.Arrow;
using Capture.Core.Time;
using Capture.Episodes.Manifest;
using Capture.Episodes.Recording;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

/// <summary>An episode that the real recorder writes while it is served.</summary>
public sealed class GrowthTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task A_growing_episode_is_followed_until_it_is_sealed(CancellationToken cancel)
    {
        await using var server = new Served();
        using var recorder = EpisodeRecorder.Create(Recorded.Settings(server.Folder, "live"));
        var sinks = new Recorded.Sinks(recorder);
        recorder.Arm();
        using var stop = new CancellationTokenSource();
        Thread source = Feed(recorder, sinks, stop.Token);
        await server.Start();

        var lateness = new List<long>();
        long[] rows = [];
        string last = "";
        await foreach ((string name, JsonElement data) in Events(server, "live", cancel))
        {
            last = name;
            if (name == "growth")
            {
                JsonElement front = data.GetProperty("rows").GetProperty("front");
                rows = [.. rows, front.GetInt64()];
                if (data.GetProperty("time_range_ns") is { ValueKind: JsonValueKind.Array } range)
                {
                    lateness.Add((HostClock.System.Now - recorder.Anchor.Origin).Nanoseconds - range[1].GetInt64());
                }
            }

            if (rows.Length == 12)
            {
                await CheckLiveViews(server);
            }

            if (rows.Length == 15 && !stop.IsCancellationRequested)
            {
                await stop.CancelAsync();
                source.Join();
                recorder.Stop(StopReason.Operator);
                recorder.Seal();
                recorder.Dispose();
            }
        }

        Assert.That(last, Is.EqualTo("sealed"));
        Assert.That(rows, Is.Ordered);
        Assert.That(rows[^1], Is.EqualTo(sinks.Frames));
        long[] sorted = [.. lateness.Order()];
        TestContext.Out.WriteLine($"behind the recorder: median {sorted[sorted.Length / 2] / 1e6:F0} ms, max {sorted[^1] / 1e6:F0} ms over {sorted.Length} events");

        JsonElement sealedEpisode = await server.Json("/api/episodes/live");
        Assert.That(sealedEpisode.GetProperty("live").GetBoolean(), Is.False);
        Assert.That(sealedEpisode.GetProperty("time_version").GetString(), Is.EqualTo("v1"));
        (ArrowSchema schema, List<RecordBatch> frames) = await server.Arrow("/api/episodes/live/frames/front");
        Assert.That(schema.Metadata.Find("replay.time_version"), Is.EqualTo("v1"));
        Assert.That(frames.Int64("sequence"), Is.EqualTo(Enumerable.Range(0, (int)sinks.Frames).Select(i => (long)i)));
    }

    [Test]
    public async Task A_range_beyond_a_growing_end_is_416_until_it_is_there()
    {
        await using var server = new Served();
        using var recorder = EpisodeRecorder.Create(Recorded.Settings(server.Folder, "live"));
        var sinks = new Recorded.Sinks(recorder);
        recorder.Arm();
        HostTime origin = recorder.Anchor.Origin;
        await server.Start();
        string path = Path.Combine(recorder.Folder, "streams/front.arrow");
        long length = new FileInfo(path).Length;

        async Task<HttpResponseMessage> Ask()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/episodes/live/files/streams/front.arrow");
            request.Headers.Range = new(length, length + 99);
            return await server.Http.SendAsync(request);
        }

        using HttpResponseMessage early = await Ask();
        Assert.That(early.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        Assert.That(early.Content.Headers.ContentRange!.Length, Is.EqualTo(length));
        sinks.Append(origin, 400);
        var waited = Stopwatch.StartNew();
        while (new FileInfo(path).Length < length + 100 && waited.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(20);
        }

        using HttpResponseMessage late = await Ask();
        Assert.That(late.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(late.Headers.ETag, Is.Null);
        Assert.That(late.Headers.CacheControl!.NoStore);
        Assert.That(await late.Content.ReadAsByteArrayAsync(), Is.EqualTo(File.ReadAllBytes(path)[(int)length..(int)(length + 100)]));
        recorder.Stop(StopReason.Operator);
    }

    [Test]
    public async Task A_growing_episode_is_labelled_and_not_released()
    {
        await using var server = new Served();
        using var recorder = EpisodeRecorder.Create(Recorded.Settings(server.Folder, "live"));
        var sinks = new Recorded.Sinks(recorder);
        recorder.Arm();
        sinks.Append(recorder.Anchor.Origin, 1000);
        recorder.Stop(StopReason.Operator);
        await server.Start();
        (HttpStatusCode created, JsonElement body) = await server.Post("/api/episodes/live/labels", new
        {
            op = "create", id = "a", parent = Replay.Labels.Log.LogEntry.EmptyHead,
            start = new { stream = "front", sequence = 3, segment = 0, offset_ns = 0 }, end = new { stream = "front", sequence = 9, segment = 0, offset_ns = 0 },
        });
        Assert.That(created, Is.EqualTo(HttpStatusCode.OK), body.ToString());
        Assert.That(body.GetProperty("segment").GetProperty("start").GetProperty("time_version").GetString(), Is.EqualTo("online"));
        (HttpStatusCode released, _) = await server.Post("/api/episodes/live/release", new { name = "gold" });
        Assert.That(released, Is.EqualTo(HttpStatusCode.Conflict));

        // Sealed, the segment is where its rows are now.
        recorder.Seal();
        recorder.Dispose();
        await Task.Delay(100);
        (_, List<RecordBatch> frames) = await server.Arrow("/api/episodes/live/frames/front");
        JsonElement start = (await server.Json("/api/episodes/live/labels")).GetProperty("segments")[0].GetProperty("start");
        Assert.That(start.GetProperty("time_version").GetString(), Is.EqualTo("v1"));
        Assert.That(start.GetProperty("time_ns").GetInt64(), Is.EqualTo(frames.Int64("time_ns")[3]));
    }

    private static async Task CheckLiveViews(Served server)
    {
        JsonElement live = (await server.Json("/api/episodes")).EnumerateArray().Single();
        Assert.That(live.GetProperty("live").GetBoolean());
        (ArrowSchema schema, List<RecordBatch> frames) = await server.Arrow("/api/episodes/live/frames/front");
        Assert.That(schema.Metadata.Find("replay.time_version"), Is.EqualTo("online"));
        Assert.That(frames.Sum(f => f.Column("bound_ns").NullCount), Is.EqualTo(frames.Sum(f => f.Rows)));
        long offset = frames.Int64("offset")[^1];
        int length = frames[^1].Column("length").Values<int>()[^1];
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/episodes/live/files/streams/front.arrow");
        request.Headers.Range = new(offset, offset + length - 1);
        using HttpResponseMessage picture = await server.Http.SendAsync(request);
        Assert.That(await picture.Content.ReadAsByteArrayAsync(), Is.EqualTo(Recorded.Picture(frames.Int64("sequence")[^1])));
        (_, List<RecordBatch> series) = await server.Arrow("/api/episodes/live/series/arm?columns=position[0]&points=20000");
        Assert.That(series.Sum(b => b.Rows), Is.GreaterThan(100));
    }

    private static Thread Feed(EpisodeRecorder recorder, Recorded.Sinks sinks, CancellationToken stop)
    {
        var thread = new Thread(() =>
        {
            HostTime origin = recorder.Anchor.Origin;
            while (!stop.IsCancellationRequested)
            {
                HostTime now = HostClock.System.Now;
                sinks.Append(origin, (now - origin).Nanoseconds / 1_000_000);
                sinks.Tick(now);
                Thread.Sleep(5);
            }
        });
        thread.Start();
        return thread;
    }

    private static async IAsyncEnumerable<(string Name, JsonElement Data)> Events(Served server, string episode, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using HttpResponseMessage response = await server.Http.GetAsync($"/api/episodes/{episode}/events", HttpCompletionOption.ResponseHeadersRead, cancel);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        string name = "";
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using JsonDocument data = JsonDocument.Parse(line[6..]);
                yield return (name, data.RootElement.Clone());
            }
        }
    }
}
