using Replay.Browser.Tests.Pages;
using Replay.Browser.Tests.Recorded;

namespace Replay.Browser.Tests;

/// <summary>What all tests share: one recording and one browser.</summary>
[SetUpFixture]
internal sealed class Bench
{
    private static Recording? s_recording;
    private static Chromium? s_chromium;

    public static Recording Recording => s_recording ?? throw new InvalidOperationException("There is no recording.");

    public static Chromium Chromium => s_chromium ?? throw new InvalidOperationException("There is no browser.");

    [OneTimeSetUp]
    public async Task SetUp()
    {
        s_chromium = await Chromium.Start();
        s_recording = new Recording();
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        s_recording?.Dispose();
        if (s_chromium is not null)
        {
            await s_chromium.DisposeAsync();
        }
    }
}
