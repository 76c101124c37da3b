namespace Capture.Arrow;

/// <summary>Why bytes were refused.</summary>
public enum ArrowFault
{
    /// <summary>The bytes break the format: they are damaged, or not Arrow.</summary>
    Malformed,

    /// <summary>The bytes may be good Arrow, but use something that this library does not read.</summary>
    Unsupported,

    /// <summary>The bytes end before the schema does: nothing can be read yet.</summary>
    Truncated,

    /// <summary>A number exceeds <see cref="ArrowReadLimits"/>.</summary>
    LimitExceeded,
}

/// <summary>Arrow bytes that were refused: what, where, and what to do, in one sentence.</summary>
public sealed class ArrowFormatException : Exception
{
    /// <summary>A refusal.</summary>
    public ArrowFormatException(ArrowFault fault, string message)
        : base(message) => Fault = fault;

    /// <summary>A refusal within a larger whole, with the place put before the sentence.</summary>
    public ArrowFormatException(string place, ArrowFormatException inner)
        : base($"{place}: {inner.Message}", inner) => Fault = inner.Fault;

    /// <summary>Why.</summary>
    public ArrowFault Fault { get; }
}
