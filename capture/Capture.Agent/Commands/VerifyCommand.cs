using System.CommandLine;
using System.Text.Json;
using Capture.Episodes.Verification;

namespace Capture.Agent.Commands;

/// <summary><c>capture verify E</c>: is everything that the format promises true of this episode?</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> episode = Options.Episode();
        Option<bool> json = Options.Json();
        var pictures = new Option<bool>("--pictures") { Description = "Decode every picture whole, not only its header." };
        var command = new Command("verify", "Checks checksums, order, times, pictures, the ledger's balance and the manifest. The exit code is the severity: 1 when an error was found, 0 with warnings or nothing.") { episode, pictures, json };
        command.SetAction(parsed => Trouble.Guard(() => Verify(parsed.GetRequiredValue(episode), parsed.GetValue(pictures), parsed.GetValue(json))));
        return command;
    }

    private static int Verify(string folder, bool pictures, bool json)
    {
        IReadOnlyList<Finding> findings = EpisodeVerifier.Verify(folder, new VerifyOptions(DecodePictures: pictures));
        bool good = findings.All(f => f.Severity != FindingSeverity.Error);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                good,
                severity = findings.Count == 0 ? "none" : Word(findings.Max(f => f.Severity)),
                findings = findings.Select(f => new { severity = Word(f.Severity), place = f.Place, text = f.Text }),
            }));
        }
        else
        {
            foreach (Finding finding in findings)
            {
                Console.WriteLine($"{Word(finding.Severity),-8} {finding.Place}: {finding.Text}");
            }

            int errors = findings.Count(f => f.Severity == FindingSeverity.Error);
            int warnings = findings.Count(f => f.Severity == FindingSeverity.Warning);
            Console.WriteLine(good
                ? $"good: every checksum, row, time and count agrees{(warnings > 0 ? $"; {warnings} warnings" : "")}"
                : $"not good: {errors} errors, {warnings} warnings");
        }

        return good ? ExitCode.Good : ExitCode.FoundWrong;
    }

    private static string Word(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Error => "error",
        FindingSeverity.Warning => "warning",
        _ => "info",
    };
}
