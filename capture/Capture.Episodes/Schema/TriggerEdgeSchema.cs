using System.Globalization;
using Capture.Arrow;
using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>Kind <c>trigger.edge</c>: one edge of a trigger line a row.</summary>
public static class TriggerEdgeSchema
{
    public const string Channel = "channel";
    public const string Edge = "edge";
    public const string Rising = "rising";

    public static ArrowSchema For(TriggerEdgeStream stream, EpisodeIdentity episode) => new(
        [
            .. CommonColumns.Fields,
            new ArrowField(Channel, ArrowType.Int16),
            new ArrowField(Edge, ArrowType.Int64),
            new ArrowField(Rising, ArrowType.Bool),
        ],
        stream.Exposes.Count == 0
            ? StreamInfo.Of(stream, episode).ToMetadata()
            : StreamInfo.Of(stream, episode).ToMetadata((MetadataKeys.TriggerExposes, string.Join(',', stream.Exposes.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Key}:{e.Value}"))))));
}

/// <summary>A batch of trigger edges.</summary>
public sealed class TriggerEdgeRows : SampleRows
{
    private readonly Int16Column _channel;
    private readonly Int64Column _edge;
    private readonly BoolColumn _rising;

    public TriggerEdgeRows(BatchBuilder builder, EpisodeAnchor anchor)
        : base(builder, anchor)
    {
        _channel = builder.Column<Int16Column>(TriggerEdgeSchema.Channel);
        _edge = builder.Column<Int64Column>(TriggerEdgeSchema.Edge);
        _rising = builder.Column<BoolColumn>(TriggerEdgeSchema.Rising);
    }

    public void Append(in SampleStamp stamp, int channel, long edge, bool rising)
    {
        AppendStamp(stamp);
        _channel.Append((short)channel);
        _edge.Append(edge);
        _rising.Append(rising);
        Builder.EndRow();
    }
}
