using System.Text.Json;
using Capture.Arrow;
using Capture.Tests.Foreign;
using Replay.Labels.Release;

namespace Replay.Labels.Tests.Release;

public sealed class ReleaseFileTests
{
    private static readonly ReleaseInfo s_info = new("gold", "6f7c0a52-93f2-4a0c-9d6b-1f4b4c1f3e01", "v1", new string('a', 64), "2026-11-22T16:20:05.123456789Z");

    private static ReleasedSegment Segment(int i) => new(
        new LabelSegment($"s{i}", "grasp", $"é 抓 {i}\n\"q\"", Edges.At(i * 1_000_000_007L), Edges.At((i * 1_000_000_007L) + 400_000_001), "op-07", "2026-11-22T16:20:05.123456789Z", Deleted: false),
        (i * 1_000_000_007L) + 3,
        (i * 1_000_000_007L) + 400_000_004);

    private static object[] Expected(ReleasedSegment r) =>
    [
        r.Segment.Id, r.Segment.Verb, r.Segment.Note, r.StartNs, r.EndNs,
        r.Segment.Start.Stream, r.Segment.Start.Sequence, r.Segment.Start.Segment, r.Segment.Start.OffsetNs,
        r.Segment.End.Stream, r.Segment.End.Sequence, r.Segment.End.Segment, r.Segment.End.OffsetNs,
        r.Segment.Author, r.Segment.EditedUtc,
    ];

    private static string[] Text(IEnumerable<object> row) => [.. row.Select(v => Convert.ToString(v, System.Globalization.CultureInfo.InvariantCulture)!)];

    [TestCase(3)]
    [TestCase(1500, Description = "more than a batch")]
    public void Foreign_readers_read_what_was_published(int count)
    {
        using var folder = new Folder();
        ReleasedSegment[] segments = [.. Enumerable.Range(0, count).Select(Segment)];
        string path = Path.Combine(folder.Path, ReleaseFile.Publish(folder.Path, s_info, [.. segments.Reverse()]));
        ForeignReaders.Install();
        string[][] expected = [.. segments.Select(s => Text(Expected(s)))];
        JsonElement js = ForeignReaders.ReadWithArrowJs(path)[0];
        Assert.That(Rows(js), Is.EqualTo(expected));
        Assert.That(Rows(ForeignReaders.ReadWithPolars(path)[0]), Is.EqualTo(expected));
        Dictionary<string, string> metadata = js.GetProperty("metadata").EnumerateArray().ToDictionary(p => p.GetProperty("key").GetString()!, p => p.GetProperty("value").GetString()!);
        Assert.That(metadata[ReleaseSchema.HeadKey], Is.EqualTo(s_info.Head));
        Assert.That(metadata[ReleaseSchema.VersionKey], Is.EqualTo("1"));

        static string[][] Rows(JsonElement read) => [.. read.GetProperty("rows").EnumerateArray().Select(row => row.EnumerateArray().Select(v => v.ToString()).ToArray())];
    }

    [Test]
    public void A_release_of_nothing_is_a_table_without_rows()
    {
        using var folder = new Folder();
        using ArrowReader reader = ArrowReader.Open(Path.Combine(folder.Path, ReleaseFile.Publish(folder.Path, s_info, [])));
        Assert.That((reader.Tail.Kind, reader.Batches.Count, reader.Schema.Fields.Count), Is.EqualTo((ArrowTailKind.Sealed, 0, 15)));
    }

    [Test]
    public async Task Releases_at_the_same_moment_get_numbers_of_their_own()
    {
        using var folder = new Folder();
        string[] files = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => ReleaseFile.Publish(folder.Path, s_info, [Segment(i)]))));
        Assert.That(files, Is.EquivalentTo(Enumerable.Range(1, 8).Select(n => $"labels/gold@{n}.arrow")));
        Assert.That(Directory.GetFiles(Path.Combine(folder.Path, "labels")), Has.Length.EqualTo(8));
    }

    [Test]
    public void A_number_is_not_given_twice_even_when_one_before_it_is_missing()
    {
        using var folder = new Folder();
        ReleaseFile.Publish(folder.Path, s_info, []);
        ReleaseFile.Publish(folder.Path, s_info, []);
        File.Delete(Path.Combine(folder.Path, "labels/gold@1.arrow"));
        Assert.That(ReleaseFile.Publish(folder.Path, s_info, []), Is.EqualTo("labels/gold@3.arrow"));
        Assert.That(ReleaseFile.Publish(folder.Path, s_info with { Name = "silver" }, []), Is.EqualTo("labels/silver@1.arrow"));
    }

    [Test]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new Folder();
        File.WriteAllText(Path.Combine(folder.Path, "labels"), "a file where the folder should be");
        Assert.That(() => ReleaseFile.Publish(folder.Path, s_info, []), Throws.TypeOf<LabelLogException>().With.Message.Contains("labels"));
    }
}
