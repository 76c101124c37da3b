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
