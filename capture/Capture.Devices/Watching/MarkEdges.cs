using System.Runtime.InteropServices;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>The first row that is marked, or the first that is not any more.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MarkEdge(MarkKind Kind, bool Begins, HostTime At, int Segment, long Row)
{
    public static MarkEdge Of(MarkKind kind, bool begins, in SampleStamp stamp) => new(kind, begins, stamp.HostTime, stamp.Segment, stamp.Sequence);
}

/// <summary>Edges on their way from a source's thread to the watch's. One writer, one reader, no lock; whoever finds it full tries again with its next row.</summary>
internal sealed class MarkEdges
{
    private const int Room = 64;

    private readonly MarkEdge[] ring = new MarkEdge[Room];
    private int written;
    private int read;

    /// <summary>Source's thread.</summary>
    public bool TryAdd(in MarkEdge edge)
    {
        if (written - Volatile.Read(ref read) == Room)
        {
            return false;
        }

        ring[written % Room] = edge;
        Volatile.Write(ref written, written + 1);
        return true;
    }

    /// <summary>Watch's thread.</summary>
    public bool TryTake(out MarkEdge edge)
    {
        if (Volatile.Read(ref written) == read)
        {
            edge = default;
            return false;
        }

        edge = ring[read % Room];
        Volatile.Write(ref read, read + 1);
        return true;
    }
}
