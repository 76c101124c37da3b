using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>Makes stretches of what single looks at a camera's pictures said. Runs in the watch's thread.</summary>
internal sealed class LightWatch(Duration after)
{
    private MarkKind? kind;
    private SampleStamp since;
    private bool marked;

    /// <summary>Takes in one look; gives the end of one stretch and the beginning of another as they follow from it.</summary>
    public void Add(Light light, in SampleStamp at, out MarkEdge? end, out MarkEdge? begin)
    {
        end = null;
        begin = null;
        if (light == Light.Unknown)
        {
            return;
        }

        MarkKind? now = light switch { Light.Black => MarkKind.Black, Light.Saturated => MarkKind.Saturated, _ => null };
        if (now != kind)
        {
            end = marked ? MarkEdge.Of(kind!.Value, begins: false, at) : null;
            kind = now;
            since = at;
            marked = false;
        }

        if (kind is { } wrong && !marked && at.HostTime - since.HostTime >= after && at.Sequence != since.Sequence)
        {
            begin = MarkEdge.Of(wrong, begins: true, since);
            marked = true;
        }
    }
}
