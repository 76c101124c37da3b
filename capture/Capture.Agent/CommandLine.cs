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
            RefitCommand.Create(),
            SyncCheckCommand.Create(),
            AlignCommand.Create(),
            ExportCommand.Create(),
            DecodeCommand.Create(),
            McuCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                Console.Error.WriteLine($"capture: {error.Message}");
            }

            Console.Error.WriteLine($"capture: `capture {string.Join(' ', Verbs(parsed))}--help` shows what it takes");
            return ExitCode.Usage;
        }

        // The exception handler stays ours, so that each kind of trouble has its exit code; so do signals: a recording ends by sealing.
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static IEnumerable<string> Verbs(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is not RootCommand)
        {
            yield return parsed.CommandResult.Command.Name + " ";
        }
    }
}
