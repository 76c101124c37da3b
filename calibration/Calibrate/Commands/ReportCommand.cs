using System.CommandLine;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.Results;

namespace Calibrate.Commands;

/// <summary><c>calibrate report RESULT</c>: the page for a result that was written before.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var result = new Argument<string>("RESULT") { Description = "A JSON that `calibrate` wrote with --out." };
        var output = new Option<string>("--out") { Description = "The report to write (one self-contained HTML file).", Required = true };
        Option<string?> previous = Options.Previous();
        var command = new Command("report", "Writes the report of an earlier result; pictures are shown where they still lie.") { result, output, previous };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            CalibrationResult? earlier = parsed.GetValue(previous) is { } path ? ResultFile.Read(path) : null;
            CalibrationResult read = ResultFile.Read(parsed.GetRequiredValue(result));
            ImageSource[] pictures = [.. read.Inputs.Select(i => File.Exists(i.Path) ? new ImageSource(i.Path, () => File.ReadAllBytes(i.Path)) : EpisodeCamera.TryPicture(i.Path)).OfType<ImageSource>()];
            Outcome.Report(read, earlier, pictures).Write(parsed.GetRequiredValue(output));
            Console.WriteLine(parsed.GetRequiredValue(output));
            return ExitCode.Good;
        }));
        return command;
    }
}
