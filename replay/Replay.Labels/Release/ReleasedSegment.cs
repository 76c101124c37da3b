namespace Replay.Labels.Release;

/// <summary>A segment as it is published.</summary>
/// <param name="StartNs">Episode time of the start under the release's version of the times.</param>
/// <param name="EndNs">Episode time of the end under the same version.</param>
public sealed record ReleasedSegment(LabelSegment Segment, long StartNs, long EndNs);

/// <summary>What a release says of itself in its schema metadata.</summary>
/// <param name="Name">Without version; see <see cref="LabelRules.IsReleaseName"/>.</param>
/// <param name="EpisodeId">The episode's id.</param>
/// <param name="TimeVersion">The version of the times that <c>start_ns</c> and <c>end_ns</c> belong to.</param>
/// <param name="Head">The head of the log that it was made from.</param>
/// <param name="Utc">When it was published, ISO 8601 with Z.</param>
public sealed record ReleaseInfo(string Name, string EpisodeId, string TimeVersion, string Head, string Utc);
