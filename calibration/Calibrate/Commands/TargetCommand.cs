using System.CommandLine;
using Calibration;
using Calibration.Targets;

namespace Calibrate.Commands;

/// <summary><c>calibrate target</c>: a target to print, true to scale.</summary>
internal static class TargetCommand
{
    public static Command Create()
    {
        Option<string> target = new("--target") { Required = true, Description = "As --target of the other verbs: chessboard:9x6:25mm, charuco:5x7:40mm:30mm:4x4_50, apriltag:36h11:6x6:88mm:26.4mm." };
        Option<string> output = new("--out") { Description = "The file to write: .pdf or .svg.", Required = true };
        var command = new Command("target", "Draws a target to print, true to scale, with a ruler to check the print.") { target, output };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            TargetDrawing drawing = TargetDrawing.Of(TargetText.Read(parsed.GetRequiredValue(target)));
            string path = parsed.GetRequiredValue(output);
            switch (Path.GetExtension(path).ToLowerInvariant())
            {
                case ".svg": drawing.WriteSvg(path); break;
                case ".pdf": drawing.WritePdf(path); break;
                default: throw new CalibrationException(CalibrationProblem.Asked, "is neither .pdf nor .svg", path, "Choose one of the two.");
            }

            Console.WriteLine($"{path}: {drawing.WidthMm:0.#} x {drawing.HeightMm:0.#} mm. Print at 100 %, not \"fit to page\"; then measure the ruler.");
            return ExitCode.Good;
        }));
        return command;
    }
}
