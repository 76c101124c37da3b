namespace Capture.Episodes.Alignment;

/// <summary>How a stream's values come to the times of a table.</summary>
public enum AlignmentMethod
{
    /// <summary>The sample nearest in time; of two equally near ones the later, of several at one time the last.</summary>
    Nearest,

    /// <summary>The last sample not after the time: what a program that acts at that time could have known.</summary>
    Previous,

    /// <summary>Straight between the two samples around the time; null outside, and where one of the two is null. Integers and truth values: nearest.</summary>
    Linear,

    /// <summary>As linear, but four-element columns whose field metadata say <c>encoding: quaternion-xyzw</c> go along the great circle.</summary>
    Slerp,

    /// <summary>The mean of the samples in a window around the time; quaternions are summed on one side and normalised. Integers and truth values: nearest. <c>STREAM.count</c> says how many.</summary>
    Mean,

    /// <summary>All samples of a window, as a list a cell. <c>STREAM.row</c> and <c>STREAM.distance_ns</c> are of the first, <c>STREAM.count</c> says how many follow each other.</summary>
    Window,

    /// <summary>The stream's values are left out; row and distance (of the nearest sample) stay.</summary>
    None,
}

/// <summary>How one stream is aligned.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="ToleranceNs">A sample further away than this gives null; null: no limit. For linear and slerp both samples must be this near. Mean and window have their window instead.</param>
public sealed record StreamAlignment(string Stream, AlignmentMethod Method, long? ToleranceNs = null)
{
    /// <summary>Mean and window: samples later than the time less this belong to it; ≥ 0. Null: half a period of the grid (mean), a whole one (window).</summary>
    public long? BeforeNs { get; init; }

    /// <summary>Mean and window: samples not later than the time plus this belong to it; ≥ 0. Null: half a period of the grid (mean), 0 (window).</summary>
    public long? AfterNs { get; init; }
}

/// <summary>What to align, and to what. Exactly one of <see cref="RateHz"/> and <see cref="ReferenceStream"/> is set.</summary>
public sealed record AlignmentOptions
{
    /// <summary>The version of <see cref="Times"/> that the rows themselves carry: what the recorder thought at the time.</summary>
    public const string Online = "online";

    /// <summary>A grid of so many rows a second: row k is at <c>round(k · 10^9 / rate)</c> after the first.</summary>
    public double? RateHz { get; init; }

    /// <summary>The rows of this stream, at its times.</summary>
    public string? ReferenceStream { get; init; }

    /// <summary>Streams that are not named here are aligned by this method.</summary>
    public AlignmentMethod Default { get; init; } = AlignmentMethod.Nearest;

    /// <summary>Tolerance of streams that are not named; null: one and a half nominal periods, or 100 ms for a stream without a rate.</summary>
    public long? DefaultToleranceNs { get; init; }

    public IReadOnlyList<StreamAlignment> Streams { get; init; } = [];

    /// <summary>Only these streams, in this order; null: all that have samples.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>First time of the grid, ns of episode time; null: the latest first sample of all streams, so that every column can have a value.</summary>
    public long? FromNs { get; init; }

    /// <summary>Last time of the grid, ns of episode time; null: the earliest last sample of all streams.</summary>
    public long? ToNs { get; init; }

    /// <summary>A version of the final times, or <see cref="Online"/>; null: the version in force when the episode was opened.</summary>
    public string? Times { get; init; }

    /// <summary>
    /// How far a row's time may lie before that of a row above it, ns (≥ 0). Estimates of neighbours cross by their error, so rows are put in the order of time; a row later than this is left out and
    /// counted, live as in replay.
    /// </summary>
    public long LatenessNs { get; init; } = 250_000_000;
}

/// <summary>What was written.</summary>
public sealed record AlignmentResult(string File, long Rows, IReadOnlyList<AlignedStream> Streams);

/// <summary>One stream of a table.</summary>
/// <param name="Nulls">Rows for which no sample was near enough.</param>
/// <param name="MaxDistanceNs">Of the rows that have one; null when none has.</param>
/// <param name="Late">Rows of the stream left out because they lay too far behind a row above them.</param>
public sealed record AlignedStream(string Stream, AlignmentMethod Method, long ToleranceNs, long Nulls, long? MaxDistanceNs, long Late = 0);
