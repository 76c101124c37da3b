using Capture.Arrow;
using Capture.Episodes.Closing;
using Capture.Episodes.Manifest;
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

/// <summary>
/// Checks an episode against the format: every checksum, the order of rows, pictures, times, the balance of the ledger, the manifest. One pass; the memory that it
/// takes does not grow with the episode.
/// </summary>
public static class EpisodeVerifier
{
    /// <summary>Verifies an episode and returns what was found; no finding of severity Error means that it is good.</summary>
    /// <exception cref="EpisodeException">The folder is no episode, or its manifest cannot be read.</exception>
    public static IReadOnlyList<Finding> Verify(string folder, VerifyOptions? options = null, IProgress<string>? progress = null)
    {
        var findings = new List<Finding>();
        using EpisodeReader episode = EpisodeReader.Open(folder, ManifestFile.Read(folder));
        ManifestBytes.Check(folder, episode.Manifest, findings);
        ManifestCheck.Run(episode, findings);
        foreach (StreamFault fault in episode.Faults)
        {
            findings.Add(new Finding(FindingSeverity.Error, Relative(episode, fault.Path), fault.Reason));
        }

        var scans = new List<StreamScan>();
        foreach (EpisodeStream stream in episode.Streams)
        {
            progress?.Report(stream.Info.Name);
            if (new StreamCheck(episode, stream, options ?? new VerifyOptions(), findings).Run() is { } scan)
            {
                scans.Add(scan);
            }
        }

        LedgerCheck.Run(episode, scans, findings);
        MarkCheck.Run(episode, findings);
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
            using CheckedFile file = CheckedFile.Open(path, FileTrust.Finished);
            MessageChecks.Run(file, place, findings, (_, _) => { });
            if (file.Tail.Kind != ArrowTailKind.Sealed)
            {
                findings.Add(new Finding(FindingSeverity.Error, place, $"it has no footer: {file.Tail.Reason ?? "it was not finished"}"));
            }
        }
        catch (Exception e) when (e is ArrowFormatException or IOException)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, e.Message));
        }
    }
}
