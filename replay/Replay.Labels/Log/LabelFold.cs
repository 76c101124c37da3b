namespace Replay.Labels.Log;

/// <summary>
/// The segments of one episode, folded from its log in order. The log is the truth; this is what it comes to. Not safe for several threads.
/// </summary>
public sealed class LabelFold
{
    private readonly Dictionary<string, LabelSegment> _segments = new(StringComparer.Ordinal);

    /// <summary>Entries folded so far.</summary>
    public long Number { get; private set; }

    /// <summary>All segments, deleted ones too, in no order.</summary>
    public IReadOnlyCollection<LabelSegment> All => _segments.Values;

    /// <summary>Segments that are not deleted, by the time of their start as it was logged, then by id.</summary>
    public LabelSegment[] InForce() =>
        [.. _segments.Values.Where(s => !s.Deleted).OrderBy(s => s.Start.TimeNs).ThenBy(s => s.Id, StringComparer.Ordinal)];

    public LabelSegment? Find(string id) => _segments.GetValueOrDefault(id);

    /// <summary>Null when the operation may be applied now, else why not, as half a sentence.</summary>
    public string? Refusal(LabelOperation operation)
    {
        if (operation.Problem() is { } problem)
        {
            return problem;
        }

        LabelSegment? segment = Find(operation.Id);
        string? state = (operation.Kind, segment) switch
        {
            (OperationKind.Create, null) => null,
            (OperationKind.Create, { Deleted: true }) => $"there was a segment '{operation.Id}' before; restore it, or choose another id",
            (OperationKind.Create, _) => $"there is a segment '{operation.Id}' already",
            (_, null) => $"there is no segment '{operation.Id}'",
            (OperationKind.Restore, { Deleted: false }) => $"segment '{operation.Id}' is not deleted",
            (OperationKind.Restore, _) => null,
            (_, { Deleted: true }) => $"segment '{operation.Id}' is deleted",
            _ => null,
        };
        if (state is not null || operation.Kind is not (OperationKind.Create or OperationKind.Move))
        {
            return state;
        }

        long start = (operation.Start ?? segment!.Start).TimeNs;
        long end = (operation.End ?? segment!.End).TimeNs;
        return end > start ? null : $"the end ({end} ns) does not come after the start ({start} ns)";
    }

    /// <summary>Applies an entry. Throws <see cref="InvalidOperationException"/> when it does not fit what came before.</summary>
    public LabelSegment Apply(LogEntry entry)
    {
        LabelOperation operation = entry.Operation;
        if (Refusal(operation) is { } refusal)
        {
            throw new InvalidOperationException($"entry {entry.Number}: {refusal}");
        }

        LabelSegment now = operation.Kind == OperationKind.Create
            ? new LabelSegment(operation.Id, operation.Verb ?? "", operation.Note ?? "", operation.Start!, operation.End!, entry.Author, entry.Utc, Deleted: false)
            : Edit(_segments[operation.Id], operation) with { Author = entry.Author, EditedUtc = entry.Utc };
        _segments[operation.Id] = now;
        Number = entry.Number;
        return now;
    }

    private static LabelSegment Edit(LabelSegment segment, LabelOperation operation) => operation.Kind switch
    {
        OperationKind.Move => segment with { Start = operation.Start ?? segment.Start, End = operation.End ?? segment.End },
        OperationKind.Verb => segment with { Verb = operation.Verb! },
        OperationKind.Note => segment with { Note = operation.Note! },
        OperationKind.Delete => segment with { Deleted = true },
        OperationKind.Restore => segment with { Deleted = false },
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Kind, "not an edit"),
    };
}
