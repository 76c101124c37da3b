using System.Net;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

public sealed class PageTests
{
    private Served _server = null!;
    private string _page = "";

    [OneTimeSetUp]
    public async Task Build_a_page()
    {
        _server = new Served();
        _page = Path.Combine(_server.Folder, "wwwroot");
        Directory.CreateDirectory(Path.Combine(_page, "assets"));
        File.WriteAllText(Path.Combine(_page, "index.html"), "<!doctype html><script src=\"/first.js\"></script>");
        File.WriteAllText(Path.Combine(_page, "assets", "index-4f3a.js"), "export {};");
        File.WriteAllText(Path.Combine(_server.Folder, "secret.txt"), "secret");
        await _server.Start(_page);
    }

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("/", "text/html", "no-cache")]
    [TestCase("/index.html", "text/html", "no-cache")]
    [TestCase("/e/take", "text/html", "no-cache", Description = "the page finds its own way")]
    [TestCase("/assets/index-4f3a.js", "text/javascript", "public, immutable, max-age=31536000")]
    public async Task Files_come_with_their_type_and_a_cache_rule_that_holds(string path, string type, string cache)
    {
        using HttpResponseMessage response = await _server.Http.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo(type));
        string[] rules = cache.Split(", ");
        Assert.That(response.Headers.GetValues("Cache-Control").Single().Split(", "), Is.EquivalentTo(rules));
        Assert.That(response.Headers.ETag, Is.Not.Null);
    }

    [Test]
    public async Task No_script_but_the_pages_own_files_may_run()
    {
        using HttpResponseMessage response = await _server.Http.GetAsync("/");
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        string scripts = policy.Split(';').Single(p => p.Trim().StartsWith("script-src", StringComparison.Ordinal));
        Assert.That(scripts.Trim(), Is.EqualTo("script-src 'self' 'wasm-unsafe-eval'"));
    }

    [TestCase("/assets/none.js")]
    [TestCase("/secret.txt")]
    [TestCase("/assets/%2e%2e/%2e%2e/secret.txt")]
    [TestCase("/api/none")]
    public async Task What_is_not_there_is_404(string path)
    {
        using HttpResponseMessage response = await _server.Http.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("remedy"));
    }

    [Test]
    public async Task Without_a_built_page_the_interface_still_answers()
    {
        await using Served bare = await new Served().Start(Path.Combine(_server.Folder, "nothing"));
        using HttpResponseMessage page = await bare.Http.GetAsync("/");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain("npm"));
        Assert.That((await bare.Json("/api/episodes")).GetArrayLength(), Is.Zero);
    }
}
