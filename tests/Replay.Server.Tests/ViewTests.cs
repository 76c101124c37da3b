using Capture.Arrow;
using Capture.Episodes.Reading;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

public sealed class ViewTests : OneEpisode
{
    [Test]
    public async Task The_frame_table_points_at_every_picture()
    {
        (ArrowSchema schema, List<RecordBatch> batches) = await Server.Arrow("/api/episodes/take/frames/front");
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        Assert.That(schema.Metadata.Find("replay.time_version"), Is.EqualTo("v1"));
        Assert.That(batches.Int64("time_ns"), Is.EqualTo(reader.Stream("front").ReadTimes()));
        long[] offsets = batches.Int64("offset");
        int[] lengths = [.. batches.SelectMany(b => b.Column("length").Values<int>().ToArray())];
        Assert.That(offsets, Has.Length.EqualTo(120));
        for (int i = 0; i < offsets.Length; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/episodes/take/files/streams/front.arrow");
            request.Headers.Range = new(offsets[i], offsets[i] + lengths[i] - 1);
            using HttpResponseMessage response = await Server.Http.SendAsync(request);
            Assert.That((int)response.StatusCode, Is.EqualTo(206));
            Assert.That(await response.Content.ReadAsByteArrayAsync(), Is.EqualTo(Recorded.Picture(i)));
        }
    }

    [Test]
    public async Task The_frame_table_can_begin_at_a_row()
    {
        (_, List<RecordBatch> all) = await Server.Arrow("/api/episodes/take/frames/front");
        (_, List<RecordBatch> rest) = await Server.Arrow("/api/episodes/take/frames/front?from_row=100");
        Assert.That(rest.Int64("offset"), Is.EqualTo(all.Int64("offset")[100..]));
        (_, List<RecordBatch> none) = await Server.Arrow("/api/episodes/take/frames/front?from_row=120");
        Assert.That(none, Is.Empty);
    }

    [TestCase(50, null, null)]
    [TestCase(7, 1_000_000_000L, 1_900_000_001L)]
    [TestCase(300, 333_333_333L, 3_999_999_999L)]
    [TestCase(1, null, null)]
    public async Task Buckets_equal_brute_force(int points, long? from, long? to)
    {
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        EpisodeStream stream = reader.Stream("arm");
        long[] times = stream.ReadTimes();
        long[] sequences = stream.ReadInt64("sequence");
        string query = (from is null ? "" : $"&from={from}") + (to is null ? "" : $"&to={to}");
        (ArrowSchema schema, List<RecordBatch> batches) = await Server.Arrow($"/api/episodes/take/series/arm?columns=position[0],position[1]&points={points}{query}");
        Assert.That(schema.Metadata.Find("replay.bucketed"), Is.EqualTo("true"));

        long begin = from ?? times.Min();
        long end = to ?? times.Max() + 1;
        long width = (end - begin + points - 1) / points;
        var expected = Enumerable.Range(0, times.Length)
            .Where(i => times[i] >= begin && times[i] < end)
            .GroupBy(i => (times[i] - begin) / width)
            .OrderBy(g => g.Key)
            .ToList();
        Assert.That(batches.Int64("time_ns"), Is.EqualTo(expected.Select(g => times[g.First()])));
        Assert.That(batches.SelectMany(b => b.Column("rows").Values<int>().ToArray()), Is.EqualTo(expected.Select(g => g.Count())));
        for (int joint = 0; joint < 2; joint++)
        {
            int j = joint;
            double?[][] values = [.. expected.Select(g => g.Select(i => Recorded.Position(sequences[i], j)).ToArray())];
            Assert.That(batches.Float64($"position[{joint}].min"), Is.EqualTo(values.Select(v => v.Min())));
            Assert.That(batches.Float64($"position[{joint}].max"), Is.EqualTo(values.Select(v => v.Max())));
        }
    }

    [Test]
    public async Task Few_rows_come_as_they_are_with_nulls_where_a_joint_did_not_answer()
    {
        (ArrowSchema schema, List<RecordBatch> batches) = await Server.Arrow("/api/episodes/take/series/arm?columns=position[1]&points=20000");
        Assert.That(schema.Metadata.Find("replay.bucketed"), Is.EqualTo("false"));
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        long[] sequences = reader.Stream("arm").ReadInt64("sequence");
        Assert.That(batches.Float64("position[1]"), Is.EqualTo(sequences.Select(s => Recorded.Position(s, 1))));
        Assert.That(batches.Float64("position[1]"), Has.Some.Null);
    }

    [Test]
    public async Task Rows_carry_what_an_anchor_needs()
    {
        (_, List<RecordBatch> batches) = await Server.Arrow("/api/episodes/take/rows/mocap?columns=gripper.position[0],gripper.tracked&from=500000000&to=1500000000");
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        EpisodeStream stream = reader.Stream("mocap");
        long[] times = stream.ReadTimes();
        long[] expected = [.. stream.ReadInt64("sequence").Where((_, i) => times[i] >= 500_000_000 && times[i] < 1_500_000_000)];
        Assert.That(batches.Int64("sequence"), Is.EqualTo(expected));
        Assert.That(batches.Float64("gripper.position[0]"), Is.EqualTo(expected.Select(s => s % 10 == 9 ? (double?)null : s * 0.001f)));
        Assert.That(batches.Float64("gripper.tracked"), Is.EqualTo(expected.Select(s => s % 10 == 9 ? (double?)null : 1)));
    }

    [Test]
    public async Task Sound_comes_in_whole_periods_that_overlap()
    {
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        long[] times = reader.Stream("room").ReadTimes();
        (ArrowSchema schema, List<RecordBatch> batches) = await Server.Arrow($"/api/episodes/take/sound/room?from={times[50] + 1}&to={times[53]}");
        Assert.That(schema.Metadata.Find("capture.audio.rate_hz"), Is.EqualTo("48000"));
        Assert.That(batches.Int64("sequence"), Is.EqualTo(new long[] { 50, 51, 52 }));
        short[] samples = [.. batches.SelectMany(b => b.Column("samples").Item.Values<short>().ToArray())];
        Assert.That(samples.Where((_, i) => i % 2 == 0), Is.EqualTo(Enumerable.Range(50 * 480, 3 * 480).Select(f => Recorded.Sound(f))));
    }

    [TestCase(400, null, null, Description = "samples")]
    [TestCase(1000, 1_000_000_000L, 1_010_000_000L, Description = "one frame and less a bucket")]
    public async Task Peaks_equal_brute_force(int points, long? from, long? to)
    {
        using EpisodeReader reader = EpisodeReader.Open(Episode);
        long[] times = reader.Stream("room").ReadTimes();
        string query = (from is null ? "" : $"&from={from}") + (to is null ? "" : $"&to={to}");
        (_, List<RecordBatch> batches) = await Server.Arrow($"/api/episodes/take/peaks/room?points={points}{query}");
        long begin = from ?? times[0];
        long end = to ?? times[^1] + 10_000_000;
        long width = (end - begin + points - 1) / points;
        var expected = new SortedDictionary<long, (float Min, float Max)>();
        for (int row = 0; row < times.Length; row++)
        {
            for (int i = 0; i < 480; i++)
            {
                long at = times[row] + (i * 1_000_000_000L / 48_000);
                if (at >= begin && at < end)
                {
                    float value = Recorded.Sound((row * 480) + i) / 32768f;
                    long bucket = begin + ((at - begin) / width * width);
                    (float min, float max) = expected.GetValueOrDefault(bucket, (value, value));
                    expected[bucket] = (Math.Min(min, value), Math.Max(max, value));
                }
            }
        }

        Assert.That(batches.Int64("time_ns"), Is.EqualTo(expected.Keys));
        Assert.That(batches.SelectMany(b => b.Column("min").Values<float>().ToArray()), Is.EqualTo(expected.Values.Select(v => v.Min)));
        Assert.That(batches.SelectMany(b => b.Column("max").Values<float>().ToArray()), Is.EqualTo(expected.Values.Select(v => v.Max)));
    }

    [Test]
    public async Task Peaks_from_chunks_miss_no_extreme_and_invent_none()
    {
        (_, List<RecordBatch> batches) = await Server.Arrow("/api/episodes/take/peaks/room?points=20");
        float[] all = [.. Enumerable.Range(0, 4 * 48_000).Select(f => Recorded.Sound(f) / 32768f)];
        Assert.That(batches.SelectMany(b => b.Column("min").Values<float>().ToArray()).Min(), Is.EqualTo(all.Min()));
        Assert.That(batches.SelectMany(b => b.Column("max").Values<float>().ToArray()).Max(), Is.EqualTo(all.Max()));
        Assert.That(batches.Int64("time_ns"), Has.Length.EqualTo(20));
    }

    [TestCase("series/arm?columns=position[9]", 404)]
    [TestCase("series/arm?points=0", 400)]
    [TestCase("series/arm?points=20001", 400)]
    [TestCase("series/arm?from=5&to=4", 400)]
    [TestCase("series/arm?from=1.5", 400)]
    [TestCase("series/arm?from=99999999999999999999", 400)]
    [TestCase("series/arm?from=-9223372036854775808&to=9223372036854775807", 400)]
    [TestCase("series/ledger", 400)]
    [TestCase("series/none", 404)]
    [TestCase("frames/arm", 400)]
    [TestCase("frames/front?from_row=-1", 400)]
    [TestCase("peaks/arm", 400)]
    [TestCase("sound/front", 400)]
    [TestCase("nothing", 404)]
    public async Task Refuses_what_cannot_be_answered_with_a_reason(string path, int status)
    {
        using HttpResponseMessage response = await Server.Http.GetAsync("/api/episodes/take/" + path);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        using var body = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(body.RootElement.GetProperty("error").EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "what", "where", "remedy" }));
    }

    [TestCase("series/arm?from=9000000000000&to=9000000000001")]
    [TestCase("series/arm?from=5&to=5")]
    [TestCase("rows/arm?from=-9000000000&to=-1000000000")]
    [TestCase("peaks/room?from=5&to=5")]
    [TestCase("sound/room?from=9000000000000&to=9000000000001")]
    public async Task A_window_without_rows_is_an_answer_without_rows(string path)
    {
        (ArrowSchema schema, List<RecordBatch> batches) = await Server.Arrow("/api/episodes/take/" + path);
        Assert.That(schema.Fields, Is.Not.Empty);
        Assert.That(batches.Sum(b => b.Rows), Is.Zero);
    }
}
