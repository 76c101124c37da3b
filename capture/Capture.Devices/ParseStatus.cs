namespace Capture.Devices;

/// <summary>What a parser made of the bytes it was given. A parser never throws on bytes from outside.</summary>
public enum ParseStatus
{
    /// <summary>One whole unit was read.</summary>
    Complete,

    /// <summary>The bytes end inside a unit: call again with more.</summary>
    NeedMore,

    /// <summary>The bytes are no such unit; what was consumed is to be skipped.</summary>
    Malformed,
}
