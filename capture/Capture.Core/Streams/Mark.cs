using Capture.Core.Time;

namespace Capture.Core.Streams;

/// <summary>What is wrong with what a stream delivers although every row arrives.</summary>
public enum MarkKind
{
    /// <summary>The same payload again and again: the device answers, and sees or hears nothing new.</summary>
    Frozen,

    /// <summary>Nearly all of the picture is black.</summary>
    Black,

    /// <summary>Nearly all of the picture is white beyond what the sensor tells apart.</summary>
    Saturated,

    /// <summary>No channel carries more than the last bits' noise.</summary>
    Silent,

    /// <summary>The sound is cut off at the converter's limits.</summary>
    Clipped,
}

/// <summary>The beginning or the end of a stretch of a stream that is marked.</summary>
/// <param name="Found">When it was found.</param>
/// <param name="Begins">False for an end.</param>
/// <param name="At">Host time of the first row that is marked; for an end of the first that is not any more.</param>
/// <param name="Segment">Segment of that row.</param>
/// <param name="Row">Sequence of that row.</param>
public readonly record struct Mark(HostTime Found, MarkKind Kind, bool Begins, HostTime At, int Segment, long Row);
