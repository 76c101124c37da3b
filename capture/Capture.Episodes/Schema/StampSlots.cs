using System.Runtime.InteropServices;
using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Where the five common columns of a row are written in place: all in one spot, for the kinds whose samples come a thousand times a second.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct StampSlots(BatchBuilder builder, EpisodeAnchor anchor)
{
    private readonly ColumnSlots<long> _sequence = builder.Column<Int64Column>(CommonColumns.Sequence).Slots;
    private readonly ColumnSlots<int> _segment = builder.Column<Int32Column>(CommonColumns.Segment).Slots;
    private readonly NullableSlots<long> _deviceTicks = builder.Column<Int64Column>(CommonColumns.DeviceTicks).NullableSlots;
    private readonly ColumnSlots<long> _hostTime = builder.Column<Int64Column>(CommonColumns.HostTime).Slots;
    private readonly ColumnSlots<long> _episodeTime = builder.Column<Int64Column>(CommonColumns.EpisodeTime).Slots;
    private readonly EpisodeAnchor _anchor = anchor;

    public void Set(int row, in SampleStamp stamp)
    {
        _sequence.Set(row, stamp.Sequence);
        _segment.Set(row, stamp.Segment);
        _deviceTicks.Set(row, stamp.Ticks?.Value);
        _hostTime.Set(row, stamp.HostTime.Nanoseconds);
        _episodeTime.Set(row, _anchor.ToEpisode(stamp.Estimate).Nanoseconds);
    }
}
