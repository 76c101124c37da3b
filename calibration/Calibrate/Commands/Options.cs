using System.CommandLine;
using Calibration;
using Capture.Core.Geometry;

namespace Calibrate.Commands;

/// <summary>The options that several verbs share, each written once.</summary>
internal static class Options
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON on standard output." };

    public static Option<string?> Out() => new("--out") { Description = "The result file to write (JSON)." };

    public static Option<string?> Report() => new("--report") { Description = "The report to write (one self-contained HTML file)." };

    public static Option<string?> Previous() => new("--previous") { Description = "An earlier result of the same thing, to compare with in the report." };

    public static Option<string[]> Images() => new("--images")
    {
        Description = "Pictures: a file, or a pattern such as 'left*.jpg' (in quotes).", AllowMultipleArgumentsPerToken = true,
    };

    public static Option<string[]> Target() => new("--target")
    {
        Description = "What is in the pictures: chessboard:9x6:25mm (inner corners), charuco:5x7:40mm:30mm:4x4_50 (squares), apriltag:36h11:6x6:88mm:26.4mm. May be given more than once.", Required = true,
    };

    public static Option<string> Model() => new("--model")
    {
        Description = $"Lens model: auto, or {string.Join(", ", LensModel.All.Select(m => m.Name))}.", DefaultValueFactory = _ => "auto",
    };

    /// <summary>Null for auto.</summary>
    public static LensModel? Lens(string name) => name == "auto" ? null : LensModel.All.FirstOrDefault(m => m.Name == name)
        ?? throw new CalibrationException(CalibrationProblem.Asked, $"there is no lens model '{name}'", "--model", $"Use auto, {string.Join(", ", LensModel.All.Select(m => m.Name))}.");
}
