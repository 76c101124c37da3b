using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Calibration.Checking;
using Calibration.Results;

namespace Calibrate.Commands;

/// <summary><c>calibrate check E</c>: does an episode still agree with its calibration?</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var episode = new Argument<string>("EPISODE") { Description = "An episode's folder; it may still be growing." };
        var files = new Option<string[]>("--calibration") { Description = "Result files, instead of those that were copied into the episode.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        Option<bool> json = Options.Json();
        var command = new Command("check", "Whether an episode still agrees with its calibration: a number, and green, amber or red.") { episode, files, json };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            string[] given = parsed.GetValue(files)!;
            IReadOnlyList<CheckedCalibration> found = EpisodeCheck.Run(parsed.GetRequiredValue(episode), given.Length == 0 ? null : given);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(found, ResultFile.Json));
            }
            else
            {
                foreach (CheckedCalibration c in found)
                {
                    Console.WriteLine($"{c.State,-8} {(c.Deviations is { } d ? d.ToString("0.0", CultureInfo.InvariantCulture) + " σ" : "-"),8}  {c.File} ({c.Kind}): {c.Sentence}");
                    foreach (CheckedMeasure m in c.Measures)
                    {
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {m.State,-8} {(m.Value is { } v ? v.ToString("0.00", CultureInfo.InvariantCulture) + " " + m.Unit : "-"),10}  {m.Name}{(m.Low95 is { } low ? string.Create(CultureInfo.InvariantCulture, $" ({low:0.00} to {m.High95:0.00}, 95 %)") : "")}{(m.State == EpisodeCheck.Unknown ? ": " + m.Sentence : "")}"));
                    }
                }
            }

            return found.Any(c => c.State == Verdict.Red) ? ExitCode.FoundWrong : ExitCode.Good;
        }));
        return command;
    }
}
