using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Capture.Core.Time;
using Capture.Episodes.Refit;

namespace Capture.Agent.Commands;

/// <summary><c>capture refit E</c>: final times anew, as the next version beside those that there are; or an earlier version in force again.</summary>
internal static class RefitCommand
{
    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        var latencies = new Option<string[]>("--latency")
        {
            Description = "STREAM=MIN:MAX in ms from a row's instant to its host time, as a calibration found it; may be repeated. Others keep what was declared.",
            DefaultValueFactory = _ => [],
        };
        var use = new Option<string?>("--use") { Description = "Fit nothing: put this version in force, as v1." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        Option<bool> json = Options.Json();
        var command = new Command("refit", "Computes final times anew beside those that there are and puts them in force; the streams stay byte for byte, labels follow their rows.") { episode, latencies, use, dryRun, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(use) is not null && result.GetValue(latencies) is { Length: > 0 })
            {
                result.AddError("--use takes up a version as it is: --latency has no place beside it");
            }
        });
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            var declared = new Dictionary<string, LatencyRange>(StringComparer.Ordinal);
            foreach (string text in parsed.GetValue(latencies)!)
            {
                if (!TryLatency(text, out string stream, out LatencyRange range))
                {
                    Console.Error.WriteLine($"capture: --latency {text}: expected STREAM=MIN:MAX in ms, as front=8:45, with 0 <= MIN <= MAX");
                    return ExitCode.Usage;
                }

                declared[stream] = range;
            }

            string folder = parsed.GetRequiredValue(episode);
            bool dry = parsed.GetValue(dryRun);
            var options = new RefitOptions { Latencies = declared };
            RefitPlan plan = parsed.GetValue(use) is { } version ? EpisodeRefit.Use(folder, version, dry) : dry ? EpisodeRefit.Plan(folder, options) : EpisodeRefit.Execute(folder, options);
            IReadOnlyList<RefitChange> changes = plan.From is { } from && !(dry && plan.Files.Count > 0) ? EpisodeRefit.Compare(folder, from, plan.To) : [];
            Print(plan, changes, dry, parsed.GetValue(json));
            return ExitCode.Good;
        }));
        return command;
    }

    private static void Print(RefitPlan plan, IReadOnlyList<RefitChange> changes, bool dryRun, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                dry_run = dryRun,
                from = plan.From,
                to = plan.To,
                files = plan.Files,
                changes = changes.Select(c => new { stream = c.Stream, rows = c.Rows, median_ns = c.MedianNs, max_ns = c.MaxNs }),
            }));
            return;
        }

        foreach (string file in plan.Files)
        {
            Console.WriteLine($"  {file}");
        }

        foreach (RefitChange c in changes)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {c.Stream,-18} {c.Rows,9} rows moved by {c.MedianNs / 1e6,10:0.000} ms (median), at most {c.MaxNs / 1e6:0.000} ms"));
        }

        string before = plan.From ?? "online times";
        Console.WriteLine(dryRun ? $"{before} -> {plan.To}; nothing was changed" : plan.From == plan.To ? $"{plan.To} stays in force" : $"{plan.To} in force; back with --use {plan.From ?? "VERSION"}");
    }

    private static bool TryLatency(string text, out string stream, out LatencyRange range)
    {
        range = default;
        string[] parts = text.Split('=', 2);
        stream = parts[0];
        string[] limits = parts.Length == 2 ? parts[1].Split(':', 2) : [];
        if (limits.Length != 2 || !Milliseconds(limits[0], out double min) || !Milliseconds(limits[1], out double max) || max < min)
        {
            return false;
        }

        range = new LatencyRange(new Duration((long)(min * 1e6)), new Duration((long)(max * 1e6)));
        return true;
    }

    private static bool Milliseconds(string text, out double ms) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out ms) && ms is >= 0 and <= 60_000;
}
