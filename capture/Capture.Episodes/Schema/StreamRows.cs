using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>A batch of one stream while it is being filled: a builder and its columns, fetched once.</summary>
public abstract class StreamRows : IDisposable
{
    private protected StreamRows(BatchBuilder builder) => Builder = builder;

    public BatchBuilder Builder { get; }

    /// <summary>Rows appended since the batch was empty.</summary>
    public int Count => Builder.Rows;

    /// <summary>When the first row was appended: from then on runs the time in which it must reach the file.</summary>
    public HostTime Oldest { get; internal set; }

    /// <summary>Ledger units of the rows.</summary>
    internal long Counted { get; set; }

    /// <summary>Sequence of the first row.</summary>
    internal long FirstSequence { get; set; }

    public void Clear()
    {
        Builder.Clear();
        Counted = 0;
    }

    public void Dispose() => Builder.Dispose();
}

/// <summary>Rows of a kind that begins with the five common columns (format, chapter 4).</summary>
public abstract class SampleRows : StreamRows
{
    private readonly EpisodeAnchor _anchor;
    private readonly Int64Column _sequence;
    private readonly Int32Column _segment;
    private readonly Int64Column _deviceTicks;
    private readonly Int64Column _hostTime;
    private readonly Int64Column _episodeTime;
    private readonly Int64Column? _readTime;

    private protected SampleRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder)
    {
        _anchor = anchor;
        _sequence = builder.Column<Int64Column>(CommonColumns.Sequence);
        _segment = builder.Column<Int32Column>(CommonColumns.Segment);
        _deviceTicks = builder.Column<Int64Column>(CommonColumns.DeviceTicks);
        _hostTime = builder.Column<Int64Column>(CommonColumns.HostTime);
        _episodeTime = builder.Column<Int64Column>(CommonColumns.EpisodeTime);
        _readTime = builder.Schema.IndexOf(CommonColumns.ReadTime) >= 0 ? builder.Column<Int64Column>(CommonColumns.ReadTime) : null;
    }

    private protected void AppendStamp(in SampleStamp stamp)
    {
        _sequence.Append(stamp.Sequence);
        _segment.Append(stamp.Segment);
        if (stamp.Ticks is { } ticks)
        {
            _deviceTicks.Append(ticks.Value);
        }
        else
        {
            _deviceTicks.AppendNull();
        }

        _hostTime.Append(stamp.HostTime.Nanoseconds);
        _episodeTime.Append(_anchor.ToEpisode(stamp.Estimate).Nanoseconds);
        _readTime?.Append((stamp.ReadTime ?? stamp.HostTime).Nanoseconds);
    }
}

/// <summary>Names and fields of the five columns that every sample stream begins with.</summary>
public static class CommonColumns
{
    public const string Sequence = "sequence";
    public const string Segment = "segment";
    public const string DeviceTicks = "device_ticks";
    public const string HostTime = "host_time_ns";
    public const string EpisodeTime = "episode_time_ns";

    /// <summary>Optional sixth: when the program had the sample in hand, on the clock of <see cref="HostTime"/>.</summary>
    public const string ReadTime = "read_time_ns";

    private static readonly ArrowMetadata s_ns = ArrowMetadata.Of(("unit", "ns"));

    public static IReadOnlyList<ArrowField> Fields { get; } =
    [
        new(Sequence, ArrowType.Int64),
        new(Segment, ArrowType.Int32),
        new(DeviceTicks, ArrowType.Int64, Nullable: true) { Metadata = ArrowMetadata.Of(("unit", "tick")) },
        Nanoseconds(HostTime),
        Nanoseconds(EpisodeTime),
    ];

    /// <summary>Bytes that the five, and the read time, take in a row.</summary>
    public const int BytesPerRow = (5 * 8) + 4 + 1;

    /// <summary>The column of read times, for streams that keep them.</summary>
    public static IReadOnlyList<ArrowField> ReadTimeOf(StreamDescriptor stream) => stream.KeepsReadTime ? [Nanoseconds(ReadTime)] : [];

    /// <summary>An int64 column of nanoseconds.</summary>
    public static ArrowField Nanoseconds(string name, bool nullable = false) => new(name, ArrowType.Int64, nullable) { Metadata = s_ns };

    internal static ArrowField Vector(string name, ArrowType item, int size, string unit, bool nullableItems = false, bool nullable = false, (string Key, string Value)? more = null) =>
        new(name, new FixedSizeListType(new ArrowField("item", item, nullableItems), size), nullable)
        {
            Metadata = more is { } m
                ? ArrowMetadata.Of(("unit", unit), ("shape", size.ToString(System.Globalization.CultureInfo.InvariantCulture)), m)
                : ArrowMetadata.Of(("unit", unit), ("shape", size.ToString(System.Globalization.CultureInfo.InvariantCulture))),
        };
}
