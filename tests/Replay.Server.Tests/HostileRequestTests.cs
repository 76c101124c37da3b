using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

/// <summary>Nothing but the episodes comes out, and nobody but this page puts anything in. Requests go over a bare socket: a library would tidy them.</summary>
public sealed class HostileRequestTests
{
    private const string Secret = "this must not come out";

    private Served _server = null!;

    [OneTimeSetUp]
    public async Task Lay_out_a_folder_with_secrets_around_it()
    {
        _server = new Served();
        string episode = Recorded.Sealed(_server.Folder, seconds: 1);
        File.WriteAllText(Path.Combine(_server.Folder, "secret.txt"), Secret);
        File.WriteAllText(Path.Combine(episode, "secret.txt"), Secret);
        File.WriteAllText(Path.Combine(episode, "streams", ".hidden"), Secret);
        Directory.CreateDirectory(Path.Combine(_server.Folder, "outside", "streams"));
        File.WriteAllText(Path.Combine(_server.Folder, "outside", "secret.txt"), Secret);
        File.WriteAllText(Path.Combine(_server.Folder, "outside", "streams", "secret.arrow"), Secret);
        File.Copy(Path.Combine(episode, "episode.json"), Path.Combine(_server.Folder, "outside", "episode.json"));

        // Links that lead out: a file, a folder, a folder of the episode, a whole episode.
        File.CreateSymbolicLink(Path.Combine(episode, "streams", "link.arrow"), Path.Combine(_server.Folder, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(episode, "models"), Path.Combine(_server.Folder, "outside"));
        Directory.CreateDirectory(Path.Combine(episode, "calibration"));
        Directory.CreateSymbolicLink(Path.Combine(episode, "calibration", "more"), Path.Combine(_server.Folder, "outside"));
        Directory.CreateSymbolicLink(Path.Combine(_server.Folder, "linked.episode"), Path.Combine(_server.Folder, "outside"));
        await _server.Start();
    }

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("/api/episodes/take/files/secret.txt")]
    [TestCase("/api/episodes/take/files/../secret.txt")]
    [TestCase("/api/episodes/take/files/..%2fsecret.txt")]
    [TestCase("/api/episodes/take/files/%2e%2e/secret.txt")]
    [TestCase("/api/episodes/take/files/%2e%2e%2fsecret.txt")]
    [TestCase("/api/episodes/take/files/streams/../../secret.txt")]
    [TestCase("/api/episodes/take/files/streams/..%2f..%2fsecret.txt")]
    [TestCase("/api/episodes/take/files/streams%2f..%2fsecret.txt")]
    [TestCase("/api/episodes/take/files/..%5csecret.txt")]
    [TestCase("/api/episodes/take/files/%252e%252e%252fsecret.txt")]
    [TestCase("/api/episodes/take/files//etc/passwd")]
    [TestCase("/api/episodes/take/files/%2fetc%2fpasswd")]
    [TestCase("/api/episodes/take/files/streams/front.arrow%00")]
    [TestCase("/api/episodes/take/files/streams/%00")]
    [TestCase("/api/episodes/take/files/streams/.hidden")]
    [TestCase("/api/episodes/take/files/streams/link.arrow")]
    [TestCase("/api/episodes/take/files/models/secret.txt")]
    [TestCase("/api/episodes/take/files/calibration/more/secret.txt")]
    [TestCase("/api/episodes/linked/files/streams/secret.arrow")]
    [TestCase("/api/episodes/linked")]
    [TestCase("/api/episodes/..%2foutside/files/streams/secret.arrow")]
    [TestCase("/api/episodes/%2e%2e/files/secret.txt")]
    [TestCase("/api/episodes/take%00/files/streams/front.arrow")]
    [TestCase("/api/episodes/take.episode%2f..%2foutside")]
    [TestCase("/api/episodes/take/frames/..%2ffront")]
    [TestCase("/api/episodes/take/series/link")]
    [TestCase("/../secret.txt")]
    [TestCase("/..%2f..%2fsecret.txt")]
    [TestCase("/assets/..%2f..%2freplay.dll")]
    [TestCase("/.replay/labels.db")]
    public async Task A_path_that_was_not_found_on_disk_is_refused(string path)
    {
        string answer = await _server.Raw($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{_server.Port}\r\nConnection: close\r\n\r\n");
        Assert.That(answer, Does.StartWith("HTTP/1.1 404").Or.StartWith("HTTP/1.1 400"));
        Assert.That(answer, Does.Not.Contain(Secret).And.Not.Contain("root:"));
    }

    [TestCase("evil.example")]
    [TestCase("evil.example:PORT")]
    [TestCase("127.0.0.1.evil.example:PORT")]
    [TestCase("127.0.0.1")]
    [TestCase("127.0.0.1:1")]
    [TestCase("192.168.1.1:PORT")]
    [TestCase("")]
    public async Task A_foreign_host_is_refused(string host)
    {
        string answer = await _server.Raw($"GET /api/episodes HTTP/1.1\r\nHost: {host.Replace("PORT", $"{_server.Port}")}\r\nConnection: close\r\n\r\n");
        Assert.That(answer, Does.StartWith("HTTP/1.1 403").Or.StartWith("HTTP/1.1 400"));
        Assert.That(answer, Does.Not.Contain("bench"));
    }

    [TestCase("127.0.0.1:PORT")]
    [TestCase("localhost:PORT")]
    [TestCase("[::1]:PORT")]
    public async Task This_machine_is_let_in_without_cors(string host)
    {
        string answer = await _server.Raw($"GET /api/episodes HTTP/1.1\r\nHost: {host.Replace("PORT", $"{_server.Port}")}\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n");
        Assert.That(answer, Does.StartWith("HTTP/1.1 200"));
        Assert.That(answer, Does.Not.Contain("Access-Control").And.Contain("nosniff"));
    }

    [TestCase("Content-Type: text/plain\r\n", 415)]
    [TestCase("Content-Type: application/x-www-form-urlencoded\r\n", 415)]
    [TestCase("", 415)]
    [TestCase("Content-Type: application/json\r\nOrigin: http://evil.example\r\n", 403)]
    [TestCase("Content-Type: application/json\r\nOrigin: null\r\n", 403)]
    [TestCase("Content-Type: application/json\r\nOrigin: http://127.0.0.1:1\r\n", 403)]
    [TestCase("Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n", 403)]
    [TestCase("Content-Type: application/json\r\nSec-Fetch-Site: same-site\r\n", 403)]
    [TestCase("Content-Type: application/json\r\n", 400)]
    public async Task Only_this_page_and_programs_that_send_json_may_change_anything(string headers, int status)
    {
        string answer = await _server.Raw($"POST /api/episodes/take/labels HTTP/1.1\r\nHost: 127.0.0.1:{_server.Port}\r\nConnection: close\r\n{headers}Content-Length: 2\r\n\r\n{{}}");
        Assert.That(answer, Does.StartWith($"HTTP/1.1 {status}"));
    }

    [Test]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        string answer = await _server.Raw($"POST /api/episodes/take/labels HTTP/1.1\r\nHost: 127.0.0.1:{_server.Port}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n");
        Assert.That(answer, Does.StartWith("HTTP/1.1 413"));
    }

    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("{\"op\":7}")]
    [TestCase("{\"op\":\"create\",\"id\":\"x\",\"start\":{\"stream\":\"front\",\"time_ns\":1e300},\"end\":{}}")]
    [TestCase("{\"op\":\"create\",\"id\":\"x\",\"start\":{\"stream\":\"front\",\"time_ns\":9223372036854775807},\"end\":{\"stream\":\"front\",\"time_ns\":-9223372036854775808}}")]
    [TestCase("{\"op\":\"create\",\"id\":\"x\",\"start\":{\"stream\":\"../front\",\"time_ns\":1},\"end\":{\"stream\":\"front\",\"time_ns\":2}}")]
    [TestCase("{\"op\":\"create\",\"id\":\"x\",\"start\":{\"stream\":\"front\",\"sequence\":0,\"segment\":0,\"offset_ns\":-9223372036854775808},\"end\":{\"stream\":\"front\",\"time_ns\":2}}")]
    [TestCase("{")]
    public async Task A_body_that_is_no_operation_is_400(string body)
    {
        string answer = await _server.Raw($"POST /api/episodes/take/labels HTTP/1.1\r\nHost: 127.0.0.1:{_server.Port}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Contain("remedy"));
    }
}
