using System.Text.Json;
using Capture.Tests.Foreign;
using Microsoft.Playwright;
using Replay.Browser.Tests.Pages;
using Replay.Browser.Tests.Processes;
using Replay.Browser.Tests.Recorded;

namespace Replay.Browser.Tests;

/// <summary>Segments marked by the keyboard: where they stand, that they are there after a reload and a killed server, and that others can read their release.</summary>
internal sealed class LabelTests
{
    private const int Pictures = 12;
    private ReplayProcess _server = null!;
    private Tab _tab = null!;

    private static CameraRows Front => Bench.Recording.Cameras[0];

    [SetUp]
    public async Task Open()
    {
        _server = new ReplayProcess(Bench.Recording.Folder);
        _tab = await Bench.Chromium.Open(_server.Address);
        await _tab.OpenEpisode(Bench.Recording.Name);
    }

    [TearDown]
    public async Task Close()
    {
        if (_tab is not null)
        {
            await _tab.DisposeAsync();
        }

        _server?.Dispose();
    }

    [Test]
    public async Task A_marked_segment_starts_exactly_at_its_picture_after_a_reload()
    {
        int row = Front.TimesNs.Length / 4;
        string id = await Mark(row, "pour");
        await _tab.Page.ReloadAsync();
        await _tab.Ready();

        await _tab.Page.ClickAsync($".segment-row[data-id='{id}']");
        await _tab.Page.WaitForFunctionAsync("(t) => window.__replay.time() === t && window.__replay.drawnTime() === t", Front.TimesNs[row]);
        Assert.That((await _tab.Shown()).Frames[Front.Name], Is.EqualTo(Front.Frames[row]));

        JsonElement segment = Labels().Single(s => string.Equals(s.GetProperty("id").GetString(), id, StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(segment.GetProperty("start").GetProperty("time_ns").GetInt64(), Is.EqualTo(Front.TimesNs[row]));
            Assert.That(segment.GetProperty("end").GetProperty("time_ns").GetInt64(), Is.EqualTo(Front.TimesNs[row + Pictures]));
            Assert.That(segment.GetProperty("start").GetProperty("stream").GetString(), Is.EqualTo(Front.Name));
            Assert.That(segment.GetProperty("verb").GetString(), Is.EqualTo("pour"));
        }
    }

    [Test]
    public async Task A_server_killed_right_after_a_mark_loses_nothing_that_it_answered()
    {
        var answered = new Dictionary<string, int>(StringComparer.Ordinal);
        int port = _server.Address.Port;
        for (int i = 0; i < 3; i++)
        {
            int row = (Front.TimesNs.Length / 2) + (i * (Pictures + 1));
            await MarkEdges(row);
            IResponse answer = await _tab.Page.RunAndWaitForResponseAsync(
                () => _tab.Page.Keyboard.PressAsync("o"),
                r => r.Url.EndsWith("/labels", StringComparison.Ordinal) && string.Equals(r.Request.Method, "POST", StringComparison.Ordinal));
            _server.Kill();
            Assert.That(answer.Status, Is.EqualTo(200));
            answered.Add(await NewSegment(answered.Keys), row);

            _server.Dispose();
            _server = new ReplayProcess(Bench.Recording.Folder, port);
            await _tab.Page.ReloadAsync();
            await _tab.Ready();
        }

        JsonElement[] kept = Labels();
        foreach ((string id, int row) in answered)
        {
            JsonElement segment = kept.Single(s => string.Equals(s.GetProperty("id").GetString(), id, StringComparison.Ordinal));
            Assert.That(segment.GetProperty("start").GetProperty("time_ns").GetInt64(), Is.EqualTo(Front.TimesNs[row]));
            Assert.That(await _tab.Page.Locator($".segment-row[data-id='{id}']").CountAsync(), Is.EqualTo(1));
        }

        Programs.Run(Programs.ReplayDll, "verify-log", Bench.Recording.Folder);
    }

    [Test]
    public async Task A_release_is_read_by_other_implementations()
    {
        int row = Front.TimesNs.Length / 8;
        await Mark(row, "reach");
        string told = Programs.Run(Programs.ReplayDll, "release", Bench.Recording.Episode, "--name", "gold", "--json");
        string file = Path.Combine(Bench.Recording.Episode, JsonDocument.Parse(told).RootElement.GetProperty("file").GetString()!);
        Assert.That(Path.GetFileName(file), Is.EqualTo("gold@1.arrow"));

        JsonElement[] expected = Labels();
        Assert.That(expected.Select(s => s.GetProperty("verb").GetString()), Does.Contain("reach"));
        ForeignReaders.Install();
        foreach (JsonElement read in new[] { ForeignReaders.ReadWithArrowJs(file).Single(), ForeignReaders.ReadWithPolars(file).Single() })
        {
            string[] columns = [.. read.GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];
            string Value(JsonElement segment, string column) => segment[Array.IndexOf(columns, column)].ToString();
            JsonElement[] rows = [.. read.GetProperty("rows").EnumerateArray()];
            Assert.That(
                rows.Select(r => (Value(r, "id"), Value(r, "verb"), Value(r, "start_ns"), Value(r, "end_ns"), Value(r, "start_stream"))),
                Is.EqualTo(expected.Select(s => (Text(s, "id"), Text(s, "verb"), Text(s.GetProperty("start"), "time_ns"), Text(s.GetProperty("end"), "time_ns"), Text(s.GetProperty("start"), "stream")))));
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).ToString();

    /// <summary>The episode's segments as `replay labels E --json` prints them.</summary>
    private static JsonElement[] Labels() =>
        [.. JsonDocument.Parse(Programs.Run(Programs.ReplayDll, "labels", Bench.Recording.Episode, "--json")).RootElement.GetProperty("segments").EnumerateArray()];

    /// <summary>Marks a segment from a picture on, gives it a verb by the keyboard, and waits until it is saved. Returns its id.</summary>
    private async Task<string> Mark(int row, string verb)
    {
        string[] before = await Segments();
        await MarkEdges(row);
        await _tab.Page.Keyboard.PressAsync("o");
        await _tab.Page.WaitForSelectorAsync(".picker.open");
        await _tab.Page.Keyboard.TypeAsync(verb);
        IResponse answer = await _tab.Page.RunAndWaitForResponseAsync(
            () => _tab.Page.Keyboard.PressAsync("Enter"),
            r => r.Url.EndsWith("/labels", StringComparison.Ordinal) && string.Equals(r.Request.Method, "POST", StringComparison.Ordinal));
        Assert.That(answer.Status, Is.EqualTo(200));
        await _tab.Page.WaitForFunctionAsync("() => window.__replay.saved() === 'saved'");
        return await NewSegment(before);
    }

    /// <summary>Presses I between a picture and the next, and goes on to where the segment is to end.</summary>
    private async Task MarkEdges(int row)
    {
        await _tab.Page.Keyboard.PressAsync("1");
        await _tab.Seek((Front.TimesNs[row] + Front.TimesNs[row + 1]) / 2);
        await _tab.Page.Keyboard.PressAsync("i");
        for (int i = 0; i < Pictures; i++)
        {
            await _tab.Step("ArrowRight");
        }
    }

    private async Task<string[]> Segments() =>
        await _tab.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.segment-row')].map((row) => row.dataset.id)");

    /// <summary>Waits for a segment that was not there before.</summary>
    private async Task<string> NewSegment(IEnumerable<string> before)
    {
        string[] known = [.. before, .. _earlier];
        IJSHandle found = await _tab.Page.WaitForFunctionAsync(
            "(known) => [...document.querySelectorAll('.segment-row')].map((row) => row.dataset.id).find((id) => !known.includes(id))", known);
        string id = await found.JsonValueAsync<string>();
        _earlier.Add(id);
        return id;
    }

    private readonly List<string> _earlier = [];
}
