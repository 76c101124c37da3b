using FirmwareBridge.Framing;

namespace FirmwareBridge.Protocol;

/// <summary>What was wrong with bytes of a bridge stream.</summary>
public enum BridgeFault
{
    BrokenCobs,
    TooShort,
    TooLong,
    WrongCrc,

    /// <summary>A right frame whose payload is no message.</summary>
    NotAMessage,

    /// <summary>A message of a type that this version does not know.</summary>
    UnknownType,

    /// <summary>The stream ended inside a frame.</summary>
    Truncated,
}

/// <summary>Takes what <see cref="BridgeParser"/> finds.</summary>
public interface IBridgeSink
{
    /// <param name="offset">Of the frame's first byte in the stream.</param>
    /// <param name="length">Bytes of the frame, its 0x00 included.</param>
    /// <param name="payload">Valid during the call; its elements are not checked yet.</param>
    void OnMessage(long offset, int length, MessageType type, ReadOnlySpan<byte> payload);

    void OnFault(long offset, int length, BridgeFault fault);
}

/// <summary>Raw bytes of a bridge stream, split anywhere, to messages one after another. The live link and <c>capture decode bridge</c> both use it. Never throws on bytes.</summary>
public sealed class BridgeParser
{
    private readonly FrameDecoder _frames = new();

    public void Feed(ReadOnlySpan<byte> bytes, IBridgeSink sink)
    {
        while (!bytes.IsEmpty)
        {
            FrameResult result = _frames.Push(bytes, out int consumed);
            bytes = bytes[consumed..];
            Report(result, sink);
        }
    }

    /// <summary>The stream is over: bytes of a frame that never ended are a fault.</summary>
    public void End(IBridgeSink sink)
    {
        if (_frames.IsInsideFrame)
        {
            sink.OnFault(_frames.FrameOffset, _frames.FrameLength, BridgeFault.Truncated);
        }
    }

    private void Report(FrameResult result, IBridgeSink sink)
    {
        switch (result)
        {
            case FrameResult.NeedMore:
                return;
            case FrameResult.Frame:
                ProtocolStatus status = WireProtocol.PeekType(_frames.Payload, out MessageType type);
                if (status == ProtocolStatus.Ok)
                {
                    sink.OnMessage(_frames.FrameOffset, _frames.FrameLength, type, _frames.Payload);
                    return;
                }

                sink.OnFault(_frames.FrameOffset, _frames.FrameLength, status == ProtocolStatus.OtherType ? BridgeFault.UnknownType : BridgeFault.NotAMessage);
                return;
            default:
                BridgeFault fault = result switch
                {
                    FrameResult.BrokenCobs => BridgeFault.BrokenCobs,
                    FrameResult.TooShort => BridgeFault.TooShort,
                    FrameResult.TooLong => BridgeFault.TooLong,
                    _ => BridgeFault.WrongCrc,
                };
                sink.OnFault(_frames.FrameOffset, _frames.FrameLength, fault);
                return;
        }
    }
}
