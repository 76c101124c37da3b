using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Closing;

/// <summary>
/// What comes after the last row, for a clean end and for recovery alike: clock fits, final times, the balance of the ledger, the sync certificate, and the
/// manifest that names them. The stream files are sealed before and not touched.
/// </summary>
internal sealed class EpisodeFinisher(IEpisodeDisk disk, string folder, bool trustFiles)
{
    /// <param name="state">The state that the manifest gets.</param>
    /// <param name="unwritten">Ledger entries that are not in the ledger's file.</param>
    /// <param name="end">When the recording stopped; null: the last row's time.</param>
    public EpisodeManifest Finish(EpisodeManifest manifest, string state, IReadOnlyList<(string Stream, Loss Loss)> unwritten, HostTime? end, IProgress<string>? progress)
    {
        EpisodeManifest done = manifest;
        var notes = new List<string>();
        using (EpisodeReader episode = EpisodeReader.Open(folder, manifest with { Times = null }, trustFiles ? FileTrust.Own : FileTrust.Finished))
        {
            progress?.Report("counting rows");
            var scans = SideBySide.Map(disk, [.. episode.Streams.Where(s => s.Info.HasSamples)], StreamScan.Of);
            LedgerBalance ledger = LedgerBalance.Read(episode.Find(LedgerSchema.Name), unwritten);
            done = done with
            {
                State = state,
                Streams = [.. episode.Streams.Select(s => Closed(s, scans, ledger))],
                Clocks = ManifestParts.Clocks(episode.Streams.Select(s => s.Info.Clock)),
                DurationNs = Duration(episode, scans, end),
                Marks = Marks(episode, notes),
            };

            // The books are made safe while the times are computed: those can be made up later, these not.
            EpisodeManifest books = done with { Times = null, Certificate = null };
            SideBySide.Running safe = SideBySide.Start(disk, [() => ManifestFile.Write(disk, folder, books)]);
            try
            {
                done = new TimesVersion(disk, folder, episode, scans).Write(done, progress);
            }
            catch (IOException e) when (DiskTrouble.IsFull(e))
            {
                notes.Add("The disk was full: final times were not written. Free space and run 'capture recover'.");
                done = done with { Times = new ManifestTimes(null, []), Certificate = null };
            }
            finally
            {
                safe.Wait();
            }
        }

        done = done with { Notes = notes.Count == 0 ? null : notes };
        ManifestFile.Write(disk, folder, done);
        return done;
    }

    private static ManifestStream Closed(EpisodeStream stream, List<StreamScan> scans, LedgerBalance ledger)
    {
        StreamScan? scan = scans.Find(s => s.Stream == stream);
        return ManifestParts.Stream(stream.Info) with
        {
            Counts = scan is null ? null : ledger.Of(scan),
            Bytes = stream.Bytes,
            Batches = stream.Batches,
        };
    }

    private static List<ManifestMark>? Marks(EpisodeReader episode, List<string> notes)
    {
        IReadOnlyList<ManifestMark> marks = MarkIntervals.Of(episode);
        if (marks.Count > MarkIntervals.MostInManifest)
        {
            notes.Add($"Of {marks.Count} marks the first {MarkIntervals.MostInManifest} are listed; the stream '{MarkSchema.Name}' has all.");
        }

        return marks.Count == 0 ? null : [.. marks.Take(MarkIntervals.MostInManifest)];
    }

    private static long Duration(EpisodeReader episode, List<StreamScan> scans, HostTime? end)
    {
        if (episode.Streams.Count == 0)
        {
            return 0;
        }

        EpisodeAnchor anchor = episode.Streams[0].Info.Episode.Anchor;
        HostTime last = end ?? scans.Select(s => s.LastHost).Max() ?? anchor.Origin;
        return Math.Max(anchor.ToEpisode(last).Nanoseconds, 0);
    }
}
