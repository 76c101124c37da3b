using System.CommandLine;
using Capture.Arrow;
using Capture.Episodes.Schema;

namespace Capture.Agent.Commands;

/// <summary><c>capture rewrite IN OUT</c>: any Arrow file or stream, written once more.</summary>
internal static class RewriteCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("IN") { Description = "Any Arrow IPC file or stream." };
        var target = new Argument<string>("OUT") { Description = "What is written: beside it first, then renamed, so that OUT is whole or not there." };
        var stream = new Option<bool>("--stream") { Description = "Write the stream format; else the file format." };
        var compress = new Option<string>("--compress") { Description = "How buffers are compressed: none, lz4 (frames) or zstd.", DefaultValueFactory = _ => "none" };
        compress.AcceptOnlyFromAmong("none", "lz4", "zstd");
        var command = new Command(
            "rewrite",
            "Writes an Arrow file or stream once more: same schema, values and metadata, but without the checksums of a recording, which are of the old bytes.")
        {
            source, target, stream, compress,
        };
        command.SetAction(parsed => Trouble.Guard(() => Rewrite(
            parsed.GetRequiredValue(source),
            parsed.GetRequiredValue(target),
            new ArrowRewriteOptions
            {
                AsStream = parsed.GetValue(stream),
                Compression = parsed.GetValue(compress) switch { "lz4" => ArrowCompression.Lz4Frame, "zstd" => ArrowCompression.Zstd, _ => ArrowCompression.None },
                WithoutKeys = new HashSet<string>(StringComparer.Ordinal) { MetadataKeys.Crc32C },
            })));
        return command;
    }

    private static int Rewrite(string source, string target, ArrowRewriteOptions options)
    {
        if (Directory.Exists(target))
        {
            Console.Error.WriteLine($"capture: {target}: is a folder; name the file to write");
            return ExitCode.Usage;
        }

        if (string.Equals(Real(source), Real(target), StringComparison.Ordinal))
        {
            Console.Error.WriteLine($"capture: {target}: IN and OUT are one file; a file is not rewritten in place, name another");
            return ExitCode.Usage;
        }

        using ArrowReader reader = ArrowReader.Open(source);
        string beside = $"{target}.{Environment.ProcessId}.part";
        try
        {
            using (var output = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16))
            {
                Copy(source, reader, output, options);
                output.Flush(flushToDisk: true);
            }

            File.Move(beside, target, overwrite: true);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"capture: {source}: {e.Message}");
            return ExitCode.FoundWrong;
        }
        finally
        {
            File.Delete(beside);
        }

        return Tail.Report(source, reader);
    }

    private static void Copy(string source, ArrowReader reader, FileStream output, ArrowRewriteOptions options)
    {
        try
        {
            ArrowRewrite.Copy(reader, output, options);
        }
        catch (ArrowFormatException e)
        {
            throw new ArrowFormatException(source, e);
        }
        catch (DllNotFoundException e)
        {
            throw new IOException($"{options.Compression} is not on this machine ({e.Message}); `./run setup` installs it, or leave out --compress", e);
        }
    }

    /// <summary>The path behind symbolic links, of the file or of the folder that it would be in.</summary>
    private static string Real(string path)
    {
        string full = Path.GetFullPath(path);
        FileSystemInfo? behind = File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true) : null;
        full = behind?.FullName ?? full;
        string? folder = Path.GetDirectoryName(full);
        string? realFolder = folder is not null && Directory.Exists(folder) ? Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName : null;
        return realFolder is null ? full : Path.Combine(realFolder, Path.GetFileName(full));
    }
}
