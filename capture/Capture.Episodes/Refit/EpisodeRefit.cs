using Capture.Core.Time;
using Capture.Episodes.Closing;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Refit;

/// <summary>What a refit may take otherwise than the recording did.</summary>
public sealed record RefitOptions
{
    /// <summary>By stream: the latency from a row's instant to its <c>host_time_ns</c>, as a calibration found it. Others keep what was declared.</summary>
    public IReadOnlyDictionary<string, LatencyRange> Latencies { get; init; } = new Dictionary<string, LatencyRange>(StringComparer.Ordinal);
}

/// <summary>How far the final times of one stream moved.</summary>
/// <param name="Rows">Rows compared; 0 where one of the versions has no times of the stream.</param>
/// <param name="MedianNs">Signed: new − old.</param>
/// <param name="MaxNs">Largest absolute move.</param>
public sealed record RefitChange(string Stream, long Rows, long MedianNs, long MaxNs);

/// <summary>What a refit did, or would do.</summary>
/// <param name="From">The version in force before; null: the online times.</param>
/// <param name="To">The version in force after it.</param>
/// <param name="Files">Paths in the episode's folder that are written; empty where an existing version is taken up again.</param>
public sealed record RefitPlan(string? From, string To, IReadOnlyList<string> Files);

/// <summary>
/// Computes the final times of a closed episode anew, from the evidence that it holds, as the next version beside the ones there are (format, chapter 9): a better estimator, or a latency that was
/// calibrated after the recording. Streams are only read. Every version stays, and any of them can be put in force again. Labels are anchored to rows, so their times follow by themselves.
/// </summary>
public static class EpisodeRefit
{
    /// <summary>Says what <see cref="Execute"/> would write, and changes nothing.</summary>
    /// <exception cref="EpisodeException">It is no closed episode, or a stream that is named is not there.</exception>
    public static RefitPlan Plan(string folder, RefitOptions? options = null)
    {
        using EpisodeReader episode = OpenClosed(folder, options);
        string version = TimesVersion.Free(folder);
        EpisodeStream[] streams = [.. episode.Streams.Where(s => s.Info.HasSamples)];
        IEnumerable<string> clocks = streams.Select(s => s.Info.Clock).OfType<ClockDomain>().Where(d => d.Feed is ClockFeed.TwoWay or ClockFeed.OneWay)
            .Select(d => d.Name).Distinct(StringComparer.Ordinal);
        return new RefitPlan(
            episode.Manifest.Times?.InForce,
            version,
            [
                .. clocks.Select(c => $"{EpisodeFolder.Clocks}/{c}.{version}{EpisodeFolder.ArrowSuffix}"),
                .. streams.Select(s => $"{EpisodeFolder.Times}/{s.Info.Name}.{version}{EpisodeFolder.ArrowSuffix}"),
            ]);
    }

    /// <summary>Writes the next version and puts it in force. Interrupted, it leaves files that no manifest names, which nobody reads.</summary>
    /// <exception cref="EpisodeException">It is no closed episode, a program holds it, a stream that is named is not there, a file is damaged, or the disk is full.</exception>
    public static RefitPlan Execute(string folder, RefitOptions? options = null, IProgress<string>? progress = null)
    {
        using RecordingLock held = Take(folder);
        using EpisodeReader episode = OpenClosed(folder, options);
        EpisodeManifest before = episode.Manifest;
        if (episode.Faults.Count > 0)
        {
            throw new EpisodeException(EpisodeProblem.Damaged, $"a stream cannot be read ({episode.Faults[0].Reason})", folder, "Restore it first: a version must have the times of every stream.");
        }

        try
        {
            var scans = episode.Streams.Where(s => s.Info.HasSamples).Select(StreamScan.Of).ToList();
            EpisodeManifest after = new TimesVersion(KernelDisk.Instance, folder, episode, scans).Write(before, progress);
            if (after.Times?.InForce is not { } version)
            {
                throw new EpisodeException(EpisodeProblem.Invalid, "it holds no stream with samples", folder, "There is nothing to fit.");
            }

            ManifestFile.Write(KernelDisk.Instance, folder, after);
            return new RefitPlan(before.Times?.InForce, version, [.. Written(folder, version)]);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not EpisodeException))
        {
            throw DiskTrouble.Explain(e, folder);
        }
    }

    /// <summary>Puts a version in force that is there already: the way back, and forth again.</summary>
    /// <exception cref="EpisodeException">There is no such version; the message names those that there are.</exception>
    public static RefitPlan Use(string folder, string version, bool dryRun = false)
    {
        using RecordingLock? held = dryRun ? null : Take(folder);
        using EpisodeReader episode = OpenClosed(folder, null);
        EpisodeManifest manifest = episode.Manifest;
        ManifestCertificate? certificate = new[] { manifest.Certificate }.Concat(manifest.OtherCertificates ?? []).FirstOrDefault(c => c?.Version == version);
        if (certificate is null || manifest.Times?.Versions.Contains(version, StringComparer.Ordinal) != true)
        {
            throw new EpisodeException(EpisodeProblem.Invalid, $"it has no version '{version}' of its times", folder, $"It has: {string.Join(", ", manifest.Times?.Versions ?? [])}.");
        }

        if (episode.Streams.FirstOrDefault(s => s.Info.HasSamples && !File.Exists(EpisodeFolder.TimesFile(folder, s.Info.Name, version))) is { } missing)
        {
            throw new EpisodeException(EpisodeProblem.Damaged, $"version '{version}' has no times of '{missing.Info.Name}' any more", folder, "Restore the file, or fit anew with 'capture refit'.");
        }

        if (!dryRun)
        {
            ManifestFile.Write(KernelDisk.Instance, folder, TimesVersion.PutInForce(manifest, certificate, folder));
        }

        return new RefitPlan(manifest.Times.InForce, version, []);
    }

    /// <summary>How far each stream's times lie apart in two versions.</summary>
    public static IReadOnlyList<RefitChange> Compare(string folder, string from, string to)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        return [.. episode.Streams.Where(s => s.Info.HasSamples).Select(s => Change(folder, s, from, to))];
    }

    private static RefitChange Change(string folder, EpisodeStream stream, string from, string to)
    {
        using FinalTimes? a = FinalTimes.TryOpen(folder, stream.Info, from);
        using FinalTimes? b = FinalTimes.TryOpen(folder, stream.Info, to);
        if (a is null || b is null || a.Rows != b.Rows || a.Rows == 0)
        {
            return new RefitChange(stream.Info.Name, 0, 0, 0);
        }

        long[] moved = b.ReadInt64(Schema.CommonColumns.EpisodeTime);
        long[] old = a.ReadInt64(Schema.CommonColumns.EpisodeTime);
        for (int i = 0; i < moved.Length; i++)
        {
            moved[i] -= old[i];
        }

        Array.Sort(moved);
        return new RefitChange(stream.Info.Name, moved.Length, moved[moved.Length / 2], Math.Max(Math.Abs(moved[0]), Math.Abs(moved[^1])));
    }

    private static IEnumerable<string> Written(string folder, string version) =>
        new[] { EpisodeFolder.Clocks, EpisodeFolder.Times }
            .Where(sub => Directory.Exists(Path.Combine(folder, sub)))
            .SelectMany(sub => Directory.GetFiles(Path.Combine(folder, sub), $"*.{version}{EpisodeFolder.ArrowSuffix}").Order(StringComparer.Ordinal))
            .Select(path => Path.GetRelativePath(folder, path));

    private static EpisodeReader OpenClosed(string folder, RefitOptions? options)
    {
        EpisodeReader episode = EpisodeReader.Open(folder);
        try
        {
            if (episode.Manifest.State == EpisodeState.Recording)
            {
                throw new EpisodeException(
                    EpisodeProblem.Held, "it is not closed", folder, episode.IsHeld ? "Wait until its recorder has ended." : "Its recorder is gone: run 'capture recover' first.");
            }

            foreach ((string name, LatencyRange latency) in options?.Latencies ?? new Dictionary<string, LatencyRange>(StringComparer.Ordinal))
            {
                episode.Stream(name).Redeclare(latency);
            }

            return episode;
        }
        catch
        {
            episode.Dispose();
            throw;
        }
    }

    private static RecordingLock Take(string folder)
    {
        // The manifest first: a folder that is no episode must not get a lock file.
        _ = ManifestFile.Read(folder);
        return RecordingLock.TryTake(folder)
            ?? throw new EpisodeException(EpisodeProblem.Held, "another program is writing to it", folder, "Wait until it has ended.");
    }
}
