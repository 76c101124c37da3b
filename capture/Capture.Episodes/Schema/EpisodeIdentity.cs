using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>What every file of one episode repeats in its metadata, so that it can be told apart without the manifest.</summary>
/// <param name="Id">The episode's id.</param>
/// <param name="Anchor">CLOCK_MONOTONIC at episode time 0.</param>
/// <param name="AnchorRealtimeNs">CLOCK_REALTIME at the same moment, ns since 1970-01-01T00:00:00Z.</param>
/// <param name="BootId">The host's boot id.</param>
public sealed record EpisodeIdentity(Guid Id, EpisodeAnchor Anchor, long AnchorRealtimeNs, string BootId);
