using Microsoft.Playwright;
using Replay.Browser.Tests.Pages;
using Replay.Browser.Tests.Processes;

namespace Replay.Browser.Tests;

/// <summary>The list and the episode in light and dark, narrow and wide: pictures to look at, and what a program can say about them.</summary>
internal sealed class LookTests
{
    private static readonly string s_folder = Directory.CreateTempSubdirectory("replay-screenshots-").FullName;

    [Test]
    public async Task Everything_is_inside_the_window_and_nothing_complains(
        [Values(ColorScheme.Light, ColorScheme.Dark)] ColorScheme scheme, [Values(1280, 1920)] int width)
    {
        int height = width == 1280 ? 800 : 1080;
        string of = $"{scheme.ToString().ToLowerInvariant()}-{width}.png";
        using var server = new ReplayProcess(Bench.Recording.Folder);
        await using Tab tab = await Bench.Chromium.Open(server.Address, width, height, scheme);
        await tab.Page.WaitForSelectorAsync("a[data-name]");
        await ExpectInside(tab, width, height, ".list-head", "table.episodes");
        await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(s_folder, "list-" + of) });

        await tab.OpenEpisode(Bench.Recording.Name);
        (long from, long to) = Bench.Recording.Pictures;
        await tab.Seek(from + ((to - from) * 2 / 5));
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await ExpectInside(tab, width, height, ".camera", ".camera canvas", ".scene", ".scene canvas", ".side");
        await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(s_folder, "episode-" + of) });
        TestContext.Out.WriteLine($"screenshots: {s_folder}");
        Assert.That(tab.Complaints, Is.Empty);
    }

    [Test]
    [Explicit("writes the picture in replay/README.md anew")]
    public async Task The_picture_of_the_readme()
    {
        using var server = new ReplayProcess(Bench.Recording.Folder);
        await using Tab tab = await Bench.Chromium.Open(server.Address);
        await tab.OpenEpisode(Bench.Recording.Name);
        const string Label = """
            async ([name, segments]) => {
              const address = `/api/episodes/${encodeURIComponent(name)}/labels`;
              let { head } = await (await fetch(address)).json();
              for (const [verb, from, to] of segments) {
                const body = { op: 'create', parent: head, id: crypto.randomUUID(), verb, start: { stream: 'front', time_ns: Math.round(from * 1e9) }, end: { stream: 'front', time_ns: Math.round(to * 1e9) } };
                const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
                if (!answer.ok) throw new Error(await answer.text());
                head = (await answer.json()).head;
              }
            }
            """;
        // Labels that say what is to be seen: the simulator knows when the cube was taken and put down.
        double At(string kind, double after) => Bench.Recording.Contacts.First(c => string.Equals(c.Kind, kind, StringComparison.Ordinal) && c.TimeNs / 1e9 > after).TimeNs / 1e9;
        double grasp = At("grasp", 1.2), place = At("place", grasp), release = At("release", place);
        object[] segments = [new object[] { "reach", grasp - 1.1, grasp - 0.1 }, new object[] { "grasp", grasp - 0.1, grasp + 0.35 }, new object[] { "move", grasp + 0.35, place - 0.2 }, new object[] { "place", place - 0.2, release + 0.3 }];
        await tab.Page.EvaluateAsync(Label, new object[] { Bench.Recording.Name, segments });
        await tab.Page.ReloadAsync();
        await tab.Ready();
        await tab.Seek((long)((grasp + 0.8) * 1e9));
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Programs.Root, "replay", "screenshot.png") });
    }

    private static async Task ExpectInside(Tab tab, int width, int height, params string[] selectors)
    {
        int content = await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
        Assert.That(content, Is.LessThanOrEqualTo(width), "the page is wider than the window");
        foreach (string selector in selectors)
        {
            foreach (ILocator one in await tab.Page.Locator(selector).AllAsync())
            {
                LocatorBoundingBoxResult? box = await one.BoundingBoxAsync();
                Assert.That(box, Is.Not.Null, selector);
                Assert.That(
                    box!.Width > 40 && box.Height > 20 && box.X >= -1 && box.Y >= -1 && box.X + box.Width <= width + 1 && box.Y + box.Height <= height + 1,
                    Is.True,
                    $"{selector} at {box.X} {box.Y}, {box.Width} × {box.Height}, in a window of {width} × {height}");
            }
        }
    }
}
