using System.Text.Json;
using Capture.Episodes.Checksums;
using Capture.Episodes.Manifest;

namespace Capture.Episodes.Verification;

/// <summary>Holds the manifest's bytes against their checksum and against the schema of the format.</summary>
internal static class ManifestBytes
{
    private const int MostSchemaFindings = 20;

    public static void Check(string folder, EpisodeManifest manifest, List<Finding> findings)
    {
        byte[] bytes = File.ReadAllBytes(ManifestFile.PathIn(folder));
        if (ManifestFile.Check(bytes, manifest) == ChecksumState.Wrong)
        {
            findings.Add(new Finding(FindingSeverity.Error, ManifestFile.Name, "the checksum does not match: it was changed after it was written"));
        }

        using Stream file = typeof(ManifestBytes).Assembly.GetManifestResourceStream("episode.schema.json")
            ?? throw new InvalidOperationException("The schema of the manifest is not in the library. Build it anew.");
        using JsonDocument schema = JsonDocument.Parse(file);
        using JsonDocument document = JsonDocument.Parse(bytes);
        IReadOnlyList<string> broken = new JsonSchemaCheck(schema.RootElement).Run(document.RootElement);
        foreach (string rule in broken.Take(MostSchemaFindings))
        {
            findings.Add(new Finding(FindingSeverity.Error, ManifestFile.Name, rule));
        }

        if (broken.Count > MostSchemaFindings)
        {
            findings.Add(new Finding(FindingSeverity.Error, ManifestFile.Name, $"{broken.Count} rules of its schema are broken in all"));
        }
    }
}
