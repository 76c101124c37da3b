using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Replay.Labels.Log;
using Replay.Server.Tests.Support;

namespace Replay.Server.Tests;

/// <summary>The program as a user starts, kills and asks it.</summary>
public sealed class ProgramTests
{
    private string _folder = "";
    private string _episode = "";

    [OneTimeSetUp]
    public void Record()
    {
        _folder = Directory.CreateTempSubdirectory("replay-program-").FullName;
        _episode = Recorded.Sealed(_folder, seconds: 2);
    }

    [SetUp]
    public void Forget_labels()
    {
        foreach (string folder in new[] { Path.Combine(_folder, ".replay"), Path.Combine(_episode, "labels") })
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    [CancelAfter(120_000)]
    public async Task A_server_killed_amid_edits_loses_nothing_that_it_acknowledged(CancellationToken cancel)
    {
        var acknowledged = new Dictionary<string, long>();
        string head = LogEntry.EmptyHead;
        for (int round = 0; round < 3; round++)
        {
            using ReplayProcess server = await ReplayProcess.Serve(_folder, "--port", "0");
            using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
            JsonElement found = await http.GetFromJsonAsync<JsonElement>("/api/episodes/take/labels", cancel);
            string[] ids = [.. found.GetProperty("segments").EnumerateArray().Select(s => s.GetProperty("id").GetString()!)];
            Assert.That(ids, Is.SupersetOf(acknowledged.Keys), $"round {round}");
            Assert.That(ids, Has.Length.InRange(acknowledged.Count, acknowledged.Count + 1), "at most the one whose answer was lost");
            head = found.GetProperty("head").GetString()!;

            // A kill after a time that differs by round falls anywhere in an edit.
            int target = acknowledged.Count + 40 + (7 * round);
            Task kill = Task.CompletedTask;
            try
            {
                for (int i = 0; ; i++)
                {
                    string id = $"r{round}-{i}";
                    long at = 1_000_000 * (i + 1);
                    using HttpResponseMessage response = await http.PostAsJsonAsync(
                        "/api/episodes/take/labels",
                        new { op = "create", id, parent = head, start = new { stream = "front", time_ns = at }, end = new { stream = "front", time_ns = at + 500_000 } },
                        cancel);
                    JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(cancel);
                    Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), body.ToString());
                    head = body.GetProperty("head").GetString()!;
                    acknowledged.Add(id, at);
                    if (acknowledged.Count == target)
                    {
                        kill = Task.Run(server.Kill, cancel);
                    }
                }
            }
            catch (HttpRequestException)
            {
                await kill;
            }
        }

        (int code, string output, _) = await ReplayProcess.Run("labels", _episode, "--json");
        Assert.That(code, Is.Zero);
        using JsonDocument labels = JsonDocument.Parse(output);
        Dictionary<string, long> stored = labels.RootElement.GetProperty("segments").EnumerateArray().ToDictionary(s => s.GetProperty("id").GetString()!, s => s.GetProperty("start").GetProperty("time_ns").GetInt64());
        Assert.That(acknowledged, Is.SubsetOf(stored));
        (code, output, _) = await ReplayProcess.Run("verify-log", _folder);
        Assert.That(code, Is.Zero, output);
    }

    [Test]
    public async Task A_port_in_use_is_exit_3_with_a_remedy()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (int code, _, string error) = await ReplayProcess.Run(_folder, "--port", $"{port}");
        Assert.That(code, Is.EqualTo(3));
        Assert.That(error, Does.Contain($"port {port} is in use").And.Contain("--port 0").And.Not.Contain("   at "));
    }

    [Test]
    public async Task Ctrl_c_ends_it_cleanly_with_a_page_still_listening()
    {
        using ReplayProcess server = await ReplayProcess.Serve(_folder, "--port", "0");
        using var http = new HttpClient();
        using HttpResponseMessage listening = await http.GetAsync($"{server.Address}/api/episodes/take/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.That(await server.Interrupt(), Is.Zero);
    }

    [TestCase(2, "serve", "--port", "x")]
    [TestCase(2, "serve", "--port", "70000")]
    [TestCase(2, "serve", "--colour")]
    [TestCase(2, "release", ".")]
    [TestCase(2, "labels")]
    [TestCase(3, "serve", "/nonexistent")]
    [TestCase(3, "labels", "/nonexistent/e.episode")]
    [TestCase(3, "verify-log", "/nonexistent")]
    [TestCase(0, "--help")]
    public async Task Exit_codes_say_what_went_wrong(int code, params string[] arguments)
    {
        (int actual, _, string error) = await ReplayProcess.Run(arguments);
        Assert.That(actual, Is.EqualTo(code), error);
        Assert.That(error, code == 0 ? Is.Empty : Is.Not.Empty);
    }

    [Test]
    public async Task Labels_are_printed_released_and_verified_from_the_command_line()
    {
        Assert.That((await ReplayProcess.Run("labels", _episode)).Output, Does.Contain("0 segments"));
        Assert.That(Directory.Exists(Path.Combine(_folder, ".replay")), Is.False, "printing makes nothing");
        using (ReplayProcess server = await ReplayProcess.Serve(_folder, "--port", "0"))
        {
            using var http = new HttpClient();
            using HttpResponseMessage response = await http.PostAsJsonAsync(
                $"{server.Address}/api/episodes/take/labels",
                new { op = "create", id = "a", verb = "grasp", parent = LogEntry.EmptyHead, start = new { stream = "front", time_ns = 250_000_000 }, end = new { stream = "front", time_ns = 750_000_000 } });
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await ReplayProcess.Run("labels", _episode)).Output, Does.Contain("0.250000").And.Contain("grasp"), "beside a running server");
        }

        (int code, string output, string error) = await ReplayProcess.Run("release", _episode, "--name", "gold");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.StartWith("labels/gold@1.arrow: 1 segments"));
        Assert.That((await ReplayProcess.Run("release", _episode, "--name", "Gold")).Code, Is.EqualTo(2));
        Assert.That((await ReplayProcess.Run("verify-log", _folder)).Code, Is.Zero);

        // The whole log lost: the release still names a head that nobody knows.
        Directory.Delete(Path.Combine(_folder, ".replay"), recursive: true);
        (code, output, _) = await ReplayProcess.Run("verify-log", _folder);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("gold@1.arrow"));
    }
}
