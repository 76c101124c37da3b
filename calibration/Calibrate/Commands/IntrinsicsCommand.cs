using System.CommandLine;
using Calibration.Detection;
using Calibration.Episodes;
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
        var episode = new EpisodeOptions();
        Option<string?> name = new("--name") { Description = "The camera's name in the result; of pictures 'camera' when not given." };
        Option<string?> device = new("--device") { Description = "Which camera took the pictures, as `capture devices` calls it: the recorder then sees when another one stands in its place. An episode knows its own." };
        Option<string?> output = Options.Out();
        Option<string?> report = Options.Report();
        Option<string?> previous = Options.Previous();
        Option<bool> json = Options.Json();
        var command = new Command("intrinsics", "A camera's focal length, centre and distortion, and how well they are known.") { images, episode.Episode, episode.Camera, episode.Live, target, model, name, device, output, report, previous, json };
        episode.Require(command, images);
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            Target[] targets = [.. parsed.GetRequiredValue(target).Select(TargetText.Read)];
            LensModel? lens = Options.Lens(parsed.GetRequiredValue(model));
            if (parsed.GetValue(episode.Episode) is not null)
            {
                using EpisodeCamera camera = episode.Open(parsed);
                using Following following = episode.Follow(parsed);
                CalibrationResult seen = EpisodeCalibration.Intrinsics(camera, targets, lens, following.Options);
                return Outcome.Finish(seen, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), camera.Pictures);
            }

            IReadOnlyList<ImageSource> sources = ImageSet.Find(parsed.GetRequiredValue(images));
            CalibrationResult result = IntrinsicsCalibration.Run(parsed.GetValue(name) ?? "camera", sources, targets, lens);
            result = parsed.GetValue(device) is { } known ? result with { Cameras = [.. result.Cameras.Select(c => c with { Device = known })] } : result;
            return Outcome.Finish(result, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), sources);
        }));
        return command;
    }
}
