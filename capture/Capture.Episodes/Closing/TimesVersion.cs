using Capture.Core.Time;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Closing;

/// <summary>One version of the times of an episode: fits its clocks, writes <c>clocks/</c> and <c>times/</c>, and makes the certificate. For the close of a recording, for recovery and for a refit alike.</summary>
internal sealed class TimesVersion(IEpisodeDisk disk, string folder, EpisodeReader episode, IReadOnlyList<StreamScan> scans)
{
    /// <summary>Writes the next version beside those that there are, and returns the manifest that puts it in force.</summary>
    public EpisodeManifest Write(EpisodeManifest manifest, IProgress<string>? progress)
    {
        if (scans.Count == 0)
        {
            return manifest with { Times = new ManifestTimes(null, []) };
        }

        string version = Free(folder);
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
            certified = SideBySide.Map(disk, scans, scan => new TimesWriter(scan.Stream, scan.Stream.Info.Clock is { } clock ? fits.GetValueOrDefault(clock.Name) : null).Write(disk, folder, version));
        }
        finally
        {
            clocks.Wait();
        }

        // The names of the files, and then those of their folders; the manifest, which speaks of them, comes after.
        progress?.Report("making them durable");
        SideBySide.Run(disk, [.. new[] { EpisodeFolder.Times, EpisodeFolder.Clocks, "" }.Select(f => Path.Combine(folder, f)).Where(Directory.Exists).Select(f => (Action)(() => disk.SyncFolder(f)))]);
        return PutInForce(
            manifest with { Times = new ManifestTimes(manifest.Times?.InForce, [.. manifest.Times?.Versions ?? [], version]) },
            new ManifestCertificate(version, certified),
            folder);
    }

    /// <summary>The manifest with the times of a certificate in force; the certificate that was is kept beside it.</summary>
    public static EpisodeManifest PutInForce(EpisodeManifest manifest, ManifestCertificate certificate, string folder)
    {
        string version = certificate.Version;
        List<ManifestCertificate> others = [.. (manifest.OtherCertificates ?? []).Where(c => c.Version != version)];
        if (manifest.Certificate is { } before && before.Version != version)
        {
            others.Add(before);
        }

        return manifest with
        {
            Clocks = [.. manifest.Clocks.Select(c => c with { File = File.Exists(EpisodeFolder.ClockFile(folder, c.Name, version)) ? $"{EpisodeFolder.Clocks}/{c.Name}.{version}{EpisodeFolder.ArrowSuffix}" : null })],
            Times = new ManifestTimes(version, manifest.Times?.Versions ?? [version]),
            Certificate = certificate,
            OtherCertificates = others.Count == 0 ? null : [.. others.OrderBy(c => c.Version.Length).ThenBy(c => c.Version, StringComparer.Ordinal)],
        };
    }

    /// <summary>The first version of which no file exists: what an interrupted close left behind is not overwritten and not believed.</summary>
    public static string Free(string folder)
    {
        for (int n = 1; ; n++)
        {
            string pattern = $"*.v{n}{EpisodeFolder.ArrowSuffix}";
            if (!Any(EpisodeFolder.Clocks, pattern) && !Any(EpisodeFolder.Times, pattern))
            {
                return $"v{n}";
            }
        }

        bool Any(string sub, string pattern)
        {
            string path = Path.Combine(folder, sub);
            return Directory.Exists(path) && Directory.EnumerateFiles(path, pattern).Any();
        }
    }
}
