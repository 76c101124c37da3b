using Microsoft.Playwright;

namespace Replay.Browser.Tests.Pages;

/// <summary>The system's Chromium, without a screen.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] s_paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<Chromium> Start()
    {
        string path = s_paths.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("There is no Chromium to test the page with. Install it: apt-get install chromium");
        IPlaywright playwright = await Playwright.CreateAsync();
        try
        {
            IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = path,
                Headless = true,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
            return new Chromium(playwright, browser);
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    /// <summary>A new window on an address, with a memory of its own.</summary>
    public async Task<Tab> Open(Uri address, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
        });
        await context.AddInitScriptAsync(FrameCodeProbe.Script);
        IPage page = await context.NewPageAsync();
        var tab = new Tab(context, page);
        await page.GotoAsync(address.ToString());
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }
}
