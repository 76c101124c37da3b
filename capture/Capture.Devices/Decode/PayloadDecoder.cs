using Capture.Devices.Raw;

namespace Capture.Devices.Decode;

/// <summary>Turns payloads of one protocol into JSON lines, by the parsers that the live sources use. Never throws on what it is given.</summary>
public abstract class PayloadDecoder(DecodedLines lines)
{
    protected DecodedLines Lines { get; } = lines;

    public abstract void Take(in RawPayload payload);

    /// <summary>The recording is over: what is unfinished is reported.</summary>
    public virtual void End()
    {
    }
}
