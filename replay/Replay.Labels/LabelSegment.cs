namespace Replay.Labels;

/// <summary>A stretch of an episode with a name: what the log says about one id, folded.</summary>
/// <param name="Id">Chosen by whoever made it; unique in the episode for ever, also after it was deleted.</param>
/// <param name="Verb">What is done in it, as "grasp"; may be empty.</param>
/// <param name="Note">Free text; may be empty.</param>
/// <param name="Author">Who wrote the newest operation on it.</param>
/// <param name="EditedUtc">When, ISO 8601 with nanoseconds and Z.</param>
/// <param name="Deleted">True while it is deleted; <see cref="Log.OperationKind.Restore"/> brings it back as it was.</param>
public sealed record LabelSegment(string Id, string Verb, string Note, Anchor Start, Anchor End, string Author, string EditedUtc, bool Deleted);
