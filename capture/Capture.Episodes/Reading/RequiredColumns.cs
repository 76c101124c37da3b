using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Reading;

/// <summary>The columns that this version cannot do without; all others are taken as they come (format, chapter 4).</summary>
internal static class RequiredColumns
{
    private static readonly (string Name, ArrowType Type)[] s_samples =
    [
        (CommonColumns.Sequence, ArrowType.Int64),
        (CommonColumns.Segment, ArrowType.Int32),
        (CommonColumns.DeviceTicks, ArrowType.Int64),
        (CommonColumns.HostTime, ArrowType.Int64),
        (CommonColumns.EpisodeTime, ArrowType.Int64),
    ];

    /// <summary>Says which column of a kind is missing or of another type; null when all are there.</summary>
    public static string? Missing(ArrowSchema schema, string kind)
    {
        foreach ((string name, ArrowType type) in Of(kind))
        {
            int index = schema.IndexOf(name);
            if (index < 0 || schema.Fields[index].Type != type)
            {
                return $"a column '{name}' of {type}";
            }
        }

        return null;
    }

    private static (string Name, ArrowType Type)[] Of(string kind) => kind switch
    {
        StreamKinds.ClockHost => [(ClockHostSchema.MonotonicBefore, ArrowType.Int64), (ClockHostSchema.Boottime, ArrowType.Int64)],
        StreamKinds.ClockExchange =>
        [
            (CommonColumns.Segment, ArrowType.Int32),
            (ClockExchangeSchema.HostSend, ArrowType.Int64),
            (ClockExchangeSchema.DeviceReceive, ArrowType.Int64),
            (ClockExchangeSchema.DeviceSend, ArrowType.Int64),
            (ClockExchangeSchema.HostReceive, ArrowType.Int64),
        ],
        StreamKinds.ClockReport =>
        [
            (CommonColumns.Segment, ArrowType.Int32),
            (CommonColumns.DeviceTicks, ArrowType.Int64),
            (CommonColumns.HostTime, ArrowType.Int64),
        ],
        StreamKinds.Ledger =>
        [
            (CommonColumns.HostTime, ArrowType.Int64),
            (LedgerSchema.Stream, ArrowType.Utf8),
            (LedgerSchema.Stage, ArrowType.Utf8),
            (LedgerSchema.Reason, ArrowType.Utf8),
            (LedgerSchema.Evidence, ArrowType.Utf8),
            (LedgerSchema.Count, ArrowType.Int64),
            (LedgerSchema.FirstSequence, ArrowType.Int64),
        ],
        StreamKinds.Mark =>
        [
            (CommonColumns.HostTime, ArrowType.Int64),
            (MarkSchema.Stream, ArrowType.Utf8),
            (MarkSchema.Mark, ArrowType.Utf8),
            (MarkSchema.Begins, ArrowType.Bool),
            (MarkSchema.RowTime, ArrowType.Int64),
            (MarkSchema.RowSegment, ArrowType.Int32),
            (MarkSchema.RowSequence, ArrowType.Int64),
        ],
        StreamKinds.CameraFrame => [.. s_samples, (CameraFrameSchema.Data, ArrowType.Binary)],
        StreamKinds.JointState => [.. s_samples, (JointStateSchema.RequestTime, ArrowType.Int64), (JointStateSchema.ReplyTime, ArrowType.Int64)],
        _ => s_samples,
    };
}
