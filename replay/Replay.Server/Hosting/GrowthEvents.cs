using System.Text.Json;
using Capture.Core.Time;
using Replay.Server.Episodes;

namespace Replay.Server.Hosting;

/// <summary>Tells a page how far a growing episode has come, as server-sent events (HTML standard, chapter 9.2).</summary>
internal sealed class GrowthEvents(OpenEpisode episode, HostClock clock)
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(100);

    // Without a word for longer, a broken connection would go unnoticed.
    private static readonly Duration s_silence = Duration.FromSeconds(10);

    public async Task Send(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        CancellationToken cancel = context.RequestAborted;
        using var timer = new PeriodicTimer(s_every);
        string last = "";
        HostTime spoken = clock.Now;
        while (true)
        {
            episode.Refresh();
            bool held = episode.Held;
            string growth = Growth(cancel);
            if (growth != last)
            {
                last = growth;
                spoken = clock.Now;
                await response.WriteAsync($"event: growth\ndata: {growth}\n\n", cancel);
                await response.Body.FlushAsync(cancel);
            }
            else if ((clock.Now - spoken).CompareTo(s_silence) > 0)
            {
                spoken = clock.Now;
                await response.WriteAsync(": still here\n\n", cancel);
                await response.Body.FlushAsync(cancel);
            }

            if (!held)
            {
                break;
            }

            await timer.WaitForNextTickAsync(cancel);
        }

        await response.WriteAsync($"event: sealed\ndata: {JsonSerializer.Serialize(new { episode.Manifest.State, episode.TimeVersion }, Answers.Json)}\n\n", cancel);
        await response.Body.FlushAsync(cancel);
    }

    private string Growth(CancellationToken cancel)
    {
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        var bytes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (OpenStream stream in episode.Streams)
        {
            (rows[stream.Name], bytes[stream.Name]) = stream.Extent;
        }

        long[]? range = episode.TimeRange(cancel) is { } r ? [r.From, r.To] : null;
        return JsonSerializer.Serialize(new { Rows = rows, TimeRangeNs = range, Bytes = bytes }, Answers.Json);
    }
}
