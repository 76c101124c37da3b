using Capture.Arrow;
using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>Finds payloads that repeat, by length and CRC-32C: of two different ones in a row, one pair in four thousand million passes for equal, and three are asked for. Runs in the source's thread.</summary>
internal sealed class RepeatWatch(Duration after, MarkEdges edges)
{
    private const int FewestRepeats = 2;

    private SampleStamp first;
    private int length = -1;
    private uint sum;
    private int repeats;
    private bool frozen;

    public void Add(in SampleStamp stamp, ReadOnlySpan<byte> payload)
    {
        uint now = Crc32C.Of(payload);
        if (payload.Length == length && now == sum)
        {
            repeats++;
            if (!frozen && repeats >= FewestRepeats && stamp.HostTime - first.HostTime >= after)
            {
                frozen = edges.TryAdd(MarkEdge.Of(MarkKind.Frozen, begins: true, first));
            }

            return;
        }

        frozen = frozen && !edges.TryAdd(MarkEdge.Of(MarkKind.Frozen, begins: false, stamp));
        first = stamp;
        length = payload.Length;
        sum = now;
        repeats = 0;
    }
}
