namespace Calibration.Detection;

/// <summary>A point of a target seen in a picture, pixels.</summary>
/// <param name="Id">Index into the target's points.</param>
public readonly record struct Corner(int Id, double U, double V);

/// <summary>What was seen of one target in one picture.</summary>
/// <param name="Corners">Empty when it was not found.</param>
/// <param name="How">What the detector found out by itself (layout, border), for the settings; null when there was nothing to find out.</param>
public sealed record BoardSighting(IReadOnlyList<Corner> Corners, string? How = null)
{
    public static BoardSighting None { get; } = new([]);

    /// <summary>Median 10 % to 90 % width of the edges, pixels; null when no edge could be measured.</summary>
    public double? EdgeWidth { get; init; }
}
