using System.CommandLine;
using Calibration.Detection;
using Calibration.Intrinsics;
using Calibration.Results;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibrate.Commands;

/// <summary><c>calibrate intrinsics</c>: a camera's lens from pictures of a target.</summary>
internal static class IntrinsicsCommand
{
    public static Command Create()
    {
        Option<string[]> images = Options.Images();
        Option<string[]> target = Options.Target();
        Option<string> model = Options.Model();
        Option<string> name = new("--name") { Description = "The camera's name in the result.", DefaultValueFactory = _ => "camera" };
        Option<string?> device = new("--device") { Description = "Which camera took the pictures, as `capture devices` calls it: the recorder then sees when another one stands in its place." };
        Option<string?> output = Options.Out();
        Option<string?> report = Options.Report();
        Option<string?> previous = Options.Previous();
        Option<bool> json = Options.Json();
        var command = new Command("intrinsics", "A camera's focal length, centre and distortion, and how well they are known.") { images, target, model, name, device, output, report, previous, json };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            Target[] targets = [.. parsed.GetRequiredValue(target).Select(TargetText.Read)];
            LensModel? lens = Options.Lens(parsed.GetRequiredValue(model));
            IReadOnlyList<ImageSource> sources = ImageSet.Find(parsed.GetRequiredValue(images));
            CalibrationResult result = IntrinsicsCalibration.Run(parsed.GetRequiredValue(name), sources, targets, lens);
            result = parsed.GetValue(device) is { } known ? result with { Cameras = [.. result.Cameras.Select(c => c with { Device = known })] } : result;
            return Outcome.Finish(result, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), sources);
        }));
        return command;
    }
}
