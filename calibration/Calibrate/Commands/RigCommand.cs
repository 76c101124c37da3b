using System.CommandLine;
using Calibration;
using Calibration.Detection;
using Calibration.Episodes;
using Calibration.Results;
using Calibration.Rigs;
using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibrate.Commands;

/// <summary><c>calibrate rig</c>: lenses and places of several cameras.</summary>
internal static class RigCommand
{
    public static Command Create()
    {
        Option<string[]> cameras = new("--camera")
        {
            Description = "NAME='PATTERN', or with --episode NAME, once per camera; the first is the rig's frame. Pictures are paired by stamp (names that are ns), by number, or by order.", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var episode = new EpisodeOptions();
        Option<string[]> target = Options.Target();
        Option<string> model = Options.Model();
        Option<string?> output = Options.Out();
        Option<string?> report = Options.Report();
        Option<string?> previous = Options.Previous();
        Option<bool> json = Options.Json();
        var command = new Command("rig", "Where several cameras are, from boards that two or more saw at once, and how late each stamps.") { cameras, episode.Episode, episode.Live, target, model, output, report, previous, json };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            Target[] targets = [.. parsed.GetRequiredValue(target).Select(TargetText.Read)];
            LensModel? lens = Options.Lens(parsed.GetRequiredValue(model));
            if (parsed.GetValue(episode.Episode) is { } folder)
            {
                using Following following = episode.Follow(parsed);
                EpisodeCamera[] opened = [.. Names(parsed.GetRequiredValue(cameras)).Select(name => EpisodeCamera.Open(folder, name))];
                CalibrationResult seen = EpisodeCalibration.Rig(opened, targets, lens, following.Options);
                int code = Outcome.Finish(seen, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), [.. opened.SelectMany(c => c.Pictures)]);
                Array.ForEach(opened, c => c.Dispose());
                return code;
            }

            List<(string Name, List<string> Patterns)> asked = Split(parsed.GetRequiredValue(cameras));
            (string Name, IReadOnlyList<ImageSource> Sources)[] found = [.. asked.Select(a => (a.Name, ImageSet.Find(a.Patterns)))];
            CalibrationResult result = RigCalibration.Run(found, targets, lens);
            return Outcome.Finish(result, parsed.GetValue(output), parsed.GetValue(report), parsed.GetValue(previous), parsed.GetValue(json), [.. found.SelectMany(f => f.Sources)]);
        }));
        return command;
    }

    private static string[] Names(string[] words) =>
        words.FirstOrDefault(w => w.Contains('=', StringComparison.Ordinal)) is { } odd
            ? throw new CalibrationException(CalibrationProblem.Asked, $"'{odd}' names files, and --episode takes its own pictures", "--camera", "Write --camera left --camera right.")
            : words.Length >= 2 ? words : throw OneCamera();

    private static CalibrationException OneCamera() =>
        new(CalibrationProblem.Asked, "a rig has two cameras or more", "--camera", "Give --camera once per camera, or use `calibrate intrinsics` for one.");

    // A word without '=' belongs to the camera before it: what a shell makes of a pattern without quotes.
    private static List<(string Name, List<string> Patterns)> Split(string[] words)
    {
        var cameras = new List<(string Name, List<string> Patterns)>();
        foreach (string word in words)
        {
            int at = word.IndexOf('=', StringComparison.Ordinal);
            if (at > 0)
            {
                cameras.Add((word[..at], [word[(at + 1)..]]));
            }
            else if (cameras.Count > 0 && at < 0)
            {
                cameras[^1].Patterns.Add(word);
            }
            else
            {
                throw new CalibrationException(CalibrationProblem.Asked, $"'{word}' is not NAME=PATTERN", "--camera", "Write --camera left='left*.jpg' --camera right='right*.jpg'.");
            }
        }

        return cameras.Count >= 2
            ? cameras
            : throw OneCamera();
    }
}
