using Capture.Arrow;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>clock.report</c>: what a device says of its own clock, one way (format, chapter 4).</summary>
public static class ClockReportSchema
{
    public const string SenderUtc = "sender_utc_ns";

    public static ArrowSchema For(ClockReportStream stream, EpisodeIdentity episode) => new(
        [
            new ArrowField(CommonColumns.Sequence, ArrowType.Int64),
            new ArrowField(CommonColumns.Segment, ArrowType.Int32),
            new ArrowField(CommonColumns.DeviceTicks, ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "tick")) },
            CommonColumns.Nanoseconds(CommonColumns.HostTime),
            CommonColumns.Nanoseconds(SenderUtc) with { Nullable = true },
        ],
        StreamInfo.Of(stream, episode).ToMetadata());
}

/// <summary>A batch of clock reports.</summary>
public sealed class ClockReportRows : StreamRows
{
    private readonly Int64Column _sequence;
    private readonly Int32Column _segment;
    private readonly Int64Column _ticks;
    private readonly Int64Column _host;
    private readonly Int64Column _sender;

    public ClockReportRows(BatchBuilder builder)
        : base(builder)
    {
        _sequence = builder.Column<Int64Column>(0);
        _segment = builder.Column<Int32Column>(1);
        _ticks = builder.Column<Int64Column>(2);
        _host = builder.Column<Int64Column>(3);
        _sender = builder.Column<Int64Column>(4);
    }

    public void Append(long sequence, in ClockReport report)
    {
        _sequence.Append(sequence);
        _segment.Append(report.Segment);
        _ticks.Append(report.Ticks.Value);
        _host.Append(report.Arrival.Nanoseconds);
        if (report.SenderUtcNs is { } utc)
        {
            _sender.Append(utc);
        }
        else
        {
            _sender.AppendNull();
        }

        Builder.EndRow();
    }
}
