using Capture.Arrow;

namespace Capture.Agent.Commands;

/// <summary>What is said of an Arrow file whose end is not whole, by the verbs that deliver what is.</summary>
internal static class Tail
{
    /// <summary>Says on standard error what was left out; returns the exit code: a torn end is a recording's, a damaged one is found wrong.</summary>
    public static int Report(string path, ArrowReader reader)
    {
        if (reader.Tail.Kind is ArrowTailKind.Torn or ArrowTailKind.Damaged)
        {
            Console.Error.WriteLine($"capture: {path}: {reader.Tail.Length} bytes from byte {reader.Tail.Offset} on are left out ({reader.Tail.Reason}); {reader.Batches.Count} batches are whole");
        }

        return reader.Tail.Kind == ArrowTailKind.Damaged ? ExitCode.FoundWrong : ExitCode.Good;
    }
}
