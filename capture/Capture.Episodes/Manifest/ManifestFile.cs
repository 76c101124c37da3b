using System.Text.Json;
using System.Text.Json.Serialization;
using Capture.Episodes.Checksums;
using Capture.Episodes.Disk;
using Capture.Episodes.Migration;

namespace Capture.Episodes.Manifest;

/// <summary>Reads and replaces <c>episode.json</c>.</summary>
public static class ManifestFile
{
    public const string Name = "episode.json";

    private const string NoDigits = "00000000";

    /// <summary>A manifest longer than this is refused: no rig has one, and it would be read into memory whole.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    public static string PathIn(string folder) => Path.Combine(folder, Name);

    /// <summary>Reads the manifest of an episode's folder.</summary>
    /// <exception cref="EpisodeException">There is none, it is no manifest (the member is named), or a later version wrote it.</exception>
    public static EpisodeManifest Read(string folder)
    {
        string path = PathIn(folder);
        byte[] bytes;
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                throw Directory.Exists(folder)
                    ? new EpisodeException(EpisodeProblem.NotAnEpisode, $"there is no {Name} in it", folder, "Name the folder of an episode (NAME.episode); if it is one and lost its manifest, run 'capture recover'.")
                    : new EpisodeException(EpisodeProblem.NotAnEpisode, "there is no such folder", folder, "Check the path.");
            }

            if (info.Length > MaxBytes)
            {
                throw new EpisodeException(EpisodeProblem.Damaged, $"it is {info.Length} bytes long, and no manifest is longer than {MaxBytes}", path, "Put the right file there, or remove it and run 'capture recover'.");
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EpisodeException(EpisodeProblem.NotAnEpisode, "permission to read it is missing", path, "Give this user the right to read it.", e);
        }

        return Parse(bytes, path);
    }

    /// <summary>Parses a manifest's bytes; <paramref name="where"/> goes into the error.</summary>
    public static EpisodeManifest Parse(ReadOnlySpan<byte> bytes, string where)
    {
        const string Remedy = "Restore it, or remove it and run 'capture recover', which rebuilds it from the stream files.";
        EpisodeManifest? manifest;
        try
        {
            var head = JsonSerializer.Deserialize(bytes, ManifestJson.Default.ManifestHead);
            if (head?.Format != EpisodeManifest.FormatName)
            {
                throw new EpisodeException(EpisodeProblem.NotAnEpisode, $"its member 'format' is not '{EpisodeManifest.FormatName}'", where, "Name the folder of an episode.");
            }

            if (head.Version > EpisodeManifest.CurrentVersion)
            {
                throw new EpisodeException(EpisodeProblem.TooNew, $"it has version {head.Version}, and this program reads up to version {EpisodeManifest.CurrentVersion}", where, "Use a newer version of capture.");
            }

            manifest = head.Version == EpisodeManifest.CurrentVersion
                ? JsonSerializer.Deserialize(bytes, ManifestJson.Default.EpisodeManifest)
                : FormatMigrations.Known.Manifest(bytes, head.Version, where).Deserialize(ManifestJson.Default.EpisodeManifest);
        }
        catch (JsonException e)
        {
            string place = e.Path is null or "$" ? "" : $"member '{e.Path}': ";
            throw new EpisodeException(EpisodeProblem.Damaged, place + e.Message.TrimEnd('.'), where, Remedy, e);
        }

        string? problem = manifest is null ? "it is null" : Problem(manifest);
        return problem is null ? manifest! : throw new EpisodeException(EpisodeProblem.Damaged, problem, where, Remedy);
    }

    /// <summary>Replaces the manifest: a new file, synced, renamed over the old one, and the folder synced.</summary>
    internal static void Write(IEpisodeDisk disk, string folder, EpisodeManifest manifest)
    {
        string path = PathIn(folder);
        string next = path + ".new";
        try
        {
            disk.Delete(next);
            WholeFile.Write(disk, next, Encode(manifest));
            disk.Move(next, path, replace: true);
            disk.SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskTrouble.Explain(e, path);
        }
    }

    /// <summary>The manifest as it lies on disk.</summary>
    public static byte[] Encode(EpisodeManifest manifest)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(manifest with { Crc32C = NoDigits }, ManifestJson.Default.EpisodeManifest), (byte)'\n'];
        int at = DigitsAt(bytes);
        MessageChecksum.WriteDigits(bytes.AsSpan(at, MessageChecksum.Digits), MessageChecksum.Of(bytes, at));
        return bytes;
    }

    /// <summary>Holds a manifest's bytes against its checksum.</summary>
    internal static ChecksumState Check(ReadOnlySpan<byte> bytes, EpisodeManifest manifest)
    {
        int at = DigitsAt(bytes);
        if (at < 0)
        {
            return manifest.Crc32C is null && !KeyIsDamaged(bytes) ? ChecksumState.Missing : ChecksumState.Wrong;
        }

        return MessageChecksum.TryReadDigits(bytes.Slice(at, Math.Min(MessageChecksum.Digits, bytes.Length - at)), out uint said) && said == MessageChecksum.Of(bytes, at)
            ? ChecksumState.Right
            : ChecksumState.Wrong;
    }

    /// <summary>Whether eight digits stand where the checksum's do, under a name of the same length: then the name is what was changed.</summary>
    private static bool KeyIsDamaged(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> right = "{\n  \"crc32c\": \""u8;
        const int Key = 5;
        const int KeyLength = 6;
        return bytes.Length >= right.Length + MessageChecksum.Digits
            && bytes[..Key].SequenceEqual(right[..Key])
            && bytes[(Key + KeyLength)..right.Length].SequenceEqual(right[(Key + KeyLength)..])
            && MessageChecksum.TryReadDigits(bytes.Slice(right.Length, MessageChecksum.Digits), out _);
    }

    /// <summary>Where the digits stand: the checksum is the first member, and no text of a user comes before it.</summary>
    private static int DigitsAt(ReadOnlySpan<byte> bytes) => bytes.StartsWith("{\n  \"crc32c\": \""u8) ? "{\n  \"crc32c\": \"".Length : -1;

    private static string? Problem(EpisodeManifest m)
    {
        foreach (ManifestStream stream in m.Streams)
        {
            if (stream?.Name is null || !Schema.StreamName.IsValid(stream.Name))
            {
                return $"member 'streams': '{stream?.Name}' is no valid name of a stream";
            }

            if (stream.File is null || Path.IsPathRooted(stream.File) || stream.File.Split('/', '\\').Contains("..", StringComparer.Ordinal))
            {
                return $"member 'streams': the file '{stream.File}' of '{stream.Name}' lies outside the episode";
            }
        }

        return Guid.TryParseExact(m.Id, "D", out _) ? null : $"member 'id': '{m.Id}' is not a UUID";
    }
}

/// <summary>What is read first, so that a later version is named as such and not by its first unknown shape.</summary>
internal sealed record ManifestHead(string? Format, int Version);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false,
    WriteIndented = true)]
[JsonSerializable(typeof(EpisodeManifest))]
[JsonSerializable(typeof(ManifestHead))]
internal sealed partial class ManifestJson : JsonSerializerContext;
