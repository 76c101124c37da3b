using System.CommandLine;
using Capture.Arrow;

namespace Capture.Agent.Commands;

/// <summary><c>capture cat FILE</c>: what is whole in a stream file — also one that grows, or that a kill has torn — as an Arrow IPC stream.</summary>
internal static class CatCommand
{
    // Continuation marker and length 0: the end of an Arrow IPC stream (columnar format, "IPC Streaming Format").
    private static ReadOnlySpan<byte> EndOfStream => [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An Arrow file of an episode, as E.episode/streams/front.arrow." };
        var command = new Command("cat", "Writes what is whole in a stream file to standard output, as an Arrow IPC stream.") { file };
        command.SetAction(parsed => Trouble.Guard(() => Cat(parsed.GetRequiredValue(file))));
        return command;
    }

    private static int Cat(string path)
    {
        using ArrowReader reader = ArrowReader.Open(path);
        using Stream output = Console.OpenStandardOutput();
        byte[] buffer = [];
        ArrowMessage schema = reader.SchemaMessage
            ?? throw new IOException($"{path}: the schema stands in the footer only, so there is no stream in this file to copy");
        Copy(reader, schema, output, ref buffer);
        foreach (ArrowMessage message in reader.Batches.Concat(reader.Dictionaries).OrderBy(m => m.Block.Offset))
        {
            Copy(reader, message, output, ref buffer);
        }

        output.Write(EndOfStream);
        output.Flush();
        return Tail.Report(path, reader);
    }

    private static void Copy(ArrowReader reader, ArrowMessage message, Stream output, ref byte[] buffer)
    {
        int length = checked((int)message.Block.Length);
        if (buffer.Length < length)
        {
            buffer = new byte[Math.Max(length, 1 << 16)];
        }

        int got = reader.ReadMessage(message, buffer.AsSpan(0, length));
        if (got != length)
        {
            throw new IOException($"the file was cut while it was read: {got} of {length} bytes at byte {message.Block.Offset}");
        }

        output.Write(buffer, 0, length);
    }
}
