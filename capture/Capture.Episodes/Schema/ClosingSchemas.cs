using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary><c>clocks/DOMAIN.vN.arrow</c>: the fitted clock of a domain, one row a piece (format, chapter 9).</summary>
public static class FittedClockSchema
{
    public const string FromTicks = "from_ticks";
    public const string NsPerTick = "ns_per_tick";
    public const string Sigma = "sigma_ns";
    public const string Bound = "bound_ns";

    public static ArrowSchema For(ClockDomain domain, EpisodeIdentity episode, string version) => new(
        [
            new ArrowField(CommonColumns.Segment, ArrowType.Int32),
            new ArrowField(FromTicks, ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "tick")) },
            CommonColumns.Nanoseconds(CommonColumns.EpisodeTime),
            new ArrowField(NsPerTick, ArrowType.Float64) { Metadata = ArrowMetadata.Of(("unit", "ns/tick")) },
            CommonColumns.Nanoseconds(Sigma),
            CommonColumns.Nanoseconds(Bound, nullable: true),
        ],
        (ClockHostSchema.Info(episode) with { Name = domain.Name, Kind = StreamKinds.FittedClock, Clock = domain }).ToMetadata(("capture.fit", version)));
}

/// <summary><c>times/STREAM.vN.arrow</c>: the final time of every row of a stream (format, chapter 9).</summary>
public static class FinalTimesSchema
{
    public static ArrowSchema For(StreamInfo stream, string version) => new(
        [
            new ArrowField(CommonColumns.Sequence, ArrowType.Int64),
            CommonColumns.Nanoseconds(CommonColumns.EpisodeTime),
            CommonColumns.Nanoseconds(FittedClockSchema.Sigma),
            CommonColumns.Nanoseconds(FittedClockSchema.Bound, nullable: true),
        ],
        (stream with { Kind = StreamKinds.FinalTimes }).ToMetadata(("capture.fit", version)));
}
