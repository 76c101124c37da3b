using System.Text.Json;
using Microsoft.Playwright;

namespace Replay.Browser.Tests.Pages;

/// <summary>A window of the browser. Keeps what the page complained about.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public Tab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, error) => Complain("error: " + error);
        page.Console += (_, message) =>
        {
            if (string.Equals(message.Type, "error", StringComparison.Ordinal))
            {
                Complain($"console: {message.Text} {message.Location}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Uncaught errors and error lines of the console.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>Clicks an episode's line in the list and waits until it can be sought.</summary>
    public async Task OpenEpisode(string name)
    {
        await Page.ClickAsync($"a[data-name='{name}']");
        await Ready();
    }

    /// <summary>Waits until the open episode can be sought.</summary>
    public async Task Ready()
    {
        // The page may open an episode anew while it waits: what counts is the hook that is there at the end.
        bool settled = false;
        while (!settled)
        {
            await Page.WaitForFunctionAsync("() => window.__replay !== undefined");
            settled = await Page.EvaluateAsync<bool>("""
                async () => {
                  const replay = window.__replay;
                  if (!replay) return false;
                  try {
                    await replay.ready;
                  } catch (error) {
                    if (window.__replay === replay) throw error;
                  }
                  return window.__replay === replay;
                }
                """);
        }
    }

    /// <summary>Seeks and waits until the page says that it shows that instant.</summary>
    public async Task<Shown> Seek(long timeNs) =>
        Pages.Shown.From(await Ask("async (t) => { await window.__replay.seek(t); return JSON.stringify(window.__probe.shown()); }", timeNs));

    /// <summary>Presses a key that moves the clock by one picture, and waits until the new instant is shown.</summary>
    public async Task<Shown> Step(string key)
    {
        long before = await Page.EvaluateAsync<long>("() => window.__replay.time()");
        await Page.Keyboard.PressAsync(key);
        await Page.WaitForFunctionAsync("(t) => window.__replay.time() !== t && window.__replay.drawnTime() === window.__replay.time()", before);
        return await Shown();
    }

    /// <summary>What is on the canvases now.</summary>
    public async Task<Shown> Shown() => Pages.Shown.From(await Ask("() => JSON.stringify(window.__probe.shown())"));

    /// <summary>What a function in the page answers, which it must give as JSON text: the driver's own values lose types on the way.</summary>
    public async Task<JsonElement> Ask(string function, object? argument = null) => JsonDocument.Parse(await Page.EvaluateAsync<string>(function, argument)).RootElement;

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Complain(string what)
    {
        lock (_complaints)
        {
            _complaints.Add(what);
        }
    }
}

/// <summary>An instant, and the number read out of each camera's canvas while it was shown; −1 where none could be read.</summary>
internal sealed record Shown(long TimeNs, long DrawnTimeNs, IReadOnlyDictionary<string, long> Frames)
{
    public static Shown From(JsonElement told) => new(
        told.GetProperty("time").GetInt64(),
        told.GetProperty("drawnTime").GetInt64(),
        told.GetProperty("codes").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt64(), StringComparer.Ordinal));
}
