namespace Replay.Labels.Tests;

/// <summary>Anchors and operations for tests.</summary>
internal static class Edges
{
    public static Anchor At(long timeNs, string version = "v1") => new("front", timeNs / 33_000_000, 0, timeNs % 33_000_000, version, timeNs);
}
