using System.Globalization;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Manifest;

/// <summary>Parts of the manifest made from what the stream files say.</summary>
internal static class ManifestParts
{
    public static ManifestStream Stream(StreamInfo info) => new()
    {
        Name = info.Name,
        Kind = info.Kind,
        File = $"{EpisodeFolder.Streams}/{info.Name}{EpisodeFolder.ArrowSuffix}",
        Clock = info.Clock?.Name,
        RateHz = info.RateHz,
        Counted = info.Counted,
        Stamp = new ManifestStamp(FormatText<StampSource>.Of(info.StampSource), FormatText<StampInstant>.Of(info.StampInstant)),
        LatencyNs = info.Latency is { } l ? new ManifestLatency(l.Min.Nanoseconds, l.Max.Nanoseconds) : null,
        Device = new ManifestDevice(info.Device.Address, info.Device.Model, info.Device.Identity),
        EncoderDepthFrames = info.EncoderDepthFrames,
    };

    public static IReadOnlyList<ManifestClock> Clocks(IEnumerable<ClockDomain?> domains) =>
    [
        .. domains.OfType<ClockDomain>().DistinctBy(d => d.Name, StringComparer.Ordinal)
            .Select(d => new ManifestClock(d.Name, FormatText<ClockFeed>.Of(d.Feed), d.TickRateHz, d.WidthBits, null)),
    ];

    public static DateTimeOffset Utc(long realtimeNs) => DateTimeOffset.UnixEpoch.AddTicks(realtimeNs / 100);

    public static string UtcText(long realtimeNs) => Utc(realtimeNs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
