using Capture.Arrow;
using Capture.Episodes.Closing;
using Capture.Episodes.Disk;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Recovery;

/// <summary>What recovery does, or would do, to one file.</summary>
/// <param name="File">Path in the episode's folder.</param>
/// <param name="What">In words.</param>
/// <param name="TornBytes">Bytes that are moved aside; 0 where none.</param>
public sealed record RecoveryStep(string File, string What, long TornBytes);

/// <summary>What recovery does, or would do; no steps: the episode is whole.</summary>
public sealed record RecoveryPlan(string Folder, IReadOnlyList<RecoveryStep> Steps)
{
    public bool IsWhole => Steps.Count == 0;
}

/// <summary>
/// Makes an episode whole whose recorder was killed: moves torn tails aside, adds the footers, rebuilds a lost manifest, computes counts and final times
/// (format, chapter 8). Whole messages stay byte for byte. Running it again changes nothing.
/// </summary>
public static class EpisodeRecovery
{
    /// <summary>Says what <see cref="Execute(string, IProgress{string})"/> would do, and changes nothing.</summary>
    /// <exception cref="EpisodeException">The folder is no episode, or a recorder holds it.</exception>
    public static RecoveryPlan Plan(string folder)
    {
        RequireEpisode(folder);
        if (RecordingLock.IsHeld(folder))
        {
            throw Held(folder);
        }

        return Look(KernelDisk.Instance, folder, out _);
    }

    /// <summary>Recovers the episode and returns what was done.</summary>
    /// <exception cref="EpisodeException">The folder is no episode, a recorder holds it, or the disk is full.</exception>
    public static RecoveryPlan Execute(string folder, IProgress<string>? progress = null) => Execute(KernelDisk.Instance, folder, progress);

    internal static RecoveryPlan Execute(IEpisodeDisk disk, string folder, IProgress<string>? progress = null)
    {
        RequireEpisode(folder);
        using RecordingLock held = RecordingLock.TryTake(folder) ?? throw Held(folder);
        RecoveryPlan plan = Look(disk, folder, out EpisodeManifest? manifest);
        if (plan.IsWhole)
        {
            return plan;
        }

        try
        {
            File.Delete(Path.Combine(folder, DiskReserve.Name));
            string streams = Path.Combine(folder, EpisodeFolder.Streams);
            bool interrupted = manifest is null or { State: EpisodeState.Recording };
            foreach (string path in Directory.GetFiles(streams, "*" + EpisodeFolder.ArrowSuffix).Order(StringComparer.Ordinal))
            {
                progress?.Report(Path.GetFileName(path));
                Mend(disk, path, interrupted);
            }

            disk.SyncFolder(streams);
            RemoveUnfinished(disk, folder);
            manifest ??= Rebuild(folder);
            manifest = manifest with { Stopped = manifest.Stopped ?? FormatText<StopReason>.Of(StopReason.Killed), Notes = null };
            string state = manifest.State == EpisodeState.Sealed ? EpisodeState.Sealed : EpisodeState.Recovered;
            new EpisodeFinisher(disk, folder, trustFiles: false).Finish(manifest, state, [], null, progress);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskTrouble.Explain(e, folder);
        }

        return plan;
    }

    private static RecoveryPlan Look(IEpisodeDisk disk, string folder, out EpisodeManifest? manifest)
    {
        var steps = new List<RecoveryStep>();
        manifest = null;
        if (File.Exists(ManifestFile.PathIn(folder)))
        {
            manifest = ManifestFile.Read(folder);
        }
        else
        {
            steps.Add(new RecoveryStep(ManifestFile.Name, "rebuild the manifest from the stream files", 0));
        }

        bool interrupted = manifest is null or { State: EpisodeState.Recording };
        foreach (string path in Directory.GetFiles(Path.Combine(folder, EpisodeFolder.Streams), "*" + EpisodeFolder.ArrowSuffix).Order(StringComparer.Ordinal))
        {
            string file = Path.GetRelativePath(folder, path);
            try
            {
                if (StreamFileRecovery.Look(disk, path, interrupted) is { } mend)
                {
                    steps.Add(new RecoveryStep(file, mend.What, mend.Aside));
                }
            }
            catch (ArrowFormatException e) when (e.Fault == ArrowFault.Truncated)
            {
                steps.Add(new RecoveryStep(file, "move the file aside: it ends within its schema and holds no rows", new FileInfo(path).Length));
            }
            catch (ArrowFormatException) when (interrupted)
            {
                steps.Add(new RecoveryStep(file, "move the file aside: its schema did not reach the disk, and nothing in it can be read", new FileInfo(path).Length));
            }
            catch (ArrowFormatException e)
            {
                // A foreign or damaged file is not recovery's to repair: verify names it.
                _ = e;
            }
        }

        if (manifest is not null && steps.Count == 0)
        {
            if (manifest.State == EpisodeState.Recording)
            {
                steps.Add(new RecoveryStep(ManifestFile.Name, "close the manifest", 0));
            }
            else if (manifest.Times?.InForce is null && manifest.Streams.Any(s => s.Counts is not null))
            {
                steps.Add(new RecoveryStep(EpisodeFolder.Times, "compute clocks and final times, which are missing", 0));
            }
        }

        return new RecoveryPlan(folder, steps);
    }

    private static void Mend(IEpisodeDisk disk, string path, bool interrupted)
    {
        try
        {
            StreamFileRecovery.Look(disk, path, interrupted)?.Execute();
        }
        catch (ArrowFormatException e) when (e.Fault == ArrowFault.Truncated || interrupted)
        {
            disk.Move(path, StreamFileRecovery.FreeName(path + EpisodeFolder.TornSuffix), replace: false);
        }
        catch (ArrowFormatException e)
        {
            // A foreign or damaged file is not recovery's to repair: verify names it.
            _ = e;
        }
    }

    /// <summary>What was being written beside its name when the power or the process went: nothing refers to it.</summary>
    private static void RemoveUnfinished(IEpisodeDisk disk, string folder)
    {
        foreach (string sub in new[] { "", EpisodeFolder.Streams, EpisodeFolder.Clocks, EpisodeFolder.Times })
        {
            string path = Path.Combine(folder, sub);
            foreach (string file in Directory.Exists(path) ? Directory.GetFiles(path, "*.new") : [])
            {
                disk.Delete(file);
            }
        }
    }

    private static EpisodeManifest Rebuild(string folder)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder, manifest: null);
        if (episode.Streams.Count == 0)
        {
            throw new EpisodeException(EpisodeProblem.NotAnEpisode, "it has neither a manifest nor a readable stream file", folder, "There is nothing to recover.");
        }

        EpisodeIdentity identity = episode.Streams[0].Info.Episode;
        foreach (EpisodeStream stream in episode.Streams)
        {
            if (stream.Info.Episode != identity)
            {
                throw new EpisodeException(EpisodeProblem.Damaged, $"its files belong to two episodes ({identity.Id:D} and, in {stream.FilePath}, {stream.Info.Episode.Id:D})", folder, "Move the files of the other episode away.");
            }
        }

        return new EpisodeManifest
        {
            Format = EpisodeManifest.FormatName,
            Version = EpisodeManifest.CurrentVersion,
            Id = identity.Id.ToString("D"),
            State = EpisodeState.Recording,
            Rig = "unknown",
            CreatedUtc = ManifestParts.UtcText(identity.AnchorRealtimeNs),
            Anchor = new ManifestAnchor(identity.Anchor.Origin.Nanoseconds, identity.AnchorRealtimeNs, Boottime(episode, identity), 0, identity.BootId),
            Software = new ManifestSoftware("capture recover", typeof(EpisodeRecovery).Assembly.GetName().Version?.ToString(3) ?? "0"),
            Limits = new ManifestLimits(200, 1000),
            Streams = [],
            Clocks = [],
        };
    }

    private static long Boottime(EpisodeReader episode, EpisodeIdentity identity)
    {
        if (episode.Find(ClockHostSchema.Name) is not { Rows: > 0 } clock)
        {
            return identity.Anchor.Origin.Nanoseconds;
        }

        RecordBatch first = clock.ReadBatch(0);
        return first.Column(ClockHostSchema.Boottime).Values<long>()[0] - first.Column(ClockHostSchema.MonotonicBefore).Values<long>()[0] + identity.Anchor.Origin.Nanoseconds;
    }

    private static void RequireEpisode(string folder)
    {
        if (!Directory.Exists(Path.Combine(folder, EpisodeFolder.Streams)))
        {
            throw new EpisodeException(
                EpisodeProblem.NotAnEpisode,
                Directory.Exists(folder) ? $"it has no folder '{EpisodeFolder.Streams}'" : "there is no such folder",
                folder,
                "Name the folder of an episode (NAME.episode).");
        }
    }

    private static EpisodeException Held(string folder) =>
        new(EpisodeProblem.Held, "a live recorder holds the episode", folder, "Stop the recording first (Ctrl+C in 'capture record').");
}
