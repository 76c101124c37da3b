using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Verification;

public enum FindingSeverity
{
    Info,
    Warning,
    Error,
}

/// <summary>Something that a verification found.</summary>
/// <param name="Place">File, batch, row or member.</param>
public sealed record Finding(FindingSeverity Severity, string Place, string Text);

/// <summary>What to check beyond the files themselves.</summary>
/// <param name="DecodePictures">Decode every picture whole; else only its header is read.</param>
/// <param name="PictureEvery">Of the pictures, every so many are looked at (1: all).</param>
public sealed record VerifyOptions(bool DecodePictures = false, int PictureEvery = 1);

/// <summary>Checks an episode against the format: every checksum, the order of rows, pictures, times, the balance of the ledger, the manifest.</summary>
public static class EpisodeVerifier
{
    /// <summary>Verifies an episode and returns what was found; no finding of severity Error means that it is good.</summary>
    /// <exception cref="EpisodeException">The folder is no episode, or its manifest cannot be read.</exception>
    public static IReadOnlyList<Finding> Verify(string folder, VerifyOptions? options = null, IProgress<string>? progress = null)
    {
        var findings = new List<Finding>();
        using EpisodeReader episode = EpisodeReader.Open(folder);
        ManifestCheck.Run(episode, findings);
        foreach (StreamFault fault in episode.Faults)
        {
            findings.Add(new Finding(FindingSeverity.Error, Relative(episode, fault.Path), fault.Reason));
        }

        foreach (EpisodeStream stream in episode.Streams)
        {
            progress?.Report(stream.Info.Name);
            new StreamCheck(episode, stream, options ?? new VerifyOptions(), findings).Run();
        }

        CertificateCheck.Run(episode, findings);
        foreach (string sub in new[] { EpisodeFolder.Clocks, EpisodeFolder.Times })
        {
            string path = Path.Combine(folder, sub);
            string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*" + EpisodeFolder.ArrowSuffix) : [];
            foreach (string file in files.Order(StringComparer.Ordinal))
            {
                DerivedCheck(episode, file, findings);
            }
        }

        return findings;
    }

    internal static string Relative(EpisodeReader episode, string path) => Path.GetRelativePath(episode.Folder, path);

    private static void DerivedCheck(EpisodeReader episode, string path, List<Finding> findings)
    {
        string place = Relative(episode, path);
        try
        {
            using ArrowReader reader = ArrowReader.Open(path);
            MessageChecks.Run(reader, place, path, findings, (_, _) => { });
            if (reader.Tail.Kind != ArrowTailKind.Sealed)
            {
                findings.Add(new Finding(FindingSeverity.Error, place, $"it has no footer: {reader.Tail.Reason ?? "it was not finished"}"));
            }
        }
        catch (Exception e) when (e is ArrowFormatException or IOException)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, e.Message));
        }
    }
}

/// <summary>The checksums of a file: schema, batches, footer.</summary>
internal static class MessageChecks
{
    /// <param name="batch">Called with every batch whose checksum does not speak against it.</param>
    public static void Run(ArrowReader reader, string place, string path, List<Finding> findings, Action<int, RecordBatch> batch)
    {
        int unchecked_ = 0;
        int judged = 0;
        byte[] buffer = [];
        if (reader.SchemaMessage is { } schema)
        {
            Check(schema, $"{place}, schema", -1);
        }

        for (int i = 0; i < reader.Batches.Count; i++)
        {
            Check(reader.Batches[i], $"{place}, batch {i} at byte {reader.Batches[i].Block.Offset}", i);
        }

        if (reader.Footer is { } footer)
        {
            byte[] bytes = new byte[footer.Length];
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            int read = RandomAccess.Read(file, bytes, footer.Offset);
            Judge(read == bytes.Length ? ChecksumCheck.Of(footer, bytes) : ChecksumState.Wrong, $"{place}, footer");
        }

        if (unchecked_ > 0)
        {
            // A tool that rewrites a file drops all of them. Where only some are missing, their keys were damaged.
            bool all = unchecked_ == judged;
            findings.Add(new Finding(
                all ? FindingSeverity.Warning : FindingSeverity.Error,
                place,
                all ? "its messages carry no checksums: another tool may have rewritten the file" : $"{unchecked_} of {judged} messages carry no checksum, the others do: they were damaged"));
        }

        void Check(ArrowMessage message, string where, int index)
        {
            if (buffer.Length < message.Block.Length)
            {
                buffer = GC.AllocateUninitializedArray<byte>(checked((int)message.Block.Length));
            }

            Memory<byte> bytes = buffer.AsMemory(0, (int)message.Block.Length);
            if (reader.ReadMessage(message, bytes.Span) != bytes.Length)
            {
                findings.Add(new Finding(FindingSeverity.Error, where, "the file was cut while it was read"));
                return;
            }

            if (Judge(ChecksumCheck.Of(message, bytes.Span), where) && index >= 0)
            {
                try
                {
                    batch(index, RecordBatch.Decode(reader.Schema, bytes, fileOffset: message.Block.Offset));
                }
                catch (ArrowFormatException e)
                {
                    findings.Add(new Finding(FindingSeverity.Error, where, e.Message));
                }
            }
        }

        bool Judge(ChecksumState state, string where)
        {
            judged++;
            unchecked_ += state == ChecksumState.Missing ? 1 : 0;
            if (state == ChecksumState.Wrong)
            {
                findings.Add(new Finding(FindingSeverity.Error, where, "the checksum does not match: bytes were changed after they were written"));
            }

            return state != ChecksumState.Wrong;
        }
    }
}
