using System.Globalization;
using System.Text.Json.Nodes;
using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Migration;

/// <summary>
/// One step of the format: makes what version <see cref="From"/> wrote look as the version behind it would have written it. It is applied to what was read; the files stay as they
/// are. One class and one file a step, never changed once a version is out.
/// </summary>
internal abstract class FormatMigration
{
    /// <summary>The version that the step begins with; it leads to the next.</summary>
    public abstract int From { get; }

    /// <summary>Changes a manifest in place; <c>version</c> is set for it.</summary>
    public abstract void Manifest(JsonObject manifest);

    /// <summary>The schema metadata of a stream file as the next version writes it; <c>capture.format</c> is set for it.</summary>
    public virtual ArrowMetadata Stream(ArrowMetadata metadata) => metadata;
}

/// <summary>All steps from version 1 to the present one, in order.</summary>
internal sealed class FormatMigrations
{
    private const string StreamPrefix = "capture-stream/";

    private readonly FormatMigration[] _steps;

    /// <exception cref="ArgumentException">A step is missing, or is there twice.</exception>
    public FormatMigrations(int current, params FormatMigration[] steps)
    {
        Current = current;
        _steps = [.. steps.OrderBy(s => s.From)];
        for (int version = 1; version < current; version++)
        {
            if (_steps.Length < version || _steps[version - 1].From != version)
            {
                throw new ArgumentException($"There is no one step from version {version} to {version + 1}.", nameof(steps));
            }
        }

        if (_steps.Length != current - 1)
        {
            throw new ArgumentException($"There are {_steps.Length} steps to version {current}, which is {current - 1} away from version 1.", nameof(steps));
        }
    }

    /// <summary>Those of this program. Version 1 is the first, and needs none.</summary>
    public static FormatMigrations Known { get; } = new(EpisodeManifest.CurrentVersion);

    public int Current { get; }

    /// <summary>A manifest of an earlier version as the present one would have written it.</summary>
    /// <exception cref="EpisodeException">There is no such version.</exception>
    public JsonObject Manifest(ReadOnlySpan<byte> bytes, int version, string where)
    {
        if (version < 1 || version > Current || JsonNode.Parse(bytes) is not JsonObject manifest)
        {
            throw new EpisodeException(EpisodeProblem.Damaged, $"it says version {version}, and there is none between 1 and {Current} so called", where, "Restore it, or remove it and run 'capture recover', which rebuilds it from the stream files.");
        }

        for (; version < Current; version++)
        {
            _steps[version - 1].Manifest(manifest);
            manifest["version"] = version + 1;
        }

        return manifest;
    }

    /// <summary>Makes the metadata of a stream file those of the present version; false when they are of a later one, or of none.</summary>
    public bool TryStream(ref ArrowMetadata metadata, string? format)
    {
        if (format is null
            || !format.StartsWith(StreamPrefix, StringComparison.Ordinal)
            || !int.TryParse(format.AsSpan(StreamPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            || version < 1
            || version > Current)
        {
            return false;
        }

        for (; version < Current; version++)
        {
            string next = StreamPrefix + (version + 1).ToString(CultureInfo.InvariantCulture);
            metadata = new ArrowMetadata([.. _steps[version - 1].Stream(metadata).Select(p => p.Key == MetadataKeys.Format ? new(p.Key, next) : p)]);
        }

        return true;
    }
}
