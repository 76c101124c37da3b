using Capture.Arrow;

namespace Replay.Labels.Release;

/// <summary><c>labels/NAME@N.arrow</c>: one row a segment, in order of <c>start_ns</c>. The table stands in replay/README.md.</summary>
public static class ReleaseSchema
{
    public const string Format = "capture-labels/1";
    public const string FormatKey = "capture.format";
    public const string EpisodeKey = "capture.episode";
    public const string NameKey = "capture.labels.name";
    public const string VersionKey = "capture.labels.version";
    public const string HeadKey = "capture.labels.head";
    public const string TimeVersionKey = "capture.labels.time_version";
    public const string PublishedKey = "capture.labels.published_utc";

    public static ArrowSchema For(ReleaseInfo info, int version) => new(
        [
            new ArrowField("id", ArrowType.Utf8),
            new ArrowField("verb", ArrowType.Utf8),
            new ArrowField("note", ArrowType.Utf8),
            Nanoseconds("start_ns"),
            Nanoseconds("end_ns"),
            new ArrowField("start_stream", ArrowType.Utf8),
            new ArrowField("start_sequence", ArrowType.Int64),
            new ArrowField("start_segment", ArrowType.Int32),
            Nanoseconds("start_offset_ns"),
            new ArrowField("end_stream", ArrowType.Utf8),
            new ArrowField("end_sequence", ArrowType.Int64),
            new ArrowField("end_segment", ArrowType.Int32),
            Nanoseconds("end_offset_ns"),
            new ArrowField("author", ArrowType.Utf8),
            new ArrowField("edited_utc", ArrowType.Utf8),
        ],
        ArrowMetadata.Of(
            (FormatKey, Format),
            (EpisodeKey, info.EpisodeId),
            (NameKey, info.Name),
            (VersionKey, version.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            (TimeVersionKey, info.TimeVersion),
            (HeadKey, info.Head),
            (PublishedKey, info.Utc)));

    private static ArrowField Nanoseconds(string name) => new(name, ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "ns")) };
}
