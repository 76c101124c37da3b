namespace Capture.Core.Time;

/// <summary>A device's clock as it is known at this moment of a recording. Used by one thread, the source's own; allocates nothing.</summary>
public interface IOnlineClock
{
    /// <summary>
    /// When the device counted <paramref name="ticks"/>, on the host's clock. Before the clock is known it falls back to
    /// <paramref name="arrival"/> (less the declared minimum latency) with a bound that says so.
    /// </summary>
    TimeEstimate Estimate(DeviceTicks ticks, HostTime arrival);

    /// <summary>The device began to count anew (boot, reset, hot swap): what was learnt no longer holds.</summary>
    void BeginSegment(int segment);

    /// <summary>The estimator's current sigma, for the operator's table; null until it knows anything.</summary>
    Duration? CurrentSigma { get; }
}
