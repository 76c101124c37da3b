namespace Capture.Core.Time;

/// <summary>How a clock is fitted at the close of a recording.</summary>
public sealed record FitOptions : ClockAssumptions
{
    /// <summary>Distance of the knots between the straight pieces, device time.</summary>
    public Duration KnotEvery { get; init; } = Duration.FromSeconds(5);

    /// <summary>Of each such stretch of device time the tightest constraints are kept.</summary>
    public Duration Stretch { get; init; } = Duration.FromSeconds(1);

    /// <summary>Each tick is a sample (a microphone's frame), so that a count is exact; else it is known to a tick.</summary>
    public bool ExactCount { get; init; }

    /// <summary>Two-way exchanges that took longer are refused.</summary>
    public Duration MaxRoundTrip { get; init; } = Duration.FromSeconds(1);
}
