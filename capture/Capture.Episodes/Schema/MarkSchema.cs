using Capture.Arrow;
using Capture.Core.Streams;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>mark</c>: stretches of other streams that are frozen, dark, silent or cut off, by their ends (format, chapter 4).</summary>
public static class MarkSchema
{
    /// <summary>The stream's name.</summary>
    public const string Name = "marks";
    public const string Stream = "stream";
    public const string Mark = "mark";
    public const string Begins = "begins";
    public const string RowTime = "row_host_time_ns";
    public const string RowSegment = "row_segment";
    public const string RowSequence = "row_sequence";

    public static ArrowSchema For(MarkStream stream, EpisodeIdentity episode) => new(
        [
            new ArrowField(CommonColumns.Sequence, ArrowType.Int64),
            CommonColumns.Nanoseconds(CommonColumns.HostTime),
            new ArrowField(Stream, ArrowType.Utf8),
            new ArrowField(Mark, ArrowType.Utf8),
            new ArrowField(Begins, ArrowType.Bool),
            CommonColumns.Nanoseconds(RowTime),
            new ArrowField(RowSegment, ArrowType.Int32),
            new ArrowField(RowSequence, ArrowType.Int64),
        ],
        StreamInfo.Of(stream, episode).ToMetadata());
}

/// <summary>A batch of marks.</summary>
public sealed class MarkRows : StreamRows
{
    private readonly Int64Column _sequence;
    private readonly Int64Column _found;
    private readonly Utf8Column _stream;
    private readonly Utf8Column _mark;
    private readonly BoolColumn _begins;
    private readonly Int64Column _rowTime;
    private readonly Int32Column _rowSegment;
    private readonly Int64Column _rowSequence;

    public MarkRows(BatchBuilder builder)
        : base(builder)
    {
        _sequence = builder.Column<Int64Column>(0);
        _found = builder.Column<Int64Column>(1);
        _stream = builder.Column<Utf8Column>(2);
        _mark = builder.Column<Utf8Column>(3);
        _begins = builder.Column<BoolColumn>(4);
        _rowTime = builder.Column<Int64Column>(5);
        _rowSegment = builder.Column<Int32Column>(6);
        _rowSequence = builder.Column<Int64Column>(7);
    }

    /// <param name="streamUtf8">Name of the stream that is marked, in UTF-8.</param>
    public void Append(long sequence, ReadOnlySpan<byte> streamUtf8, in Mark mark)
    {
        _sequence.Append(sequence);
        _found.Append(mark.Found.Nanoseconds);
        _stream.Append(streamUtf8);
        _mark.Append(FormatText<MarkKind>.Utf8(mark.Kind));
        _begins.Append(mark.Begins);
        _rowTime.Append(mark.At.Nanoseconds);
        _rowSegment.Append(mark.Segment);
        _rowSequence.Append(mark.Row);
        Builder.EndRow();
    }
}
