namespace Replay.Labels;

/// <summary>
/// An edge of a segment: a row of a stream and how far after it, so that the edge moves with the recording when better times are published.
/// What it meant when it was set stands beside it.
/// </summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Sequence">The row's <c>sequence</c>.</param>
/// <param name="Segment">The row's <c>segment</c>: how often the device had begun to count anew.</param>
/// <param name="OffsetNs">Nanoseconds from the row's time to the edge; negative before the first row.</param>
/// <param name="TimeVersion">The version of the times that <paramref name="TimeNs"/> belongs to: "v1" …, or "online".</param>
/// <param name="TimeNs">Episode time of the edge under that version, nanoseconds.</param>
public sealed record Anchor(string Stream, long Sequence, int Segment, long OffsetNs, string TimeVersion, long TimeNs);
