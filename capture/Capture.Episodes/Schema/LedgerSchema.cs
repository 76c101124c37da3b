using Capture.Arrow;
using Capture.Core.Streams;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>ledger</c>: what was lost, where, why (format, chapter 6).</summary>
public static class LedgerSchema
{
    /// <summary>The stream's name.</summary>
    public const string Name = "ledger";
    public const string Stream = "stream";
    public const string Stage = "stage";
    public const string Reason = "reason";
    public const string Evidence = "evidence";
    public const string Count = "count";
    public const string FirstSequence = "first_sequence";

    public static ArrowSchema For(EpisodeIdentity episode) => new(
        [
            new ArrowField(CommonColumns.Sequence, ArrowType.Int64),
            CommonColumns.Nanoseconds(CommonColumns.HostTime),
            new ArrowField(Stream, ArrowType.Utf8),
            new ArrowField(Stage, ArrowType.Utf8),
            new ArrowField(Reason, ArrowType.Utf8),
            new ArrowField(Evidence, ArrowType.Utf8),
            new ArrowField(Count, ArrowType.Int64, Nullable: true),
            new ArrowField(FirstSequence, ArrowType.Int64, Nullable: true),
        ],
        Info(episode).ToMetadata());

    internal static StreamInfo Info(EpisodeIdentity episode) => ClockHostSchema.Info(episode) with { Name = Name, Kind = StreamKinds.Ledger };
}

/// <summary>A batch of ledger entries.</summary>
public sealed class LedgerRows : StreamRows
{
    private readonly Int64Column _sequence;
    private readonly Int64Column _hostTime;
    private readonly Utf8Column _stream;
    private readonly Utf8Column _stage;
    private readonly Utf8Column _reason;
    private readonly Utf8Column _evidence;
    private readonly Int64Column _count;
    private readonly Int64Column _firstSequence;

    public LedgerRows(BatchBuilder builder)
        : base(builder)
    {
        _sequence = builder.Column<Int64Column>(0);
        _hostTime = builder.Column<Int64Column>(1);
        _stream = builder.Column<Utf8Column>(2);
        _stage = builder.Column<Utf8Column>(3);
        _reason = builder.Column<Utf8Column>(4);
        _evidence = builder.Column<Utf8Column>(5);
        _count = builder.Column<Int64Column>(6);
        _firstSequence = builder.Column<Int64Column>(7);
    }

    /// <param name="streamUtf8">The stream's name in UTF-8.</param>
    public void Append(long sequence, ReadOnlySpan<byte> streamUtf8, in Loss loss)
    {
        _sequence.Append(sequence);
        _hostTime.Append(loss.At.Nanoseconds);
        _stream.Append(streamUtf8);
        _stage.Append(FormatText<LossStage>.Utf8(loss.Stage));
        _reason.Append(FormatText<LossReason>.Utf8(loss.Reason));
        _evidence.Append(FormatText<LossEvidence>.Utf8(loss.Evidence));
        Append(_count, loss.Count);
        Append(_firstSequence, loss.FirstSequence);
        Builder.EndRow();
    }

    private static void Append(Int64Column column, long? value)
    {
        if (value is { } v)
        {
            column.Append(v);
        }
        else
        {
            column.AppendNull();
        }
    }
}
