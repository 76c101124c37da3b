using Capture.Devices.Raw;

namespace Capture.Devices.Decode;

/// <summary>
/// A decoder of a protocol that runs over a byte stream. Bytes are gathered for each flow; a UDP datagram stands alone. A hole in a TCP flow is
/// reported, and reading begins anew behind it.
/// </summary>
public abstract class StreamDecoder(DecodedLines lines) : PayloadDecoder(lines)
{
    /// <summary>Flows followed at a time. Beyond that, the recording is of something else.</summary>
    private const int MaxFlows = 256;

    private readonly Dictionary<ulong, FlowBuffer> flows = [];
    private readonly FlowBuffer datagram = new();

    /// <summary>Reads one unit at the start of <paramref name="bytes"/> and writes its line.</summary>
    /// <param name="atEnd">No more bytes will follow.</param>
    /// <returns>Bytes consumed; 0 when more are needed.</returns>
    protected abstract int Decode(ReadOnlySpan<byte> bytes, long offset, long? unixNanoseconds, bool atEnd);

    public override void Take(in RawPayload payload)
    {
        if (payload.Transport == RawTransport.Udp)
        {
            datagram.Clear();
            datagram.Append(payload.Bytes, payload.Offset, payload.UnixNanoseconds);
            Drain(datagram, atEnd: true);
            return;
        }

        if (!flows.TryGetValue(payload.Flow, out FlowBuffer? flow))
        {
            if (flows.Count == MaxFlows)
            {
                Lines.Problem(payload.Offset, payload.UnixNanoseconds, $"more than {MaxFlows} connections: this one is not read", payload.Bytes.Length);
                return;
            }

            flow = flows[payload.Flow] = new FlowBuffer();
        }

        ReadOnlySpan<byte> bytes = payload.Bytes;
        long offset = payload.Offset;
        if (payload.Transport == RawTransport.Tcp)
        {
            int repeated = flow.Align(payload.TcpSequence, bytes.Length, out int missing);
            if (missing > 0)
            {
                Drain(flow, atEnd: true);
                Lines.Problem(offset, payload.UnixNanoseconds, $"{missing} bytes of the connection are not in the recording");
            }

            bytes = bytes[repeated..];
            offset += repeated;
        }

        while (!bytes.IsEmpty)
        {
            int taken = flow.Append(bytes, offset, payload.UnixNanoseconds);
            bytes = bytes[taken..];
            offset += taken;
            Drain(flow, atEnd: taken == 0);
        }
    }

    public override void End()
    {
        foreach (FlowBuffer flow in flows.Values)
        {
            Drain(flow, atEnd: true);
        }
    }

    private void Drain(FlowBuffer flow, bool atEnd)
    {
        while (!flow.Bytes.IsEmpty)
        {
            int consumed = Decode(flow.Bytes, flow.Offset, flow.UnixNanoseconds, atEnd);
            if (consumed <= 0)
            {
                return;
            }

            flow.Consume(consumed);
        }
    }
}
