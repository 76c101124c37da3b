namespace Replay.Labels.Log;

/// <summary>What an operation does.</summary>
public enum OperationKind
{
    /// <summary>A new segment under a new id.</summary>
    Create,

    /// <summary>One edge, or both.</summary>
    Move,

    /// <summary>Another verb.</summary>
    Verb,

    /// <summary>Another note.</summary>
    Note,

    /// <summary>The segment is out of the view; its history stays.</summary>
    Delete,

    /// <summary>A deleted segment is back as it was.</summary>
    Restore,
}

/// <summary>One edit of one segment. Members that its kind does not need are null.</summary>
public sealed record LabelOperation(OperationKind Kind, string Id)
{
    public Anchor? Start { get; init; }

    public Anchor? End { get; init; }

    public string? Verb { get; init; }

    public string? Note { get; init; }

    /// <summary>Null when the operation is whole and within the limits, else what is wrong, as half a sentence.</summary>
    public string? Problem()
    {
        if (!LabelRules.IsId(Id))
        {
            return "the id must be 1 to 64 letters, digits, '_' or '-'";
        }

        string? members = Kind switch
        {
            OperationKind.Create when Start is null || End is null => "'create' needs both 'start' and 'end'",
            OperationKind.Move when Start is null && End is null => "'move' needs 'start' or 'end'",
            OperationKind.Verb when Verb is null => "'verb' needs 'verb'",
            OperationKind.Note when Note is null => "'note' needs 'note'",
            _ => null,
        };
        return members
            ?? (Verb is null ? null : LabelRules.Problem("verb", Verb, LabelRules.MaxVerb))
            ?? (Note is null ? null : LabelRules.Problem("note", Note, LabelRules.MaxNote, lines: true));
    }
}
