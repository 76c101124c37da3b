using System.Collections.Concurrent;

namespace Capture.Simulation.Board;

/// <summary>A rising edge of a trigger line at its true instant; the sequence is the board's own edge count of this boot.</summary>
public readonly record struct TriggerEdge(long TrueNs, ulong Sequence);

/// <summary>The wire from the board's trigger output to a camera's trigger input. When the camera is 64 edges behind, further edges are missed, as a busy sensor misses them.</summary>
public sealed class TriggerLine : IDisposable
{
    private readonly BlockingCollection<TriggerEdge> _edges = new(boundedCapacity: 64);

    /// <summary>False when the camera missed it.</summary>
    public bool Raise(TriggerEdge edge) => _edges.TryAdd(edge);

    public bool Wait(int milliseconds, out TriggerEdge edge) => _edges.TryTake(out edge, milliseconds);

    public void Dispose() => _edges.Dispose();
}
