namespace Benchmarks.Reporting;

/// <summary>Which side of the target is good.</summary>
internal enum Bound
{
    /// <summary>No target: for orientation.</summary>
    None,

    AtMost,

    AtLeast,
}

/// <summary>One line of the table.</summary>
/// <param name="Part">Which part of the benchmark.</param>
/// <param name="What">What was measured.</param>
/// <param name="Unit">The figure's unit; "x" for a ratio.</param>
/// <param name="Target">What is wanted; null for orientation only.</param>
/// <param name="Detail">How it came about.</param>
internal sealed record Figure(string Part, string What, double Value, string Unit, Bound Bound, double? Target, string Detail)
{
    /// <summary>Whether the target is met; null where there is none.</summary>
    public bool? Met => Bound switch
    {
        Bound.AtMost => Value <= Target,
        Bound.AtLeast => Value >= Target,
        _ => null,
    };
}
