using System.Net;
using System.Net.Http.Headers;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

public sealed class FileTests : OneEpisode
{
    private const string Path = "/api/episodes/take/files/streams/front.arrow";

    private byte[] OnDisk => File.ReadAllBytes(System.IO.Path.Combine(Episode, "streams/front.arrow"));

    [Test]
    public async Task A_file_comes_as_it_lies_on_disk()
    {
        using HttpResponseMessage response = await Server.Http.GetAsync(Path);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/vnd.apache.arrow.file"));
        Assert.That(response.Headers.AcceptRanges, Is.EqualTo(new[] { "bytes" }));
        Assert.That(await response.Content.ReadAsByteArrayAsync(), Is.EqualTo(OnDisk));
    }

    [TestCase("streams/arm.arrow")]
    [TestCase("times/arm.v1.arrow")]
    [TestCase("episode.json")]
    public async Task Each_part_of_an_episode_can_be_had(string file)
    {
        Assert.That(await Server.Http.GetByteArrayAsync("/api/episodes/take/files/" + file), Is.EqualTo(File.ReadAllBytes(System.IO.Path.Combine(Episode, file))));
    }

    [TestCase("bytes=0-0", 0, 1)]
    [TestCase("bytes=100-199", 100, 200)]
    [TestCase("bytes=-10", -10, 0)]
    [TestCase("bytes=5000-", 5000, 0)]
    [TestCase("bytes=5000-99999999999", 5000, 0)]
    public async Task Ranges_are_honoured(string range, int from, int to)
    {
        byte[] all = OnDisk;
        int begin = from < 0 ? all.Length + from : from;
        int end = to == 0 ? all.Length : to;
        (HttpResponseMessage response, byte[] body) = await Get(r => r.TryAddWithoutValidation("Range", range));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(response.Content.Headers.ContentRange!.ToString(), Is.EqualTo($"bytes {begin}-{end - 1}/{all.Length}"));
        Assert.That(body, Is.EqualTo(all[begin..end]));
    }

    [TestCase("bytes=LENGTH-")]
    [TestCase("bytes=-0")]
    [TestCase("bytes=0-1,5-6")]
    public async Task A_range_that_is_not_there_is_416_with_the_length(string range)
    {
        (HttpResponseMessage response, _) = await Get(r => r.TryAddWithoutValidation("Range", range.Replace("LENGTH", $"{OnDisk.Length}")));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestedRangeNotSatisfiable));
        Assert.That(response.Content.Headers.ContentRange!.ToString(), Is.EqualTo($"bytes */{OnDisk.Length}"));
    }

    [Test]
    public async Task A_sealed_file_has_a_tag_that_spares_it_being_sent_again()
    {
        (HttpResponseMessage first, _) = await Get(_ => { });
        EntityTagHeaderValue tag = first.Headers.ETag!;
        Assert.That(tag.IsWeak, Is.False);
        (HttpResponseMessage again, byte[] body) = await Get(r => r.IfNoneMatch.Add(tag));
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(body, Is.Empty);
        (HttpResponseMessage range, _) = await Get(r => (r.IfRange, r.Range) = (new(tag), new(0, 9)));
        Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        (HttpResponseMessage other, byte[] whole) = await Get(r => (r.IfRange, r.Range) = (new(new EntityTagHeaderValue("\"other\"")), new(0, 9)));
        Assert.That((other.StatusCode, whole.Length), Is.EqualTo((HttpStatusCode.OK, OnDisk.Length)));
    }

    [Test]
    public async Task Head_answers_the_length_and_no_bytes()
    {
        using HttpResponseMessage response = await Server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path));
        Assert.That(response.Content.Headers.ContentLength, Is.EqualTo(OnDisk.Length));
    }

    private async Task<(HttpResponseMessage Response, byte[] Body)> Get(Action<HttpRequestHeaders> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        headers(request.Headers);
        HttpResponseMessage response = await Server.Http.SendAsync(request);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }
}
