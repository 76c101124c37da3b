using Replay.Labels;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Labelling;

/// <summary>Turns a moment into an anchor, and an anchor into the moment that it means now.</summary>
internal sealed class AnchorTimes(OpenEpisode episode, CancellationToken cancel)
{
    /// <summary>The anchor that a request means: a row and an offset, or a stream and a time.</summary>
    /// <exception cref="ApiException">400: there is no such stream or row.</exception>
    public Anchor Resolve(AnchorRequest request)
    {
        string name = request.Stream ?? throw ApiException.BadRequest("an anchor needs 'stream'", "anchor", "See replay/http-api.md, Labels.");
        TimedRows rows = episode.Find(name)?.Rows(cancel)
            ?? throw ApiException.BadRequest("there is no stream with times of this name", name, "Anchor to a stream of the episode.");
        if (rows.Count == 0)
        {
            throw ApiException.BadRequest("the stream has no row to anchor to", name, "Anchor to another stream.");
        }

        return request switch
        {
            { Sequence: { } sequence, Segment: { } segment } => AtRow(name, rows, segment, sequence, request.OffsetNs ?? 0),
            { TimeNs: { } time } => AtTime(name, rows, time),
            _ => throw ApiException.BadRequest("an anchor needs 'sequence' and 'segment', or 'time_ns'", name, "See replay/http-api.md, Labels."),
        };
    }

    /// <summary>The anchor with its time under the version in force; as it was logged where its row is gone.</summary>
    public Anchor Now(Anchor anchor)
    {
        if (episode.Find(anchor.Stream)?.Rows(cancel) is not { } rows)
        {
            return anchor;
        }

        int row = rows.Find(anchor.Segment, anchor.Sequence);
        return row < 0 ? anchor : anchor with { TimeVersion = rows.TimeVersion, TimeNs = rows.Time.Span[row] + anchor.OffsetNs };
    }

    /// <summary>The segment with both edges as they are now.</summary>
    public LabelSegment Now(LabelSegment segment) => segment with { Start = Now(segment.Start), End = Now(segment.End) };

    private static Anchor AtRow(string name, TimedRows rows, int segment, long sequence, long offset)
    {
        int row = rows.Find(segment, sequence);
        if (row < 0)
        {
            throw ApiException.BadRequest($"there is no row with sequence {sequence} in segment {segment}", name, "Anchor to a row that was recorded.");
        }

        // Far beyond any episode, and far from overflowing.
        return Math.Abs(offset is long.MinValue ? long.MaxValue : offset) <= long.MaxValue / 4
            ? new Anchor(name, sequence, segment, offset, rows.TimeVersion, rows.Time.Span[row] + offset)
            : throw ApiException.BadRequest($"the offset {offset} is no time within an episode", name, "Give nanoseconds from the row.");
    }

    private static Anchor AtTime(string name, TimedRows rows, long time)
    {
        int row = Math.Max(0, rows.LastAtOrBefore(time));
        return Math.Abs(time is long.MinValue ? long.MaxValue : time) <= long.MaxValue / 4
            ? new Anchor(name, rows.Sequence.Span[row], rows.Segment.Span[row], time - rows.Time.Span[row], rows.TimeVersion, time)
            : throw ApiException.BadRequest($"{time} is no time within an episode", name, "Give nanoseconds of episode time.");
    }
}

/// <summary>An anchor as a request gives it.</summary>
internal sealed record AnchorRequest(string? Stream, long? Sequence, int? Segment, long? OffsetNs, long? TimeNs);
