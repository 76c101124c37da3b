namespace Capture.Core.Streams;

using Capture.Core.Time;

/// <summary>Where on its way a sample was lost.</summary>
public enum LossStage
{
    Device,
    Transport,
    Parser,
    Pool,
    Encoder,
    Writer,
}

/// <summary>Why a sample was lost, or what happened to the stream.</summary>
public enum LossReason
{
    /// <summary>The device says that it dropped samples (queue full, missed trigger).</summary>
    DeviceOverflow,

    /// <summary>A counter jumped.</summary>
    SequenceGap,

    /// <summary>The stream was silent for longer than its period allows.</summary>
    IntervalGap,

    /// <summary>A checksum or layout was wrong.</summary>
    Corrupt,

    /// <summary>A request had no reply in time.</summary>
    Timeout,

    /// <summary>The kernel or driver reports an overrun.</summary>
    Overrun,

    /// <summary>No free buffer: the disk did not keep up.</summary>
    PoolEmpty,

    /// <summary>The sample does not fit into a batch.</summary>
    TooLarge,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The disk refused a write.</summary>
    WriteError,

    /// <summary>The device is gone; a later entry says how many samples that cost, if it can be known.</summary>
    Disconnected,

    /// <summary>The device is back.</summary>
    Reconnected,

    /// <summary>The device restarted: its counters and its clock began anew.</summary>
    DeviceReset,

    /// <summary>A picture that cannot be decoded, for the key frame that it depends on is not there.</summary>
    NoKeyFrame,

    /// <summary>The encoder was dead, too slow or behind by more than its policy allows.</summary>
    Encoder,
}

/// <summary>How a loss is known.</summary>
public enum LossEvidence
{
    /// <summary>A counter of the device or of the host.</summary>
    Counter,

    /// <summary>Inferred from the nominal interval.</summary>
    Interval,

    /// <summary>Not observable: the count is null.</summary>
    None,
}

/// <summary>One entry of the loss ledger.</summary>
/// <param name="At">When it was noticed.</param>
/// <param name="Count">Samples lost; null where it is not observable, 0 for an event that lost none.</param>
/// <param name="FirstSequence">Sequence of the first lost sample, where samples are counted.</param>
public readonly record struct Loss(HostTime At, LossStage Stage, LossReason Reason, LossEvidence Evidence, long? Count, long? FirstSequence);
