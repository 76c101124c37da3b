using Capture.Devices.Raw;
using FirmwareBridge.Protocol;

namespace Capture.Devices.Decode;

/// <summary>The board's wire protocol as JSON lines; the elements are written by FirmwareBridge itself.</summary>
public sealed class BridgeDecoder : PayloadDecoder, IBridgeSink
{
    /// <summary>Directions and connections followed at a time.</summary>
    private const int MaxFlows = 256;

    private readonly Dictionary<ulong, BridgeFlow> flows = [];
    private readonly MemoryStream line = new();
    private readonly BridgeJson elements;
    private BridgeFlow current = new();

    public BridgeDecoder(DecodedLines lines)
        : base(lines)
    {
        elements = new BridgeJson(line);
    }

    public override void Take(in RawPayload payload)
    {
        if (!flows.TryGetValue(payload.Flow, out BridgeFlow? flow))
        {
            if (flows.Count == MaxFlows)
            {
                Lines.Problem(payload.Offset, payload.UnixNanoseconds, $"more than {MaxFlows} connections: this one is not read", payload.Bytes.Length);
                return;
            }

            flow = flows[payload.Flow] = new BridgeFlow();
        }

        flow.FileOffset = payload.Offset - flow.Fed;
        flow.UnixNanoseconds = payload.UnixNanoseconds;
        current = flow;
        flow.Parser.Feed(payload.Bytes, this);
        flow.Fed += payload.Bytes.Length;
    }

    public override void End()
    {
        foreach (BridgeFlow flow in flows.Values)
        {
            current = flow;
            flow.Parser.End(this);
        }
    }

    public void OnMessage(long offset, int length, MessageType type, ReadOnlySpan<byte> payload)
    {
        line.SetLength(0);
        elements.OnMessage(offset + current.FileOffset, length, type, payload);
        Lines.Object(line.GetBuffer().AsSpan(0, (int)line.Length), current.UnixNanoseconds);
    }

    public void OnFault(long offset, int length, BridgeFault fault) =>
        Lines.Problem(offset + current.FileOffset, current.UnixNanoseconds, BridgeJson.Describe(fault), length);

    private sealed class BridgeFlow
    {
        public BridgeParser Parser { get; } = new();

        /// <summary>What is added to an offset in the flow to have the one in the recording; exact within a packet.</summary>
        public long FileOffset { get; set; }

        public long Fed { get; set; }

        public long? UnixNanoseconds { get; set; }
    }
}
