using System.CommandLine;
using Calibration.Exchange;
using Calibration.Results;

namespace Calibrate.Commands;

/// <summary><c>calibrate export R</c>: a result in other programs' formats.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> result = new("result") { Description = "A result of `calibrate intrinsics` or `calibrate rig` (JSON)." };
        Option<string> format = new("--as") { Description = $"{string.Join(", ", ForeignFormats.Names)}.", Required = true };
        Option<string> folder = new("--out") { Description = "The folder to write into.", DefaultValueFactory = _ => "." };
        var command = new Command("export", "Writes a result as OpenCV YAML, ROS camera_info, Kalibr camchain or mrcal cameramodel.") { result, format, folder };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            foreach ((string file, string text) in ForeignFormats.Write(ResultFile.Read(parsed.GetRequiredValue(result)), parsed.GetRequiredValue(format)))
            {
                string path = Path.Combine(parsed.GetRequiredValue(folder), file);
                ResultFile.WriteText(path, text);
                Console.WriteLine(path);
            }

            return ExitCode.Good;
        }));
        return command;
    }
}
