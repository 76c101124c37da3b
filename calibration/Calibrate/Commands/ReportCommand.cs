using System.CommandLine;
using Calibration.Detection;
using Calibration.Reports;
using Calibration.Results;

namespace Calibrate.Commands;

/// <summary><c>calibrate report R</c>: the report of a result that was written before.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string> result = new("result") { Description = "A result of `calibrate` (JSON)." };
        Option<string> output = new("--out") { Description = "The HTML file to write.", Required = true };
        Option<string?> previous = Options.Previous();
        var command = new Command("report", "Writes the report of a result; pictures are shown where they still lie.") { result, output, previous };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            CalibrationResult read = ResultFile.Read(parsed.GetRequiredValue(result));
            CalibrationResult? earlier = parsed.GetValue(previous) is { } path ? ResultFile.Read(path) : null;
            ImageSource[] pictures = [.. read.Inputs.Where(i => File.Exists(i.Path)).Select(i => new ImageSource(i.Path, () => File.ReadAllBytes(i.Path)))];
            VisionReport.Build(read, earlier, pictures).Write(parsed.GetRequiredValue(output));
            Console.WriteLine(parsed.GetRequiredValue(output));
            return ExitCode.Good;
        }));
        return command;
    }
}
