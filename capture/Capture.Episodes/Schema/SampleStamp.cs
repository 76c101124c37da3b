using Capture.Core.Time;

namespace Capture.Episodes.Schema;

/// <summary>A sample's identity and times, as its source knows them when it hands the sample over.</summary>
/// <param name="Sequence">The stream's running number: the device's counter, unwrapped, where it has one; else counted on receipt.</param>
/// <param name="Segment">Counts the device's boots within this episode, from 0.</param>
/// <param name="Ticks">The device's count; null where it has none.</param>
/// <param name="HostTime">When the sample reached the host, by the descriptor's stamp source.</param>
/// <param name="Estimate">Best online estimate, on the host's clock, of the descriptor's stamp instant.</param>
public readonly record struct SampleStamp(long Sequence, int Segment, DeviceTicks? Ticks, HostTime HostTime, HostTime Estimate)
{
    /// <summary>When the program had the sample in hand, where <see cref="HostTime"/> is the kernel's and the stream keeps both.</summary>
    public HostTime? ReadTime { get; init; }
}
