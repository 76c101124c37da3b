using System.CommandLine;
using Calibrate.Commands;

namespace Calibrate;

/// <summary>The verbs of `calibrate`, and what becomes of their errors.</summary>
internal static class CommandLine
{
    public static int Run(string[] args)
    {
        var root = new RootCommand("Calibrates cameras, rigs, hands and latencies, and says how wrong the result may be.")
        {
            TargetCommand.Create(),
            DetectCommand.Create(),
            IntrinsicsCommand.Create(),
            RigCommand.Create(),
            HandEyeCommand.Create(),
            LatencyCommand.Create(),
            CompareCommand.Create(),
            ReportCommand.Create(),
            CheckCommand.Create(),
            ExportCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                Console.Error.WriteLine($"calibrate: {error.Message}");
            }

            string verb = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
            Console.Error.WriteLine($"calibrate: `calibrate {verb}--help` shows what it takes");
            return ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }
}
