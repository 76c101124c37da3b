using System.Text.Json.Nodes;

namespace Calibration.Results;

/// <summary>The one result of any calibration, written as one JSON file; frames, signs and units as conventions.md has them.</summary>
/// <remarks>Names in the file are the properties' in snake_case. Unknown members are ignored on reading; <see cref="Version"/> counts what is not compatible.</remarks>
public sealed record CalibrationResult
{
    public const string FormatName = "capture-calibration";

    public const int CurrentVersion = 1;

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>What was calibrated: <c>intrinsics</c>, <c>rig</c>, <c>hand-eye</c>, <c>latency</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Program and version that wrote it.</summary>
    public string Tool { get; init; } = ToolIdentity.Name;

    public string CreatedUtc { get; init; } = ToolIdentity.NowUtc();

    public required Verdict Verdict { get; init; }

    /// <summary>Every option that took part, defaults too, as the command line would write them.</summary>
    public SortedDictionary<string, string> Settings { get; init; } = new(StringComparer.Ordinal);

    public IReadOnlyList<InputFile> Inputs { get; init; } = [];

    /// <summary>SHA-256 over the inputs' hashes in order: equal means that the same data went in.</summary>
    public string InputsSha256 => InputFile.HashOfAll(Inputs);

    /// <summary>Numbers that are neither cameras, transforms nor lags: held-out error, RMS …</summary>
    public IReadOnlyList<Quantity> Quantities { get; init; } = [];

    public IReadOnlyList<CameraResult> Cameras { get; init; } = [];

    public IReadOnlyList<TransformResult> Transforms { get; init; } = [];

    public IReadOnlyList<LagResult> Lags { get; init; } = [];

    /// <summary>What was found on the way: flagged views, suspicions, refusals that were overruled.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What was seen: per picture the corners with their residuals.</summary>
    public IReadOnlyList<ViewResult> Views { get; init; } = [];

    /// <summary>What only one kind has, under names of its own.</summary>
    public JsonObject? Details { get; init; }
}

/// <summary>The first thing a report says.</summary>
/// <param name="State"><c>green</c> (use it), <c>amber</c> (use it, knowing this), <c>red</c> (do not use it).</param>
/// <param name="Sentences">Why, each a whole sentence; the first one stands alone.</param>
public sealed record Verdict(string State, IReadOnlyList<string> Sentences)
{
    public const string Green = "green";

    public const string Amber = "amber";

    public const string Red = "red";
}

/// <summary>A number with its unit and its one-sigma uncertainty; null where none can be stated, and then <paramref name="Note"/> says why.</summary>
public sealed record Quantity(string Name, double Value, double? Sigma, string Unit, string? Note = null);

/// <summary>A transform T_parent_child.</summary>
/// <param name="Translation">x, y, z in metres.</param>
/// <param name="Quaternion">x, y, z, w.</param>
/// <param name="Covariance">36 numbers, row after row: translation (m), then rotation (rad), along the parent's axes; null where none can be stated.</param>
public sealed record TransformResult(string Parent, string Child, double[] Translation, double[] Quaternion, double[]? Covariance)
{
    public string Name => $"T_{Parent}_{Child}";

    /// <summary>Roots of the covariance's diagonal: three in metres, three in radians.</summary>
    public double[]? Sigma => Covariance is null ? null : [.. Enumerable.Range(0, 6).Select(i => Math.Sqrt(Covariance[(i * 6) + i]))];
}

/// <summary>How much later one stream stamps than another, positive when late.</summary>
/// <param name="Low95Ns">Lower end of the 95 % interval.</param>
/// <param name="RatePpm">How much faster the stream's clock counts, in parts per million; null where it was not estimated.</param>
public sealed record LagResult(string Stream, string Behind, long LagNs, double? SigmaNs, long? Low95Ns, long? High95Ns, double? RatePpm = null, double? RateSigmaPpm = null);

/// <summary>Something a person should know.</summary>
/// <param name="Severity"><c>note</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Code">A stable word for programs: <c>blurred-view</c>, <c>duplicate-view</c>, <c>wrong-board</c> …</param>
/// <param name="Subject">The file, view, pose or stream that it speaks of.</param>
/// <param name="Sentence">What, and what to do.</param>
public sealed record Finding(string Severity, string Code, string Subject, string Sentence)
{
    public const string Note = "note";

    public const string Warning = "warning";

    public const string Error = "error";
}
