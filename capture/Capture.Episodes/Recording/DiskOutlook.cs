namespace Capture.Episodes.Recording;

/// <summary>How long the disk will last at the present rate.</summary>
/// <param name="FreeBytes">What may still be written before the recording must end: the free space less what closing the episode takes. −1: not known.</param>
/// <param name="BytesPerSecond">What the recording took of the disk lately, the growing need of its close included.</param>
/// <param name="TimeLeft">Until the recording will end by itself; null while nothing is written, or when the space is not known.</param>
public readonly record struct DiskOutlook(long FreeBytes, long BytesPerSecond, TimeSpan? TimeLeft)
{
    /// <summary>Below this the operator is warned.</summary>
    public static readonly TimeSpan WarnBelow = TimeSpan.FromMinutes(10);

    /// <summary>Whether to warn: the disk will be full within ten minutes.</summary>
    public bool IsLow => TimeLeft < WarnBelow;
}
