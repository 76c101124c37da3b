using System.CommandLine;
using Capture.Agent.Commands;

namespace Capture.Agent;

/// <summary>The verbs of `capture`, and what becomes of their errors.</summary>
internal static class CommandLine
{
    public static int Run(string[] args)
    {
        var root = new RootCommand("Records synchronized sensor streams into Arrow episodes.")
        {
            DevicesCommand.Create(),
            CheckCommand.Create(),
            RecordCommand.Create(),
            InfoCommand.Create(),
            VerifyCommand.Create(),
            RecoverCommand.Create(),
            CatCommand.Create(),
            AlignCommand.Create(),
            ExportCommand.Create(),
            DecodeCommand.Create(),
            McuCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string complaint in Complaints(parsed))
            {
                Console.Error.WriteLine($"capture: {complaint}");
            }

            Console.Error.WriteLine($"capture: `capture {string.Join(' ', Verbs(parsed))}--help` shows what it takes");
            return ExitCode.Usage;
        }

        // The exception handler stays ours, so that each kind of trouble has its exit code; so do signals: a recording ends by sealing.
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // A word that is no command is one mistake: the parser would report two, and neither would say what was meant.
    private static IEnumerable<string> Complaints(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count == 0)
        {
            return parsed.Errors.Select(e => e.Message);
        }

        string[] known = [.. command.Subcommands.Select(c => c.Name)];
        string one = $"expected one of {string.Join(", ", known)}";
        if (parsed.UnmatchedTokens.Count == 0)
        {
            return [$"no command was given; {one}"];
        }

        string word = parsed.UnmatchedTokens[0];
        return [$"there is no command '{word}'; {(Slip.Nearest(word, known) is { } near ? $"did you mean `{near}`?" : one)}"];
    }

    private static IEnumerable<string> Verbs(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is not RootCommand)
        {
            yield return parsed.CommandResult.Command.Name + " ";
        }
    }
}
