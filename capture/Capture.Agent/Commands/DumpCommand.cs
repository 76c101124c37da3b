using System.CommandLine;
using Capture.Arrow;

namespace Capture.Agent.Commands;

/// <summary><c>capture dump FILE</c>: any Arrow file or stream as JSON lines that lose nothing.</summary>
internal static class DumpCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Any Arrow IPC file or stream, also one that grows or was torn." };
        var command = new Command(
            "dump",
            "Prints an Arrow file or stream as JSON lines that lose nothing: schema first, then each batch and its rows. 64-bit integers are text, bytes base64.")
        {
            file,
        };
        command.SetAction(parsed => Trouble.Guard(() => Dump(parsed.GetRequiredValue(file))));
        return command;
    }

    private static int Dump(string path)
    {
        using ArrowReader reader = ArrowReader.Open(path);
        using Stream output = Console.OpenStandardOutput();
        ArrowDump.Write(reader, output);
        return Tail.Report(path, reader);
    }
}
