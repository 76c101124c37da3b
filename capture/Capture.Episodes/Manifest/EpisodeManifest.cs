using System.Text.Json;
using System.Text.Json.Serialization;

namespace Capture.Episodes.Manifest;

/// <summary>State of an episode (format, chapter 2).</summary>
public static class EpisodeState
{
    public const string Recording = "recording";
    public const string Sealed = "sealed";
    public const string Recovered = "recovered";
}

/// <summary>Why a recording ended.</summary>
public enum StopReason
{
    Operator,
    Seconds,
    DiskFull,
    WriteError,
    Killed,

    /// <summary>Every source was at its end: files were played, and nothing else records.</summary>
    SourcesEnded,
}

/// <summary><c>episode.json</c>, as <c>episode.schema.json</c> describes it. Members that this version does not know are kept.</summary>
public sealed record EpisodeManifest
{
    public const string FormatName = "capture-episode";
    public const int CurrentVersion = 1;

    /// <summary>Checksum of the file (format, chapter 7), set when it is written; null in one that another program wrote.</summary>
    [JsonPropertyName("crc32c")]
    [JsonPropertyOrder(-1)]
    public string? Crc32C { get; init; }

    public required string Format { get; init; }

    public required int Version { get; init; }

    public required string Id { get; init; }

    /// <summary>A constant of <see cref="EpisodeState"/>.</summary>
    public required string State { get; init; }

    public required string Rig { get; init; }

    /// <summary>UTC, ISO 8601 with Z.</summary>
    public required string CreatedUtc { get; init; }

    public long? DurationNs { get; init; }

    /// <summary>A <see cref="StopReason"/> as the format writes it.</summary>
    public string? Stopped { get; init; }

    /// <summary>Free fields of the task: text, number or truth value each.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Task { get; init; }

    public required ManifestAnchor Anchor { get; init; }

    public required ManifestSoftware Software { get; init; }

    public required ManifestLimits Limits { get; init; }

    public required IReadOnlyList<ManifestStream> Streams { get; init; }

    public required IReadOnlyList<ManifestClock> Clocks { get; init; }

    public ManifestTimes? Times { get; init; }

    /// <summary>Of the times in force.</summary>
    public ManifestCertificate? Certificate { get; init; }

    /// <summary>Of the other versions of the times, so that taking one up again needs no new fit.</summary>
    public IReadOnlyList<ManifestCertificate>? OtherCertificates { get; init; }

    /// <summary>What the recorder saw of the rig's calibrations when it began; null where nobody looked.</summary>
    public ManifestCalibration? Calibration { get; init; }

    /// <summary>Stretches of streams that are marked, in the order in which they were found; null where none is, or nobody looked.</summary>
    public IReadOnlyList<ManifestMark>? Marks { get; init; }

    /// <summary>What could not be done at the end and can be done later (times not written for want of space).</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The moment that is episode time 0, on all clocks of the host.</summary>
/// <param name="MonotonicNs">CLOCK_MONOTONIC.</param>
/// <param name="RealtimeNs">CLOCK_REALTIME, since 1970-01-01T00:00:00Z.</param>
/// <param name="BoottimeNs">CLOCK_BOOTTIME.</param>
/// <param name="UncertaintyNs">Half the bracket in which they were read.</param>
public sealed record ManifestAnchor(
    [property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)] long MonotonicNs,
    [property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)] long RealtimeNs,
    [property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)] long BoottimeNs,
    long UncertaintyNs,
    string BootId);

public sealed record ManifestSoftware(string Name, string Version);

public sealed record ManifestLimits(int BatchEveryMs, int DurableEveryMs);

/// <summary>A stream as the manifest lists it: a convenience, the stream's own file rules.</summary>
public sealed record ManifestStream
{
    public required string Name { get; init; }

    public required string Kind { get; init; }

    /// <summary>Path in the episode's folder.</summary>
    public required string File { get; init; }

    public string? Clock { get; init; }

    public double? RateHz { get; init; }

    public required bool Counted { get; init; }

    public required ManifestStamp Stamp { get; init; }

    public ManifestLatency? LatencyNs { get; init; }

    public required ManifestDevice Device { get; init; }

    /// <summary>Most pictures that can be in and before the stream's encoder: what a kill costs beyond the batch; null without one.</summary>
    public int? EncoderDepthFrames { get; init; }

    public ManifestCounts? Counts { get; init; }

    public long? Bytes { get; init; }

    public int? Batches { get; init; }
}

public sealed record ManifestStamp(string Source, string Instant);

public sealed record ManifestLatency(long Min, long Max);

public sealed record ManifestDevice(string Address, string? Model, string? Identity);

/// <summary>The balance of a stream, in its unit.</summary>
/// <param name="Produced">From the counter alone; null where there is none.</param>
/// <param name="Dropped">What the ledger books.</param>
/// <param name="Unknown">produced − stored − dropped; null where it cannot be observed. Anything but 0 is a fault in the books.</param>
public sealed record ManifestCounts(
    string Unit,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Produced,
    long Stored,
    long Dropped,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Unknown,
    IReadOnlyList<ManifestLoss>? Reasons);

/// <summary>Losses of one cause, summed.</summary>
/// <param name="Count">Null where it cannot be known for at least one entry.</param>
/// <param name="Entries">Entries of the ledger.</param>
public sealed record ManifestLoss(string Stage, string Reason, string Evidence, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Count, int Entries);

/// <summary>A stretch of a stream that is frozen, dark, silent or cut off.</summary>
/// <param name="Mark">A <see cref="Core.Streams.MarkKind"/> as the format writes it.</param>
/// <param name="FromNs">Host time of the first row that is marked, since the anchor.</param>
/// <param name="UntilNs">Host time of the first row that is not any more; null where it lasted to the end of the recording.</param>
/// <param name="FoundNs">When it was found, since the anchor.</param>
/// <param name="FromSequence">Sequence of the first marked row, in <paramref name="FromSegment"/>.</param>
/// <param name="UntilSequence">Sequence of the first row after it, in <paramref name="UntilSegment"/>.</param>
public sealed record ManifestMark(
    string Stream, string Mark, long FromNs, long? UntilNs, long FoundNs, int FromSegment, long FromSequence, int? UntilSegment, long? UntilSequence);

public sealed record ManifestClock(string Name, string Feed, double TickRateHz, int WidthBits, string? File);

/// <param name="InForce">The version to use, as "v1"; null when times have not been computed.</param>
public sealed record ManifestTimes([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? InForce, IReadOnlyList<string> Versions);

/// <summary>Whether calibrations were there, fresh, and of the devices that were recorded: a look at the start, which says nothing about whether a camera was moved since.</summary>
/// <param name="State">"green", "amber" or "red": the worst of the entries.</param>
public sealed record ManifestCalibration(string State, IReadOnlyList<ManifestCalibrationEntry> Entries);

/// <param name="File">Its name in <c>calibration/</c>; null where a stream has none.</param>
/// <param name="Stream">The stream that it is about.</param>
/// <param name="Sentence">Why, and what to do.</param>
public sealed record ManifestCalibrationEntry(string? File, string Stream, string State, string Sentence);

/// <summary>The sync certificate: how good the times are, by stream.</summary>
public sealed record ManifestCertificate(string Version, IReadOnlyList<CertifiedStream> Streams);

public sealed record CertifiedStream
{
    public required string Stream { get; init; }

    public string? Clock { get; init; }

    public required string Feed { get; init; }

    public required long Rows { get; init; }

    public double? DriftPpm { get; init; }

    public long? ResidualP50Ns { get; init; }

    public long? ResidualP99Ns { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ManifestSpread? SigmaNs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ManifestSpread? BoundNs { get; init; }

    public long? LatencyAppliedNs { get; init; }

    public long? JitterP99Ns { get; init; }
}

public sealed record ManifestSpread(long P50, long P99, long Max);
