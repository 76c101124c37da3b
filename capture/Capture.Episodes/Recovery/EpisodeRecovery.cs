using Capture.Arrow;
using Capture.Episodes.Checksums;
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
    /// <summary>Says what <see cref="Execute"/> would do, and changes nothing.</summary>
    /// <exception cref="EpisodeException">The folder is no episode, or a recorder holds it.</exception>
    public static RecoveryPlan Plan(string folder)
    {
        RequireEpisode(folder);
        if (RecordingLock.IsHeld(folder))
        {
            throw Held(folder);
        }

        return Look(folder, out _);
    }

    /// <summary>Recovers the episode and returns what was done.</summary>
    /// <exception cref="EpisodeException">The folder is no episode, a recorder holds it, or the disk is full.</exception>
    public static RecoveryPlan Execute(string folder, IProgress<string>? progress = null)
    {
        RequireEpisode(folder);
        using RecordingLock held = RecordingLock.TryTake(folder) ?? throw Held(folder);
        RecoveryPlan plan = Look(folder, out EpisodeManifest? manifest);
        if (plan.IsWhole)
        {
            return plan;
        }

        try
        {
            File.Delete(Path.Combine(folder, DiskReserve.Name));
            string streams = Path.Combine(folder, EpisodeFolder.Streams);
            foreach (string path in Directory.GetFiles(streams, "*" + EpisodeFolder.ArrowSuffix).Order(StringComparer.Ordinal))
            {
                progress?.Report(Path.GetFileName(path));
                SealFile(path);
            }

            FolderSync.Sync(streams);
            manifest ??= Rebuild(folder);
            manifest = manifest with { Stopped = manifest.Stopped ?? FormatText<StopReason>.Of(StopReason.Killed), Notes = null };
            string state = manifest.State == EpisodeState.Sealed ? EpisodeState.Sealed : EpisodeState.Recovered;
            new EpisodeFinisher(folder, trustFiles: false).Finish(manifest, state, [], null, progress);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskTrouble.Explain(e, folder);
        }

        return plan;
    }

    private static RecoveryPlan Look(string folder, out EpisodeManifest? manifest)
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

        foreach (string path in Directory.GetFiles(Path.Combine(folder, EpisodeFolder.Streams), "*" + EpisodeFolder.ArrowSuffix).Order(StringComparer.Ordinal))
        {
            string file = Path.GetRelativePath(folder, path);
            try
            {
                using ArrowReader reader = ArrowReader.Open(path);
                if (reader.Tail.Kind != ArrowTailKind.Sealed)
                {
                    string what = reader.Tail.Length == 0
                        ? $"add the footer behind {reader.Batches.Count} batches"
                        : $"move {reader.Tail.Length} bytes at its end aside, add the footer behind {reader.Batches.Count} batches";
                    steps.Add(new RecoveryStep(file, what, reader.Tail.Length));
                }
            }
            catch (ArrowFormatException e) when (e.Fault == ArrowFault.Truncated)
            {
                steps.Add(new RecoveryStep(file, "move the file aside: it ends within its schema and holds no rows", new FileInfo(path).Length));
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

    private static void SealFile(string path)
    {
        int cut;
        ArrowSchema schema;
        ArrowBlock[] blocks;
        ArrowTail tail;
        try
        {
            using ArrowReader reader = ArrowReader.Open(path);
            if (reader.Tail.Kind == ArrowTailKind.Sealed)
            {
                return;
            }

            (schema, blocks, tail) = (reader.Schema, [.. reader.Batches.Select(b => b.Block)], reader.Tail);
        }
        catch (ArrowFormatException e)
        {
            if (e.Fault == ArrowFault.Truncated)
            {
                File.Move(path, FreeName(path + EpisodeFolder.TornSuffix), overwrite: false);
            }

            return;
        }

        if (tail.Length > 0)
        {
            MoveAside(path, tail);
        }

        var codec = new MessageCodec(schema);
        byte[] closing = new byte[codec.MaxClosingLength(blocks.Length)];
        int length = codec.EncodeClosing(closing, blocks);
        using IGrowingFile file = KernelDisk.Open(path);
        cut = file.Truncate(tail.Offset);
        int errno = cut != 0 ? cut : file.Write(closing.AsSpan(0, length), tail.Offset);
        errno = errno != 0 ? errno : file.Sync();
        if (errno != 0)
        {
            _ = file.Truncate(tail.Offset);
            throw DiskTrouble.IsFull(errno)
                ? DiskTrouble.Full(path)
                : new EpisodeException(EpisodeProblem.Disk, $"its footer could not be written ({System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)})", path, "Check the disk and run 'capture recover' again.");
        }
    }

    /// <summary>Copies the torn tail to NAME.arrow.torn and syncs the copy, before anything is cut.</summary>
    private static void MoveAside(string path, in ArrowTail tail)
    {
        using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var to = new FileStream(FreeName(path + EpisodeFolder.TornSuffix), FileMode.CreateNew, FileAccess.Write);
        from.Position = tail.Offset;
        from.CopyTo(to);
        to.Flush(flushToDisk: true);
    }

    private static string FreeName(string path)
    {
        string free = path;
        for (int n = 2; File.Exists(free); n++)
        {
            free = $"{path}.{n}";
        }

        return free;
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
