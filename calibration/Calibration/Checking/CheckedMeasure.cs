using Calibration.Results;

namespace Calibration.Checking;

/// <summary>One number that an episode gives about a calibration.</summary>
/// <param name="Name">What was measured, with the streams: "epipolar error left, right".</param>
/// <param name="State">green, amber, red; or unknown where it cannot be told.</param>
/// <param name="Value">In the unit; null where unknown.</param>
/// <param name="Low95">Lower end of its own 95 % interval; null where it has none.</param>
public sealed record CheckedMeasure(string Name, string State, double? Value, double? Low95, double? High95, string Unit, string Sentence)
{
    internal static CheckedMeasure CannotTell(string name, string why) => new(name, EpisodeCheck.Unknown, null, null, null, "px", $"It cannot be told: {why}.");

    /// <summary>The worst of several: red before amber before green; unknown only where all are.</summary>
    internal static string Worst(IEnumerable<string> states)
    {
        string worst = EpisodeCheck.Unknown;
        foreach (string state in states)
        {
            worst = Rank(state) > Rank(worst) ? state : worst;
        }

        return worst;
    }

    private static int Rank(string state) => state switch { Verdict.Green => 1, Verdict.Amber => 2, Verdict.Red => 3, _ => 0 };
}
