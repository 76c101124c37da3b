using Calibration.HandEye;

namespace Calibration.Latency;

/// <summary>What the two streams are to each other.</summary>
/// <param name="MostLagNs">Furthest lag that is looked for, either way.</param>
/// <param name="FromStart">Both streams are counted from their first stamp: for clocks that have nothing to do with each other.</param>
/// <param name="EstimateRate">Whether the clocks may count at different rates.</param>
public sealed record LagOptions(long MostLagNs = 10_000_000_000, bool FromStart = false, bool EstimateRate = true);

/// <summary>How late b stamps what a stamps too; positive when b is late (conventions.md).</summary>
/// <param name="LagNs">At the middle of what both streams saw.</param>
/// <param name="SigmaNs">One standard deviation, from stretches of the recording that are taken as independent.</param>
/// <param name="RatePpm">How much faster b counts; null where it was not asked for or the recording is too short to tell.</param>
/// <param name="Correlation">Of the activity at the lag found, 0 … 1.</param>
/// <param name="Second">The next best lag, where the motion repeats itself; null where there is none of any weight.</param>
/// <param name="FirstHalfNs">The lag by the first half alone, and by the second.</param>
public sealed record LagEstimate(
    string A,
    string B,
    long LagNs,
    double SigmaNs,
    long Low95Ns,
    long High95Ns,
    double? RatePpm,
    double? RateSigmaPpm,
    double Correlation,
    Peaks? Second,
    long? FirstHalfNs,
    long? SecondHalfNs,
    double OverlapS,
    int Windows,
    double RateAHz,
    double RateBHz)
{
    /// <summary>What was sampled between its samples: the faster stream. The slower one is used as it is.</summary>
    public required string Interpolated { get; init; }

    /// <summary>How the comparison was made, and in what the streams' residuals are.</summary>
    public required IReadOnlyList<(string Name, double Value, string Unit)> Residuals { get; init; }

    /// <summary>Sentences about what is probably wrong with the input.</summary>
    public IReadOnlyList<string> Suspicions { get; init; } = [];

    public Judgement Judgement { get; init; }

    public IReadOnlyList<string> Reasons { get; init; } = [];
}

/// <summary>A rival of the lag found.</summary>
/// <param name="RelativeCorrelation">Against the best, 0 … 1.</param>
public sealed record Peaks(long LagNs, double RelativeCorrelation);

/// <summary>Streams that cannot give a lag. The message says why and what to do.</summary>
public sealed class NoLagException(string message) : Exception(message);
