using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>clock.exchange</c>: the two-way exchanges of one clock domain, all that were answered.</summary>
public static class ClockExchangeSchema
{
    public const string HostSend = "host_send_ns";
    public const string DeviceReceive = "device_receive_ticks";
    public const string DeviceSend = "device_send_ticks";
    public const string HostReceive = "host_receive_ns";

    public static ArrowSchema For(ClockExchangeStream stream, EpisodeIdentity episode) => new(
        [
            new ArrowField(CommonColumns.Sequence, ArrowType.Int64),
            new ArrowField(CommonColumns.Segment, ArrowType.Int32),
            CommonColumns.Nanoseconds(HostSend),
            new ArrowField(DeviceReceive, ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "tick")) },
            new ArrowField(DeviceSend, ArrowType.Int64) { Metadata = ArrowMetadata.Of(("unit", "tick")) },
            CommonColumns.Nanoseconds(HostReceive),
        ],
        StreamInfo.Of(stream, episode).ToMetadata());
}

/// <summary>Kind <c>clock.host</c>: the host's own clocks, read together (format, chapter 5).</summary>
public static class ClockHostSchema
{
    /// <summary>The stream's name.</summary>
    public const string Name = "clock.host";
    public const string MonotonicBefore = "monotonic_before_ns";
    public const string Realtime = "realtime_ns";
    public const string Boottime = "boottime_ns";
    public const string MonotonicAfter = "monotonic_after_ns";

    public static ArrowSchema For(EpisodeIdentity episode) => new(
        [
            new ArrowField(CommonColumns.Sequence, ArrowType.Int64),
            CommonColumns.Nanoseconds(MonotonicBefore),
            CommonColumns.Nanoseconds(Realtime),
            CommonColumns.Nanoseconds(Boottime),
            CommonColumns.Nanoseconds(MonotonicAfter),
        ],
        Info(episode).ToMetadata());

    internal static StreamInfo Info(EpisodeIdentity episode) => new()
    {
        Name = Name,
        Kind = StreamKinds.ClockHost,
        Episode = episode,
        StampSource = StampSource.ReadReturn,
        StampInstant = StampInstant.Arrival,
        Counted = false,
        Device = new DeviceIdentity("host", null, null),
    };
}

/// <summary>A batch of clock exchanges.</summary>
public sealed class ClockExchangeRows : StreamRows
{
    private readonly Int64Column _sequence;
    private readonly Int32Column _segment;
    private readonly Int64Column _hostSend;
    private readonly Int64Column _deviceReceive;
    private readonly Int64Column _deviceSend;
    private readonly Int64Column _hostReceive;

    public ClockExchangeRows(BatchBuilder builder)
        : base(builder)
    {
        _sequence = builder.Column<Int64Column>(0);
        _segment = builder.Column<Int32Column>(1);
        _hostSend = builder.Column<Int64Column>(2);
        _deviceReceive = builder.Column<Int64Column>(3);
        _deviceSend = builder.Column<Int64Column>(4);
        _hostReceive = builder.Column<Int64Column>(5);
    }

    public void Append(long sequence, in ClockExchange exchange)
    {
        _sequence.Append(sequence);
        _segment.Append(exchange.Segment);
        _hostSend.Append(exchange.HostSend.Nanoseconds);
        _deviceReceive.Append(exchange.DeviceReceive.Value);
        _deviceSend.Append(exchange.DeviceSend.Value);
        _hostReceive.Append(exchange.HostReceive.Nanoseconds);
        Builder.EndRow();
    }
}

/// <summary>A batch of readings of the host's clocks.</summary>
public sealed class ClockHostRows : StreamRows
{
    private readonly Int64Column _sequence;
    private readonly Int64Column _before;
    private readonly Int64Column _realtime;
    private readonly Int64Column _boottime;
    private readonly Int64Column _after;

    public ClockHostRows(BatchBuilder builder)
        : base(builder)
    {
        _sequence = builder.Column<Int64Column>(0);
        _before = builder.Column<Int64Column>(1);
        _realtime = builder.Column<Int64Column>(2);
        _boottime = builder.Column<Int64Column>(3);
        _after = builder.Column<Int64Column>(4);
    }

    public void Append(long sequence, in HostClockReading reading)
    {
        _sequence.Append(sequence);
        _before.Append(reading.MonotonicBefore.Nanoseconds);
        _realtime.Append(reading.RealtimeNanoseconds);
        _boottime.Append(reading.BoottimeNanoseconds);
        _after.Append(reading.MonotonicAfter.Nanoseconds);
        Builder.EndRow();
    }
}
