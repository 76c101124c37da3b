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
        using (EpisodeReader episode = EpisodeReader.Open(folder, manifest with { Times = null }, trustFiles))
        {
            progress?.Report("counting rows");
            var scans = InParallel([.. episode.Streams.Where(s => s.Info.HasSamples)], StreamScan.Of);
            LedgerBalance ledger = LedgerBalance.Read(episode.Find(LedgerSchema.Name), unwritten);
            done = done with
            {
                State = state,
                Streams = [.. episode.Streams.Select(s => Closed(s, scans, ledger))],
                Clocks = ManifestParts.Clocks(episode.Streams.Select(s => s.Info.Clock)),
                DurationNs = Duration(episode, scans, end),
            };

            // The books are made safe while the times are computed: those can be made up later, these not.
            EpisodeManifest books = done with { Times = null, Certificate = null };
            SideBySide.Running safe = SideBySide.Start(disk, [() => ManifestFile.Write(disk, folder, books)]);
            try
            {
                done = WithTimes(done, episode, scans, progress);
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

    private EpisodeManifest WithTimes(EpisodeManifest manifest, EpisodeReader episode, List<StreamScan> scans, IProgress<string>? progress)
    {
        if (scans.Count == 0)
        {
            return manifest with { Times = new ManifestTimes(null, []) };
        }

        string version = FreeVersion();
        var fits = new Dictionary<string, DomainFit>(StringComparer.Ordinal);
        foreach (ClockDomain domain in scans.Select(s => s.Stream.Info.Clock).OfType<ClockDomain>().DistinctBy(d => d.Name, StringComparer.Ordinal))
        {
            progress?.Report($"fitting clock {domain.Name}");
            if (DomainFit.Of(domain, episode, scans) is { } fit)
            {
                fits[domain.Name] = fit;
            }
        }

        progress?.Report("computing times");
        SideBySide.Running clocks = SideBySide.Start(disk, [.. fits.Values.Select(fit => (Action)(() => fit.Write(disk, folder, scans[0].Stream.Info.Episode, version)))]);
        List<CertifiedStream> certified;
        try
        {
            certified = InParallel(scans, scan => new TimesWriter(scan.Stream, scan.Stream.Info.Clock is { } clock ? fits.GetValueOrDefault(clock.Name) : null).Write(disk, folder, version));
        }
        finally
        {
            clocks.Wait();
        }

        // The names of the files, and then those of their folders; the manifest, which speaks of them, comes after.
        progress?.Report("making them durable");
        SideBySide.Run(disk, [.. new[] { EpisodeFolder.Times, EpisodeFolder.Clocks, "" }.Select(f => Path.Combine(folder, f)).Where(Directory.Exists).Select(f => (Action)(() => disk.SyncFolder(f)))]);
        return manifest with
        {
            Clocks = [.. manifest.Clocks.Select(c => fits.ContainsKey(c.Name) ? c with { File = $"{EpisodeFolder.Clocks}/{c.Name}.{version}{EpisodeFolder.ArrowSuffix}" } : c)],
            Times = new ManifestTimes(version, [.. manifest.Times?.Versions ?? [], version]),
            Certificate = new ManifestCertificate(version, certified),
        };
    }

    private List<TResult> InParallel<T, TResult>(List<T> items, Func<T, TResult> of)
    {
        var results = new TResult[items.Count];
        SideBySide.Run(disk, [.. items.Select((item, i) => (Action)(() => results[i] = of(item)))]);
        return [.. results];
    }

    /// <summary>The first version of which no file exists: what an interrupted close left behind is not overwritten and not believed.</summary>
    private string FreeVersion()
    {
        for (int n = 1; ; n++)
        {
            string pattern = $"*.v{n}{EpisodeFolder.ArrowSuffix}";
            if (!Any(EpisodeFolder.Clocks, pattern) && !Any(EpisodeFolder.Times, pattern))
            {
                return $"v{n}";
            }
        }
    }

    private bool Any(string sub, string pattern)
    {
        string path = Path.Combine(folder, sub);
        return Directory.Exists(path) && Directory.EnumerateFiles(path, pattern).Any();
    }
}
