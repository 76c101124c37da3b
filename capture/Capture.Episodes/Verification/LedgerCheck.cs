using Capture.Episodes.Closing;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Verification;

/// <summary>produced = stored + dropped, computed anew from counters and ledger, not taken from the manifest (format, chapter 6).</summary>
internal static class LedgerCheck
{
    /// <param name="scans">Of the streams that could be read whole: where a batch is gone, its absence is a finding of its own.</param>
    public static void Run(EpisodeReader episode, IReadOnlyList<StreamScan> scans, List<Finding> findings)
    {
        LedgerBalance ledger;
        try
        {
            ledger = LedgerBalance.Read(episode.Find(LedgerSchema.Name), []);
        }
        catch (EpisodeException e)
        {
            findings.Add(new Finding(FindingSeverity.Error, "the ledger", e.Message));
            return;
        }

        foreach (StreamScan scan in scans.Where(s => s.Stream.Info.Counted))
        {
            string name = scan.Stream.Info.Name;
            ManifestCounts? listed = episode.Manifest.Streams.FirstOrDefault(s => s.Name == name)?.Counts;
            ManifestCounts counts = ledger.Of(scan);

            // A full disk can keep entries out of the ledger's file: then the manifest holds more than it.
            if (listed is not null && listed.Dropped > counts.Dropped)
            {
                counts = listed;
            }

            if (counts.Unknown != 0)
            {
                // A kill takes the last entries of the ledger with it, as it takes the last rows: what they explained stays unknown.
                findings.Add(new Finding(
                    episode.Manifest.State switch
                    {
                        EpisodeState.Recording => FindingSeverity.Info,
                        EpisodeState.Recovered => FindingSeverity.Warning,
                        _ => FindingSeverity.Error,
                    },
                    $"stream '{name}'",
                    $"the ledger does not balance: produced {counts.Produced}, stored {counts.Stored}, dropped {counts.Dropped}, unknown {counts.Unknown} {counts.Unit}"));
            }
        }
    }
}
