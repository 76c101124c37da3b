using System.CommandLine;
using System.Text.Json;
using Capture.Episodes.Recovery;

namespace Capture.Agent.Commands;

/// <summary><c>capture recover E</c>: makes an episode whole whose recorder was killed.</summary>
internal static class RecoverCommand
{
    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        Option<bool> json = Options.Json();
        var command = new Command("recover", "Moves torn tails aside, adds footers, counts and final times. Whole rows stay byte for byte.") { episode, dryRun, json };
        command.SetAction(parsed => Trouble.Guard(() => Recover(parsed.GetRequiredValue(episode), parsed.GetValue(dryRun), parsed.GetValue(json))));
        return command;
    }

    private static int Recover(string folder, bool dryRun, bool json)
    {
        RecoveryPlan plan = dryRun ? EpisodeRecovery.Plan(folder) : EpisodeRecovery.Execute(folder);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                whole = plan.IsWhole,
                dry_run = dryRun,
                steps = plan.Steps.Select(s => new { file = s.File, what = s.What, torn_bytes = s.TornBytes }),
            }));
            return ExitCode.Good;
        }

        foreach (RecoveryStep step in plan.Steps)
        {
            Console.WriteLine($"{step.File}: {step.What}");
        }

        Console.WriteLine(plan.IsWhole ? "whole: nothing to do" : dryRun ? $"{plan.Steps.Count} steps; nothing was changed" : "recovered");
        return ExitCode.Good;
    }
}
