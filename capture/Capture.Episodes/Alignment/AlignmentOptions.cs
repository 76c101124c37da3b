namespace Capture.Episodes.Alignment;

/// <summary>How a stream's values come to the times of a table.</summary>
public enum AlignmentMethod
{
    /// <summary>The sample nearest in time; of two equally near ones the earlier.</summary>
    Nearest,

    /// <summary>The last sample not after the time.</summary>
    Previous,

    /// <summary>Straight between the two samples around the time; null outside, and where one of the two is null. Integers, truth values and texts: nearest.</summary>
    Linear,

    /// <summary>As linear, but four-element columns whose field metadata say <c>encoding: quaternion-xyzw</c> go along the great circle.</summary>
    Slerp,

    /// <summary>The stream's values are left out; row and distance stay.</summary>
    None,
}

/// <summary>How one stream is aligned.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="ToleranceNs">A source sample further away than this gives null; null: no limit. For linear and slerp both samples must be this near.</param>
public sealed record StreamAlignment(string Stream, AlignmentMethod Method, long? ToleranceNs = null);

/// <summary>What to align, and to what. Exactly one of <see cref="RateHz"/> and <see cref="ReferenceStream"/> is set.</summary>
public sealed record AlignmentOptions
{
    /// <summary>A grid of so many rows a second: row k is at <c>round(k · 10^9 / rate)</c> after the first.</summary>
    public double? RateHz { get; init; }

    /// <summary>The rows of this stream, at its times.</summary>
    public string? ReferenceStream { get; init; }

    /// <summary>Streams that are not named here are aligned by this method.</summary>
    public AlignmentMethod Default { get; init; } = AlignmentMethod.Nearest;

    /// <summary>Tolerance of streams that are not named; null: one and a half nominal periods, or 100 ms for a stream without a rate.</summary>
    public long? DefaultToleranceNs { get; init; }

    public IReadOnlyList<StreamAlignment> Streams { get; init; } = [];

    /// <summary>First time of the grid, ns of episode time; null: the latest first sample of all streams, so that every column can have a value.</summary>
    public long? FromNs { get; init; }

    /// <summary>Last time of the grid, ns of episode time; null: the earliest last sample of all streams.</summary>
    public long? ToNs { get; init; }
}

/// <summary>What was written.</summary>
public sealed record AlignmentResult(string File, long Rows, IReadOnlyList<AlignedStream> Streams);

/// <summary>One stream of a table.</summary>
/// <param name="Nulls">Rows for which no sample was near enough.</param>
/// <param name="MaxDistanceNs">Of the rows that have one; null when none has.</param>
public sealed record AlignedStream(string Stream, AlignmentMethod Method, long ToleranceNs, long Nulls, long? MaxDistanceNs);
