using Capture.Arrow;
using Capture.Episodes.Schema;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Views;

/// <summary>Where each picture of a camera lies in its file, and when it was taken.</summary>
internal static class FramesView
{
    public static IResult Of(OpenStream stream, HttpContext context)
    {
        if (stream.Kind != StreamKinds.CameraFrame)
        {
            throw ApiException.BadRequest($"it is a {stream.Kind}, and only {StreamKinds.CameraFrame} has frames", stream.Name, "Ask for 'series' or 'rows'.");
        }

        TimedRows rows = stream.Rows(context.RequestAborted)!;
        long from = TimeWindow.Number(context.Request.Query, "from_row") ?? 0;
        if (from < 0)
        {
            throw ApiException.BadRequest("'from_row' is negative", "query", "Give 0 or more.");
        }

        int first = (int)Math.Min(from, rows.Count);
        return new ArrowAnswer(Schema(rows), rows.Count - first, builder => Appender(builder, rows, first));
    }

    private static ArrowSchema Schema(TimedRows rows) => new(
        [
            new ArrowField("sequence", ArrowType.Int64),
            new ArrowField("segment", ArrowType.Int32),
            new ArrowField("time_ns", ArrowType.Int64),
            new ArrowField("sigma_ns", ArrowType.Int64, Nullable: true),
            new ArrowField("bound_ns", ArrowType.Int64, Nullable: true),
            new ArrowField("key_frame", ArrowType.Bool),
            new ArrowField("offset", ArrowType.Int64),
            new ArrowField("length", ArrowType.Int32),
        ],
        ArrowMetadata.Of(("replay.time_version", rows.TimeVersion)));

    private static Action<int> Appender(BatchBuilder builder, TimedRows rows, int first)
    {
        var sequence = builder.Column<Int64Column>(0);
        var segment = builder.Column<Int32Column>(1);
        var time = builder.Column<Int64Column>(2);
        var sigma = builder.Column<Int64Column>(3);
        var bound = builder.Column<Int64Column>(4);
        var key = builder.Column<BoolColumn>(5);
        var offset = builder.Column<Int64Column>(6);
        var length = builder.Column<Int32Column>(7);
        return number =>
        {
            int row = first + number;
            sequence.Append(rows.Sequence.Span[row]);
            segment.Append(rows.Segment.Span[row]);
            time.Append(rows.Time.Span[row]);
            Append(sigma, row < rows.Sigma.Length ? rows.Sigma.Span[row] : -1);
            Append(bound, row < rows.Bound.Length ? rows.Bound.Span[row] : -1);
            key.Append(rows.KeyFrame.Span[row] != 0);
            offset.Append(rows.Offset.Span[row]);
            length.Append(rows.Length.Span[row]);
        };
    }

    private static void Append(Int64Column column, long value)
    {
        if (value < 0)
        {
            column.AppendNull();
        }
        else
        {
            column.Append(value);
        }
    }
}
