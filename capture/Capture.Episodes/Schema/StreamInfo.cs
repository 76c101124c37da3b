using System.Globalization;
using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Migration;

namespace Capture.Episodes.Schema;

/// <summary>
/// What a stream's file says of the stream (format, chapter 3): the descriptor as it survives on disk. What a file does not say is null;
/// what it says in words of a later version is read as unknown.
/// </summary>
public sealed record StreamInfo
{
    public required string Name { get; init; }

    public required string Kind { get; init; }

    public required EpisodeIdentity Episode { get; init; }

    public required StampSource StampSource { get; init; }

    public required StampInstant StampInstant { get; init; }

    public ClockDomain? Clock { get; init; }

    /// <summary>Ticks to add to <c>device_ticks</c> to get the count that <c>host_time_ns</c> belongs to.</summary>
    public long ArrivalTicksOffset { get; init; }

    public LatencyRange? Latency { get; init; }

    public double? RateHz { get; init; }

    public bool Counted { get; init; }

    public CountUnit CountUnit { get; init; }

    public required DeviceIdentity Device { get; init; }

    /// <summary>What the ledger counts for one row: 1, or the frames of an audio period.</summary>
    public int CountPerRow { get; init; } = 1;

    /// <summary>Most pictures that can be in and before the stream's encoder; null without one.</summary>
    public int? EncoderDepthFrames { get; init; }

    /// <summary>True for the kinds that begin with the five common columns.</summary>
    public bool HasSamples => Kind is not (StreamKinds.ClockExchange or StreamKinds.ClockReport or StreamKinds.ClockHost or StreamKinds.Ledger or StreamKinds.Mark);

    /// <summary>What a descriptor will say of itself on file.</summary>
    public static StreamInfo Of(StreamDescriptor stream, EpisodeIdentity episode) => new()
    {
        Name = stream.Name,
        Kind = stream.Kind,
        Episode = episode,
        StampSource = stream.StampSource,
        StampInstant = stream.StampInstant,
        Clock = stream.Clock,
        ArrivalTicksOffset = stream is AudioPeriodStream audio ? audio.PeriodFrames : 0,
        Latency = stream.Latency,
        RateHz = stream.RateHz,
        Counted = stream.Counted,
        CountUnit = stream.CountUnit,
        Device = stream.Device,
        CountPerRow = stream is AudioPeriodStream a ? a.PeriodFrames : 1,
        EncoderDepthFrames = (stream as CameraFrameStream)?.EncoderDepthFrames,
    };

    /// <summary>The schema metadata of the stream's file; <paramref name="more"/> is what only its kind has; null values are left out.</summary>
    public ArrowMetadata ToMetadata(params ReadOnlySpan<(string Key, string? Value)> more)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        void Add(string key, string? value)
        {
            if (value is not null)
            {
                pairs.Add(new(key, value));
            }
        }

        Add(MetadataKeys.Format, MetadataKeys.FormatValue);
        Add(MetadataKeys.Episode, Episode.Id.ToString("D"));
        Add(MetadataKeys.Stream, Name);
        Add(MetadataKeys.Kind, Kind);
        Add(MetadataKeys.AnchorMonotonic, Text(Episode.Anchor.Origin.Nanoseconds));
        Add(MetadataKeys.AnchorRealtime, Text(Episode.AnchorRealtimeNs));
        Add(MetadataKeys.BootId, Episode.BootId);
        Add(MetadataKeys.StampSource, FormatText<StampSource>.Of(StampSource));
        Add(MetadataKeys.StampInstant, FormatText<StampInstant>.Of(StampInstant));
        if (Clock is { } clock)
        {
            Add(MetadataKeys.Clock, clock.Name);
            Add(MetadataKeys.ClockFeed, FormatText<ClockFeed>.Of(clock.Feed));
            Add(MetadataKeys.ClockTickRate, clock.TickRateHz.ToString("R", CultureInfo.InvariantCulture));
            Add(MetadataKeys.ClockWidth, Text(clock.WidthBits));
            Add(MetadataKeys.ClockArrivalOffset, ArrivalTicksOffset == 0 ? null : Text(ArrivalTicksOffset));
        }

        Add(MetadataKeys.LatencyMin, Latency is { } min ? Text(min.Min.Nanoseconds) : null);
        Add(MetadataKeys.LatencyMax, Latency is { } max ? Text(max.Max.Nanoseconds) : null);
        Add(MetadataKeys.Rate, RateHz?.ToString("R", CultureInfo.InvariantCulture));
        Add(MetadataKeys.Counted, Counted ? "true" : "false");
        Add(MetadataKeys.CountUnit, FormatText<CountUnit>.Of(CountUnit));
        Add(MetadataKeys.DeviceAddress, Device.Address);
        Add(MetadataKeys.DeviceModel, Device.Model);
        Add(MetadataKeys.DeviceIdentity, Device.Identity);
        Add(MetadataKeys.CameraEncoderDepth, EncoderDepthFrames is { } depth ? Text(depth) : null);
        foreach ((string key, string? value) in more)
        {
            Add(key, value);
        }

        return new ArrowMetadata(pairs);
    }

    /// <summary>Reads the metadata of a file's schema. Returns null and says why when the file is no stream of an episode.</summary>
    public static StreamInfo? Read(ArrowMetadata metadata, out string problem)
    {
        string? format = metadata.Find(MetadataKeys.Format);
        if (!FormatMigrations.Known.TryStream(ref metadata, format))
        {
            problem = format is null
                ? $"its schema has no '{MetadataKeys.Format}': it is not a stream of an episode"
                : $"it has the format '{format}', and this version reads '{MetadataKeys.FormatValue}': use a newer version";
            return null;
        }

        string? name = metadata.Find(MetadataKeys.Stream);
        string? kind = metadata.Find(MetadataKeys.Kind);
        if (name is null || kind is null || !StreamName.IsValid(name))
        {
            problem = $"its schema names no valid '{MetadataKeys.Stream}' or no '{MetadataKeys.Kind}'";
            return null;
        }

        if (!Guid.TryParseExact(metadata.Find(MetadataKeys.Episode), "D", out Guid id) || Number(metadata, MetadataKeys.AnchorMonotonic) is not { } monotonic)
        {
            problem = $"its schema has no readable '{MetadataKeys.Episode}' or '{MetadataKeys.AnchorMonotonic}'";
            return null;
        }

        problem = "";
        long? frames = Number(metadata, MetadataKeys.AudioPeriodFrames);
        return new StreamInfo
        {
            Name = name,
            Kind = kind,
            Episode = new EpisodeIdentity(
                id,
                new EpisodeAnchor(new HostTime(monotonic)),
                Number(metadata, MetadataKeys.AnchorRealtime) ?? 0,
                metadata.Find(MetadataKeys.BootId) ?? ""),
            StampSource = FormatText<StampSource>.ParseOr(metadata.Find(MetadataKeys.StampSource), StampSource.ReadReturn),
            StampInstant = FormatText<StampInstant>.ParseOr(metadata.Find(MetadataKeys.StampInstant), StampInstant.Unknown),
            Clock = ReadClock(metadata),
            ArrivalTicksOffset = Number(metadata, MetadataKeys.ClockArrivalOffset) ?? 0,
            Latency = Number(metadata, MetadataKeys.LatencyMin) is { } min && Number(metadata, MetadataKeys.LatencyMax) is { } max && min <= max
                ? new LatencyRange(new Duration(min), new Duration(max))
                : null,
            RateHz = Real(metadata, MetadataKeys.Rate) is > 0 and double rate ? rate : null,
            Counted = metadata.Find(MetadataKeys.Counted) == "true",
            CountUnit = FormatText<CountUnit>.ParseOr(metadata.Find(MetadataKeys.CountUnit), CountUnit.Rows),
            Device = new DeviceIdentity(metadata.Find(MetadataKeys.DeviceAddress) ?? "", metadata.Find(MetadataKeys.DeviceModel), metadata.Find(MetadataKeys.DeviceIdentity)),
            EncoderDepthFrames = Number(metadata, MetadataKeys.CameraEncoderDepth) is > 0 and <= int.MaxValue and long depth ? (int)depth : null,
            CountPerRow = kind == StreamKinds.AudioPeriod && frames is > 0 and <= int.MaxValue ? (int)frames : 1,
        };
    }

    private static ClockDomain? ReadClock(ArrowMetadata metadata)
    {
        string? name = metadata.Find(MetadataKeys.Clock);
        if (name is null || !StreamName.IsValid(name) || !FormatText<ClockFeed>.TryParse(metadata.Find(MetadataKeys.ClockFeed), out ClockFeed feed))
        {
            return null;
        }

        return Real(metadata, MetadataKeys.ClockTickRate) is > 0 and double rate && double.IsFinite(rate)
            ? new ClockDomain(name, feed, rate, (int)Math.Clamp(Number(metadata, MetadataKeys.ClockWidth) ?? 64, 1, 64))
            : null;
    }

    private static long? Number(ArrowMetadata metadata, string key) =>
        long.TryParse(metadata.Find(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static double? Real(ArrowMetadata metadata, string key) =>
        double.TryParse(metadata.Find(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
